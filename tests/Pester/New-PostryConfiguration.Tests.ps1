BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'New-PostryConfiguration' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'writes a postry.json that names what is there, with its schema, and returns what it found' {
        $starter = New-PostryConfiguration
        $starter.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Operations.Scaffolding.StarterConfiguration'
        $starter.Path | Should -Be (Join-Path (Get-Location).ProviderPath 'postry.json')
        $starter.Databases | Should -Be 'app'
        $starter.Found | Should -Be 'app.db is a SQLite database.'
        Get-Content -Raw ./postry.json | Should -Be $starter.Text
        $text = Get-Content -Raw ./postry.json | ConvertFrom-Json -AsHashtable
        $text.'$schema' | Should -Be './postry.schema.json'
        $text.databases.app.path | Should -Be 'app.db'
        Get-Content -Raw ./postry.schema.json | Should -Be (Get-Content -Raw (Join-Path (Split-Path -Parent $StagedModule) 'schema/postry.schema.json'))
        (Get-PostryConfiguration databases.app.path).Value | Should -Be 'app.db'
    }

    It 'tells the kind of DATABASE_URL and never its value' {
        Set-Content ./.env 'DATABASE_URL=postgresql://scott:hunter2@prod.example.org/tiger'
        $env:DATABASE_URL = 'postgresql://scott:hunter2@prod.example.org/tiger'
        $run = Invoke-WithHost 'New-PostryConfiguration -Verbose'
        "$($run.Output.Found)" | Should -BeLike '*environment (PostgreSQL)*.env sets DATABASE_URL (PostgreSQL)*'
        "$($run.Output | Format-List * | Out-String)$($run.Text)$(Get-Content -Raw ./postry.json)" | Should -Not -Match 'hunter2|tiger|prod|scott'
    }

    It 'replaces nothing without -Force' {
        Set-Content ./postry.json '{ broken'
        { New-PostryConfiguration } | Should -Throw -ErrorId 'DestinationExists,*'
        Get-Content ./postry.json | Should -Be '{ broken'
        (New-PostryConfiguration -Force).Databases | Should -Be 'app'
        Get-PostryConfiguration | Should -Not -BeNullOrEmpty
    }

    It 'makes a key file on request, and never shows the key' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        $null = New-Item -ItemType Directory ./keys
        { New-PostryConfiguration -NewKeyFile ./backups/postry.key } | Should -Throw -ErrorId 'SourceNotFound,*'
        $null = New-Item -ItemType Directory ./backups
        { New-PostryConfiguration -NewKeyFile ./backups/postry.key } | Should -Throw -ErrorId 'InvalidRequest,*'
        $starter = New-PostryConfiguration -NewKeyFile ./keys/postry.key
        $starter.KeyFile | Should -Be (Convert-Path ./keys/postry.key)
        $starter.KeyNote | Should -BeLike "Set BACKUP_METADATA_HMAC_KEY_FILE to $($starter.KeyFile)*"
        if (-not $IsWindows) { "$((Get-Item ./keys/postry.key).UnixFileMode)" | Should -Be 'UserWrite, UserRead' }
        $key = (Get-Content -Raw ./keys/postry.key).Trim()
        $key | Should -Match '^[0-9a-f]{64}$'
        "$($starter | Format-List * | Out-String)$($starter | Out-String)$(Get-Content -Raw ./postry.json)" | Should -Not -Match $key
        $env:BACKUP_METADATA_HMAC_KEY_FILE = $starter.KeyFile
        try { "$((Backup-PostryDatabase ./app.db).Status)" | Should -Be 'Complete' }
        finally { $env:BACKUP_METADATA_HMAC_KEY_FILE = $null }
        { New-PostryConfiguration -Force -NewKeyFile ./keys/postry.key } | Should -Throw -ErrorId 'DestinationExists,*'
        (Get-Content -Raw ./keys/postry.key).Trim() | Should -Be $key
    }

    It 'offers to make a key if there is none' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        $before = $env:HOME
        $env:HOME = (New-Item -ItemType Directory ./home).FullName
        try {
            $run = Invoke-WithHost 'New-PostryConfiguration'
            $run.Questions | Should -BeLike '*No integrity key is set*'
            $run.Output[0].KeyFile | Should -BeNullOrEmpty
            $run.Output[0].KeyNote | Should -BeLike '*-NewKeyFile*openssl rand -hex 32'
            Get-ChildItem ./home | Should -BeNullOrEmpty
            $run = Invoke-WithHost 'New-PostryConfiguration -Force' -Answer Y
            $run.Output[0].KeyFile | Should -BeLike (Join-Path $env:HOME 'postry-*.key')
            $run.Output[0].KeyFile | Should -Exist
        }
        finally { $env:HOME = $before }
    }

    It 'says with -WhatIf what it would do, returns it, and writes nothing' {
        $run = Invoke-WithHost 'New-PostryConfiguration -WhatIf'
        $run.Text | Should -BeLike 'What if: Write *postry.json, with the database app*'
        $run.Output[0].Text | Should -BeLike '*"path": "app.db"*'
        Test-Path ./postry.json, ./postry.schema.json | Should -Be $false, $false
    }

    It 'writes where -Path, -RepoRoot or the variable says, whatever lies above' {
        Set-Content ./postry.json '{ broken'
        $here = (Get-Location).ProviderPath
        foreach ($name in 'a', 'b', 'c', 'd') { $null = New-Item -ItemType Directory "./$name" }
        (New-PostryConfiguration ./a).Path | Should -Be "$here/a/postry.json"
        (New-PostryConfiguration -RepoRoot ./b).Path | Should -Be "$here/b/postry.json"
        (New-PostryConfiguration ./c/postry.json -BackupRoot ./c/dumps).Path | Should -Be "$here/c/postry.json"
        (Get-PostryConfiguration BackupRoot -RepoRoot ./c).Value | Should -Be "$here/c/dumps"
        Set-Location ./d
        (New-PostryConfiguration).Path | Should -Be "$here/d/postry.json"
        { New-PostryConfiguration ./d -RepoRoot ./d } | Should -Throw -ErrorId 'InvalidRequest,*'
        { New-PostryConfiguration ./nowhere } | Should -Throw -ErrorId 'SourceNotFound,*'
        $env:BACKUP_REPO_ROOT = "$here/a"
        { New-PostryConfiguration } | Should -Throw -ErrorId 'DestinationExists,*'
    }
}
