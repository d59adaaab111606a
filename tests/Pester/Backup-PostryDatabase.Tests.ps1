BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Backup-PostryDatabase' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'emits one set that says what it holds' {
        $set = Backup-PostryDatabase ./app.db -Label 'before deployment'
        $set | Should -HaveCount 1
        $set.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupSet'
        $set.Id | Should -Match '^\w{8}$'
        $set.Database | Should -Be 'app'
        $set.Label | Should -Be 'before deployment'
        "$($set.Status)" | Should -Be 'Complete'
        $set.SnapshotAt.Kind | Should -Be 'Utc'
        $set.SizeBytes | Should -Be (Get-Item -LiteralPath $set.BackupFile).Length
        ($set.Tables | Where-Object Name -EQ 'posts').Rows | Should -Be 200
        $set.BackupFile | Should -BeLike (Join-Path (Get-Location).ProviderPath 'backups/db/*.db.gz')
    }

    It 'expands wildcards of -Path and takes those of -LiteralPath as written' {
        Copy-Item ./app.db ./other.db
        Copy-Item ./app.db './we[i]rd.db'
        (Backup-PostryDatabase -Path ./*.db).Database | Should -Be 'app', 'other', 'we[i]rd'
        (Backup-PostryDatabase -LiteralPath './we[i]rd.db').Database | Should -Be 'we[i]rd'
    }

    It 'takes files from Get-ChildItem, paths from the pipeline, and SqlitePath from an object' {
        (Get-ChildItem ./app.db | Backup-PostryDatabase).Database | Should -Be 'app'
        ('./app.db' | Backup-PostryDatabase).Database | Should -Be 'app'
        ([pscustomobject]@{ SqlitePath = './app.db' } | Backup-PostryDatabase).Database | Should -Be 'app'
    }

    It 'reports a missing database as an error of its own and goes on with the others' {
        $sets = './missing.db', './app.db' | Backup-PostryDatabase -ErrorVariable problems -ErrorAction SilentlyContinue
        $sets.Database | Should -Be 'app'
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        "$($problems[0].CategoryInfo.Category)" | Should -Be 'ObjectNotFound'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$($problems[0].TargetObject)" | Should -BeLike '*missing.db'
    }

    It 'says so where no file matches a pattern' {
        { Backup-PostryDatabase ./*.nothing -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
    }

    It 'ends at once without a key, and names the variable' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        { './app.db', './app.db' | Backup-PostryDatabase } | Should -Throw -ErrorId 'IntegrityKeyMissing,*' -ExpectedMessage '*BACKUP_METADATA_HMAC_KEY*'
        './app.db', './app.db' | Backup-PostryDatabase -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'IntegrityKeyMissing,*'
        Get-ChildItem -Recurse -File ./backups -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'signs with -IntegrityKey, which the environment''s key does not verify' {
        $other = [securestring]::new()
        'another key, as long as the first'.ToCharArray() | ForEach-Object { $other.AppendChar($_) }
        $set = Backup-PostryDatabase ./app.db -IntegrityKey $other
        "$((Get-PostryBackup -Id $set.Id).Status)" | Should -Be 'Unverified'
        "$((Get-PostryBackup -Id $set.Id -IntegrityKey $other).Status)" | Should -Be 'Complete'
    }

    It 'signs nothing with a key that can be guessed: <_>' -ForEach 'short', 'at least 16 bytes; openssl rand -hex 32 makes a good one', 'aaaaaaaaaaaaaaaaaaaaaaaa' {
        $env:BACKUP_METADATA_HMAC_KEY = $_
        $failure = { './app.db', './app.db' | Backup-PostryDatabase -WarningVariable warnings -WarningAction SilentlyContinue } |
            Should -Throw -ErrorId 'WeakKey,*' -PassThru
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*openssl rand -hex 32*'
        Get-PostryBackup -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -HaveCount 1
        "$warnings" | Should -BeLike '*can be guessed*openssl rand -hex 32*'
    }

    It 'names -Path where there is nothing to back up' {
        { Backup-PostryDatabase } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-Path*'
        @() | Backup-PostryDatabase | Should -BeNullOrEmpty
    }

    It 'returns the plan with -WhatIf and writes nothing' {
        $run = Invoke-WithHost 'Backup-PostryDatabase ./app.db -WhatIf'
        $run.Output[0].PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupPlan'
        $run.Text | Should -BeLike 'What if: *app.db*'
        $run.Questions | Should -BeNullOrEmpty
        Test-Path ./backups | Should -BeFalse
    }

    It 'asks only with -Confirm' {
        (Invoke-WithHost 'Backup-PostryDatabase ./app.db').Questions | Should -BeNullOrEmpty
        $run = Invoke-WithHost 'Backup-PostryDatabase ./app.db -Confirm' -Answer N
        $run.Questions | Should -HaveCount 1
        $run.Output | Should -BeNullOrEmpty
    }

    It 'works from PowerShell''s current folder and with -RepoRoot and -BackupRoot' {
        $place = New-Item -ItemType Directory ./elsewhere
        Push-Location $place
        (Backup-PostryDatabase ../app.db -BackupRoot ./here).BackupFile | Should -BeLike "$($place.FullName)/here/db/*"
        (Backup-PostryDatabase ../app.db -RepoRoot ..).BackupFile | Should -BeLike "$(Split-Path $place.FullName)/backups/db/*"
        Pop-Location
    }

    It 'counts only with -Fingerprint RowCount, and the test says so' {
        $set = Backup-PostryDatabase ./app.db -Fingerprint rowcount
        $set.Tables | Where-Object Fingerprint | Should -BeNullOrEmpty
        "$(($set | Test-PostryBackup).Status)" | Should -Be 'Inconclusive'
    }

    It 'stops after the first set that the pipeline wants' {
        Copy-Item ./app.db ./other.db
        $sets = './app.db', './other.db' | Backup-PostryDatabase | Select-Object -First 1
        $sets.Database | Should -Be 'app'
        @(Get-PostryBackup) | Should -HaveCount 1
    }

    It 'says with -Verbose how long writers were blocked and which library was used' {
        $messages = Backup-PostryDatabase ./app.db -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$messages" | Should -BeLike '*SQLite*'
        "$messages" | Should -BeLike '*writers were blocked*'
    }
}

Describe 'Stopping a backup' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'leaves no partial file' {
        Invoke-Sql ./app.db 'CREATE TABLE big(b BLOB); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO big SELECT randomblob(1048576) FROM n'
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$script:StagedModule'; Backup-PostryDatabase ./app.db")
        $running = $shell.BeginInvoke()
        try {
            $deadline = [datetime]::UtcNow.AddSeconds(30)
            while (-not (Get-ChildItem -Recurse -File -Force ./backups -ErrorAction Ignore | Where-Object Length -GT 1MB) -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 5 }
            $running.IsCompleted | Should -BeFalse
            $shell.Stop()
        }
        finally {
            $shell.Dispose()
        }

        "$($shell.InvocationStateInfo.State)" | Should -Be 'Stopped'
        Get-ChildItem -Recurse -File -Force ./backups/db -ErrorAction Ignore | Should -BeNullOrEmpty
        Get-PostryBackup | Should -BeNullOrEmpty
        (Backup-PostryDatabase ./app.db).Tables.Rows | Measure-Object -Sum | ForEach-Object Sum | Should -Be 402
    }
}
