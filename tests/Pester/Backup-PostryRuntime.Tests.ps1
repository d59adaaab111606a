BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Backup-PostryRuntime' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
    }
    AfterEach { Exit-Sandbox }

    It 'emits one set whose archive stock tar opens' {
        $set = Backup-PostryRuntime -Label 'before rotation'
        $set | Should -HaveCount 1
        $set.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupSet'
        "$($set.Mode) $($set.Status)" | Should -Be 'Runtime Complete'
        $set.Label | Should -Be 'before rotation'
        $set.Database | Should -Be (Split-Path -Leaf (Get-Location).ProviderPath)
        $set.Runtime.Files | Should -Be 3
        $set.BackupFile | Should -BeLike (Join-Path (Get-Location).ProviderPath 'backups/runtime/runtime-*.tar.gz')
        tar -tzf $set.BackupFile | Should -Be '.env', 'docker-compose.yml', 'scripts/', 'scripts/deploy.sh'
        tar -xzOf $set.BackupFile .env | Should -Contain 'SECRET_KEY=hush-archived'
        (Get-PostryBackup -Mode runtime).Id | Should -Be $set.Id
        Backup-PostryRuntime -Database app | Format-Table | Out-String -Width 120 | Should -Match 'files of app '
    }

    It 'takes -Path in place of the usual patterns, and says which of them nothing fits' {
        New-Item -ItemType Directory ./deploy/nginx -Force | Out-Null
        Write-Text ./deploy/nginx/site.conf 'server {}'
        Write-Text ./deploy/notes.txt 'no'
        $set = Backup-PostryRuntime -Path deploy/**/*.conf, nothing/*.yml
        tar -tzf $set.BackupFile | Should -Be 'deploy/nginx/site.conf'
        $set.Runtime.Missing | Should -Be 'nothing/*.yml'
    }

    It 'leaves out what -Exclude names' {
        tar -tzf (Backup-PostryRuntime -Exclude scripts, .env).BackupFile | Should -Be 'docker-compose.yml'
    }

    It 'leaves *.example out unless -Exclude says otherwise' {
        Write-Text ./.env.example 'A='
        (Backup-PostryRuntime).Runtime.Files | Should -Be 3
        (Backup-PostryRuntime -Exclude @()).Runtime.Files | Should -Be 4
    }

    It 'makes one archive of all that is piped in: patterns and files' {
        tar -tzf (Get-ChildItem ./docker-compose.yml, ./scripts/deploy.sh | Backup-PostryRuntime).BackupFile | Should -Be 'docker-compose.yml', 'scripts/deploy.sh'
        tar -tzf ('.env', 'scripts' | Backup-PostryRuntime).BackupFile | Should -Be '.env', 'scripts/', 'scripts/deploy.sh'
        Get-PostryBackup | Should -HaveCount 2
        @() | Backup-PostryRuntime | Should -BeNullOrEmpty
        Get-PostryBackup | Should -HaveCount 2
        tar -tzf ([pscustomobject]@{ Path = '.env' }, [pscustomobject]@{ Path = 'docker-*.yml' } | Backup-PostryRuntime).BackupFile | Should -Be '.env', 'docker-compose.yml'
    }

    It 'fails where a required file is missing, names it, and leaves nothing' {
        { Backup-PostryRuntime -Required backend/.env -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*backend/.env*'
        Get-ChildItem -Recurse -File -Force ./backups -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'fails where no file matches at all' {
        { Backup-PostryRuntime -Path nothing.yml -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*nothing.yml*'
        { Backup-PostryRuntime -Path nothing.yml -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*nothing.yml*'
    }

    It 'refuses by name what leads out of the repo root' -Skip:$IsWindows {
        New-Item -ItemType SymbolicLink -Path ./scripts/outside -Target /etc/hostname | Out-Null
        { Backup-PostryRuntime -ErrorAction Stop } | Should -Throw -ErrorId 'RuntimeFileRefused,*' -ExpectedMessage '*scripts/outside*'
        { Backup-PostryRuntime -Path ../other.env -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Backup-PostryRuntime -Path /etc/hostname -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        Get-PostryBackup | Should -BeNullOrEmpty
    }

    It 'refuses a pipe by name' -Skip:(-not $IsLinux) {
        mkfifo ./scripts/pipe
        { Backup-PostryRuntime -ErrorAction Stop } | Should -Throw -ErrorId 'RuntimeFileRefused,*' -ExpectedMessage '*scripts/pipe*'
    }

    It 'says how many files there are with -WhatIf, and writes nothing' {
        $run = Invoke-WithHost 'Backup-PostryRuntime -WhatIf'
        $run.Output[0].PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupPlan'
        $run.Output[0].SourceBytes | Should -Be (Get-ChildItem -Force ./.env, ./docker-compose.yml, ./scripts/deploy.sh | Measure-Object Length -Sum).Sum
        $run.Text | Should -BeLike 'What if: *3 files; nothing matches *backend/.env*'
        $run.Questions | Should -BeNullOrEmpty
        Test-Path ./backups | Should -BeFalse
    }

    It 'warns where the key itself is in an archived file' {
        Write-Text ./.env "BACKUP_METADATA_HMAC_KEY=$TestKey`n"
        $null = Backup-PostryRuntime -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*KeyInsideBackup*.env*'
        "$warnings" | Should -Not -BeLike "*$TestKey*"
    }

    It 'works for another repo root' {
        Push-Location (New-Item -ItemType Directory ./elsewhere)
        (Backup-PostryRuntime -RepoRoot ..).Runtime.Files | Should -Be 3
        Pop-Location
    }

    It 'passes its test at every level, and a flipped byte fails it' {
        $set = Backup-PostryRuntime
        'Signature', 'Artefact', 'Contents', 'Restore' | ForEach-Object { "$(($set | Test-PostryBackup -Level $_).Status)" } | Select-Object -Unique | Should -Be 'Passed'
        $bytes = [System.IO.File]::ReadAllBytes($set.BackupFile)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [System.IO.File]::WriteAllBytes($set.BackupFile, $bytes)
        "$(($set | Test-PostryBackup).Status)" | Should -Be 'Failed'
    }

    It 'is never taken for the backup of a database of the same name' {
        $database = Backup-PostryDatabase ./app.db -NoRuntime
        Start-Sleep -Milliseconds 20
        $null = Backup-PostryRuntime -Database app
        (Get-PostryBackup -Latest).Id | Should -Be $database.Id
        (Restore-PostryDatabase -Latest -Database app -Path ./new.db -Force).BackupId | Should -Be $database.Id
        (Test-PostryBackup -Latest).Id | Should -Be $database.Id
    }
}

Describe 'The runtime files of Backup-PostryDatabase' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'are archived by default, and are one set with the database' {
        Add-RuntimeFile
        $set = Backup-PostryDatabase ./app.db
        $set.Runtime.Files | Should -Be 3
        $set.Runtime.Missing | Should -Contain 'backend/.env'
        tar -tzf $set.Runtime.File | Should -Contain 'scripts/deploy.sh'
        Get-PostryBackup | Should -HaveCount 1
        $manifest = Get-Content -Raw $set.ManifestFile | ConvertFrom-Json
        $manifest.runtimeArchive.file | Should -Be (Split-Path -Leaf $set.Runtime.File)
        $manifest.runtimeArchive.sha256 | Should -Be (Get-FileHash -LiteralPath $set.Runtime.File).Hash
    }

    It 'are left out with -NoRuntime, and the set says so' {
        Add-RuntimeFile
        $set = Backup-PostryDatabase ./app.db -NoRuntime
        $set.Runtime.File | Should -BeNullOrEmpty
        $set.Runtime.Absent | Should -BeLike '*without runtime files*'
        $set | Format-List | Out-String -Width 200 | Should -Match 'Runtime +: .*without runtime files'
        $set | Format-Table | Out-String -Width 120 | Should -Match ' none '
        ($set | Test-PostryBackup).Runtime | Should -BeLike '*without runtime files*'
        Get-ChildItem -Recurse -File ./backups/runtime -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'are said to be missing where there are none' {
        $set = Backup-PostryDatabase ./app.db
        $set.Runtime.Absent | Should -BeLike '*No file*matches*'
        $set.Runtime.Missing | Should -Contain '.env'
    }

    It 'are those that -RuntimePath, -ExcludeRuntimePath and -RequiredRuntimePath name' {
        Add-RuntimeFile
        tar -tzf (Backup-PostryDatabase ./app.db -RuntimePath .env, scripts -ExcludeRuntimePath scripts/*.sh).Runtime.File | Should -Be '.env', 'scripts/'
        { Backup-PostryDatabase ./app.db -RequiredRuntimePath backend/.env -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*backend/.env*'
        { Backup-PostryDatabase ./app.db -NoRuntime -RuntimePath .env } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-RuntimePath*'
        @(Get-PostryBackup) | Should -HaveCount 1
    }

    It 'are counted in the table and told of in the list' {
        Add-RuntimeFile
        $set = Backup-PostryDatabase ./app.db
        $set | Format-Table | Out-String -Width 120 | Should -Match 'KB\s+3 Complete'
        $list = $set | Format-List | Out-String -Width 200
        $list | Should -Match 'Runtime +: 3 files, .*runtime-app-.*\.tar\.gz'
        $list | Should -Match 'RuntimeMissing +: .*backend/\.env'
    }

    It 'are tested with the set, which is Damaged without them' {
        Add-RuntimeFile
        $set = Backup-PostryDatabase ./app.db
        $report = $set | Test-PostryBackup -Level Restore
        "$($report.Status)" | Should -Be 'Passed'
        $report.Runtime | Should -Be '3 files'
        $report.Checks.Name | Should -Contain 'Runtime: Bound to the set'
        $report | Format-Table | Out-String -Width 140 | Should -Match 'Passed .* 3 '
        Remove-Item -LiteralPath $set.Runtime.File
        "$((Get-PostryBackup -Id $set.Id).Status)" | Should -Be 'Damaged'
        "$((Test-PostryBackup -Id $set.Id).Status)" | Should -Be 'Failed'
    }
}
