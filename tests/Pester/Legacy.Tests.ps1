BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')

    . (Join-Path $PSScriptRoot 'OldScripts.ps1')

    # A backup as the old scripts left it.
    function Add-LegacyBackup {
        $null = New-Item -ItemType Directory -Force ./backups/db
        Copy-Item ./app.db ./backups/db/sqlite-backup-20250314-092653.db
        Add-LegacyMetadata ./backups/db/sqlite-backup-20250314-092653.db sqlite
    }
}

Describe 'Backups of the old scripts' -Skip:(-not (Get-Command sha256sum, openssl -ErrorAction Ignore)) {
    BeforeEach {
        Enter-Sandbox
        $script:Old = Get-State
        Add-LegacyBackup
        $null = Invoke-Sql ./app.db 'DELETE FROM posts WHERE id % 3 = 0'
        $script:New = Get-State
    }
    AfterEach { Exit-Sandbox }

    It 'are listed by the stamp in their names, and the table says what they are' {
        $set = Get-PostryBackup
        $set.Legacy | Should -BeTrue
        "$($set.Status)" | Should -Be 'Complete'
        $set.SnapshotAt | Should -Be ([datetime]::new(2025, 3, 14, 9, 26, 53, [System.DateTimeKind]::Utc))
        $set | Out-String -Width 120 | Should -Match '\(old scripts\)'
        (Get-PostryBackup -Database legacy-*).Id | Should -Be $set.Id
        (Backup-PostryDatabase ./app.db).Legacy | Should -BeFalse
    }

    It 'are not the latest backup of anything, but by name' {
        { Get-PostryBackup -Latest -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound*'
        { Restore-PostryDatabase -Latest -Path ./app.db -AllowDifferentSource -Force -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound*'
        (Get-PostryBackup -Latest -Database legacy-sqlite).Legacy | Should -BeTrue
        Get-State | Should -Be $New
    }

    It 'pass every check of a test but the one that nothing can be compared with' {
        $report = Get-PostryBackup | Test-PostryBackup -Level Restore
        "$($report.Status)" | Should -Be 'Inconclusive'
        ($report.Checks | Where-Object Status -NE Passed).Name | Should -Be 'Fingerprints'
    }

    It 'are restored where that is meant, and undone' {
        { Get-PostryBackup | Restore-PostryDatabase -Path ./app.db -Force -ErrorAction Stop } | Should -Throw -ErrorId 'DifferentSource*'
        Get-State | Should -Be $New
        "$((Get-PostryBackup | Restore-PostryDatabase -Path ./app.db -AllowDifferentSource -WhatIf).Notes)" | Should -Match 'wrote in UTC'
        $record = Get-PostryBackup | Restore-PostryDatabase -Path ./app.db -AllowDifferentSource -Force
        "$($record.Status)" | Should -Be 'Committed'
        Get-State | Should -Be $Old
        $null = Undo-PostryRestore -Latest -Force
        Get-State | Should -Be $New
    }

    It 'are never Complete without the key that signed them' {
        $env:BACKUP_METADATA_HMAC_KEY = 'another key that is long enough'
        $set = Get-PostryBackup
        "$($set.Status)" | Should -Be 'Unverified'
        $set.StatusDetail | Should -Match 'cannot be distinguished'
        { $set | Restore-PostryDatabase -Path ./app.db -AllowDifferentSource -Force -ErrorAction Stop } | Should -Throw -ErrorId 'WrongKey*'
        Get-State | Should -Be $New
        $env:BACKUP_METADATA_HMAC_KEY_PREVIOUS = $TestKey
        "$((Get-PostryBackup).Status)" | Should -Be 'Complete'
    }
}
