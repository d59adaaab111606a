BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Restore-PostryDatabase' {
    BeforeEach {
        Enter-Sandbox
        $script:Good = Get-State
        $script:Set = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db "DELETE FROM posts WHERE id > 50; UPDATE users SET name = 'Eve' WHERE id = 2"
        $script:Bad = Get-State
    }
    AfterEach { Exit-Sandbox }

    It 'brings every row back and records what it did' {
        $record = Restore-PostryDatabase -Latest -Path ./app.db -Force
        Get-State | Should -Be $Good
        $record.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.RestoreRecord'
        "$($record.Status)" | Should -Be 'Committed'
        $record.BackupId | Should -Be $Set.Id
        $record.DataLoss.Compared | Should -BeTrue
        $record.Duration | Should -BeGreaterThan ([timespan]::Zero)
        Get-State $record.PreviousCopy | Should -Be $Bad
        (Get-PostryRestore -RestoreId $record.RestoreId).Target | Should -Be $record.Target
    }

    It 'chooses by <Name>' -ForEach @(
        @{ Name = '-Id'; Arguments = { @{ Id = $Set.Id } } }
        @{ Name = '-BackupFile'; Arguments = { @{ BackupFile = $Set.BackupFile } } }
        @{ Name = '-Before'; Arguments = { @{ Before = [datetime]::Now.AddMinutes(1) } } }
    ) {
        $arguments = & $Arguments
        $null = Restore-PostryDatabase @arguments -Path ./app.db -Force
        Get-State | Should -Be $Good
    }

    It 'takes the set from the pipeline' {
        $null = Get-PostryBackup -Latest | Restore-PostryDatabase -Path ./app.db -Force
        Get-State | Should -Be $Good
    }

    It 'refuses several sets for one database before it touches anything' {
        $null = Backup-PostryDatabase ./app.db
        { Get-PostryBackup | Restore-PostryDatabase -Path ./app.db -Force } | Should -Throw -ErrorId 'AmbiguousBackup,*'
        Get-State | Should -Be $Bad
        Get-PostryRestore | Should -BeNullOrEmpty
    }

    It 'says so where no set comes in' {
        { Get-PostryBackup -Database nosuch | Restore-PostryDatabase -Path ./app.db -Force } | Should -Throw -ErrorId 'SourceNotFound,*'
    }

    It 'needs -AllowDifferentSource for another database, which -Force does not replace' {
        Add-SampleDatabase ./other.db -Posts 5
        $before = Get-State ./other.db
        { Restore-PostryDatabase -Id $Set.Id -Path ./other.db -Force } | Should -Throw -ErrorId 'DifferentSource,*'
        Get-State ./other.db | Should -Be $before
        $null = Restore-PostryDatabase -Id $Set.Id -Path ./other.db -Force -AllowDifferentSource
        Get-State ./other.db | Should -Be $Good
    }

    It 'restores to a place where no database is yet' {
        $null = Restore-PostryDatabase -Latest -Database app -Path ./new.db -Force -AllowDifferentSource
        Get-State ./new.db | Should -Be $Good
    }

    It 'refuses a damaged backup and leaves the database alone' {
        $bytes = [System.IO.File]::ReadAllBytes($Set.BackupFile)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [System.IO.File]::WriteAllBytes($Set.BackupFile, $bytes)
        { Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force } | Should -Throw -ErrorId '*,Postry.Ops.Commands.RestorePostryDatabaseCommand'
        Get-State | Should -Be $Bad
    }

    It 'needs -AllowUnverified where the key was lost, and the record says so' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        { Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force } | Should -Throw -ErrorId '*,Postry.Ops.Commands.RestorePostryDatabaseCommand'
        Get-State | Should -Be $Bad
        (Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force -AllowUnverified).Unverified | Should -BeTrue
        Get-State | Should -Be $Good
    }

    It 'compares nothing with -SkipCompare' {
        (Restore-PostryDatabase -Latest -Path ./app.db -WhatIf -SkipCompare).Comparison.Compared | Should -Not -BeTrue
    }

    It 'ends the script''s try block where it fails' {
        $caught = try { Restore-PostryDatabase -Id nosuchid -Path ./app.db -Force; 'not reached' } catch { $_.FullyQualifiedErrorId }
        $caught | Should -BeLike 'SourceNotFound,*'
    }
}

Describe 'Stopping a restore' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'leaves the database whole and no file behind' {
        Invoke-Sql ./app.db 'CREATE TABLE big(b BLOB); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO big SELECT randomblob(1048576) FROM n'
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $bad = Get-State
        $names = (Get-ChildItem).Name
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$script:StagedModule'; Restore-PostryDatabase -Latest -Path ./app.db -SkipCompare -Force")
        $running = $shell.BeginInvoke()
        try {
            $deadline = [datetime]::UtcNow.AddSeconds(30)
            while (-not (Get-ChildItem -Force -File -ErrorAction Ignore | Where-Object Name -NotIn $names) -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 5 }
            $running.IsCompleted | Should -BeFalse
            $shell.Stop()
        }
        finally {
            $shell.Dispose()
        }

        "$($shell.InvocationStateInfo.State)" | Should -Be 'Stopped'
        Get-State | Should -Be $bad
        Invoke-Sql ./app.db 'PRAGMA integrity_check' | Should -Be 'ok'
        (Get-ChildItem -Force -File).Name | Should -Be 'app.db'
        Get-PostryRestore | Where-Object Status -EQ Committed | Should -BeNullOrEmpty
    }
}
