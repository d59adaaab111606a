BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
    . (Join-Path $PSScriptRoot 'OldScripts.ps1')
}

Describe 'Set-PostryBackup' {
    BeforeEach {
        Enter-Sandbox
        $script:First = Backup-PostryDatabase ./app.db -Label nightly-1
        $script:Second = Backup-PostryDatabase ./app.db
    }
    AfterEach { Exit-Sandbox }

    It 'pins what is piped in, and shows it' {
        $until = (Get-Date).AddDays(30)
        $pinned = Get-PostryBackup -Label nightly-* | Set-PostryBackup -Pinned -Until $until -Note 'before v2'
        $pinned.Id | Should -Be $First.Id
        $pinned.Pinned | Should -BeTrue
        $pinned.PinnedUntil | Should -Be $until.ToUniversalTime()
        $listed = Get-PostryBackup | Where-Object Pinned
        $listed.PinNote | Should -Be 'before v2'
        $listed.PinnedBy | Should -BeLike '*@*'
        Get-Complaint backupSet ($listed | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        Get-PostryBackup | Format-Table | Out-String -Width 140 | Should -Match "nightly-1 \[pinned until $($until.ToUniversalTime().ToString('yyyy-MM-dd'))"
        $listed | Format-List | Out-String -Width 200 | Should -Match 'Pinned +: pinned until .*: before v2 \(by '
    }

    It 'takes ids from the rows of a list, and several ids' {
        Get-PostryBackup -Label nightly-* | Export-Csv ./keep.csv
        (Import-Csv ./keep.csv | Set-PostryBackup -Pinned).Id | Should -Be $First.Id
        Set-PostryBackup $First.Id, 'nosuchid', $Second.Id -Pinned -ErrorVariable errors -ErrorAction SilentlyContinue | Should -HaveCount 2
        $errors.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
    }

    It 'keeps a pinned backup from policies and removals, with -Force as well' {
        $null = Set-PostryBackup $First.Id -Pinned
        $kept = Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -Force | Where-Object BackupId -EQ $First.Id
        $kept.Action | Should -Be 'Keep'
        $kept.Reasons | Should -Be 'pinned'
        { Remove-PostryBackup $First.Id -Force } | Should -Throw -ErrorId 'BackupPinned,*' -ExpectedMessage "$($First.Id) is pinned (by *). A pinned backup is not removed."
        { Remove-PostryBackup $First.Id -WhatIf } | Should -Throw -ErrorId 'BackupPinned,*'
        (Get-PostryBackup | Remove-PostryBackup -Force -AllowLast -ErrorAction SilentlyContinue).Backup.Id | Should -Be $Second.Id
        (Get-PostryBackup | Set-PostryBackup -Pinned:$false).Pinned | Should -BeFalse
        (Remove-PostryBackup $First.Id -Force -AllowLast).Backup.Id | Should -Be $First.Id
        Get-ChildItem ./backups/db -Force | Should -BeNullOrEmpty
    }

    It 'says what it would do with -WhatIf, and does nothing' {
        $said = Invoke-Pwsh "Set-PostryBackup $($First.Id) -Pinned -Until 2099-01-01T00:00Z -Note why -WhatIf; Set-PostryBackup $($First.Id) -Pinned:`$false -WhatIf"
        $said.Output | Should -BeLike "*Pin the backup $($First.Id) of app, taken *UTC: pinned until 2099-01-01: why.*Unpin the backup $($First.Id)*which is not pinned.*"
        Get-PostryBackup | Where-Object Pinned | Should -BeNullOrEmpty
        { Set-PostryBackup $First.Id -Pinned -Until 2001-01-01 -WhatIf } | Should -Throw -ErrorId 'InvalidRequest,*'
    }

    It 'refuses what contradicts itself, and a pin without a key' {
        { Set-PostryBackup $First.Id -Pinned -Until (Get-Date).AddSeconds(-5) } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*has passed*'
        { Set-PostryBackup $First.Id -Pinned:$false -Note why } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Set-PostryBackup -Pinned } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage "*$($First.Id)*"
        $env:BACKUP_METADATA_HMAC_KEY = $null
        try { { Set-PostryBackup $First.Id -Pinned } | Should -Throw -ErrorId 'IntegrityKeyMissing,*' }
        finally { $env:BACKUP_METADATA_HMAC_KEY = $TestKey }
        Get-PostryBackup | Where-Object Pinned | Should -BeNullOrEmpty
    }

    It 'pins a backup of the old scripts, and one that cannot be read' {
        Copy-Item ./app.db ./backups/db/sqlite-backup-20260101-030000.db
        Add-LegacyMetadata ./backups/db/sqlite-backup-20260101-030000.db sqlite
        $old = Get-PostryBackup -Status Legacy | Set-PostryBackup -Pinned -Note 'the last one of the scripts'
        $old.Pinned | Should -BeTrue
        { Remove-PostryBackup $old.Id -Force -AllowLast } | Should -Throw -ErrorId 'BackupPinned,*'
        (Get-PostryBackup -Pinned).Id | Should -Be $old.Id
        $null = $old | Set-PostryBackup -Pinned:$false
        $null = Remove-PostryBackup $old.Id -Force -AllowLast
        Get-ChildItem ./backups/db -Filter sqlite-backup-* | Should -BeNullOrEmpty

        Set-Content -LiteralPath $First.ManifestFile -Value 'no manifest'
        (Set-PostryBackup -BackupFile $First.BackupFile -Pinned).Pinned | Should -BeTrue
        { Remove-PostryBackup -BackupFile $First.BackupFile -Force } | Should -Throw -ErrorId 'BackupPinned,*'
    }
}
