BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Remove-PostryBackup' {
    BeforeEach {
        Enter-Sandbox
        Set-Content -LiteralPath ./.env -Value 'SMTP_HOST=mail'
        $script:First = Backup-PostryDatabase ./app.db -WarningAction Ignore
        $script:Second = Backup-PostryDatabase ./app.db -Label test-1 -WarningAction Ignore
    }
    AfterEach { Exit-Sandbox }

    It 'removes a set with the runtime files that belong to it, and nothing else' {
        $removed = Get-PostryBackup -Label test-* | Remove-PostryBackup -Force
        $removed.Backup.Id | Should -Be $Second.Id
        $removed.Bytes | Should -BeGreaterThan 0
        (Get-PostryBackup).Id | Should -Be $First.Id
        Get-ChildItem ./backups/db, ./backups/runtime -File -Force | Should -HaveCount 4
        (Test-PostryBackup -Id $First.Id).Status | Should -Be 'Passed'
    }

    It 'takes several ids, and goes on after one that is not there' {
        $removed = Remove-PostryBackup -Id $First.Id, 'nosuchid', $Second.Id -Force -AllowLast -ErrorVariable errors -ErrorAction SilentlyContinue
        $removed | Should -HaveCount 2
        $errors.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        Get-PostryBackup | Should -BeNullOrEmpty
    }

    It 'keeps the last good set of a database unless that is allowed, and says so before it removes anything' {
        { Get-PostryBackup | Remove-PostryBackup -Force } | Should -Throw -ErrorId 'LastBackup,*' -ExpectedMessage "Nothing was removed. No good backup would be left of app ($($Second.Id))."
        { Remove-PostryBackup -Id $First.Id, $Second.Id -Force } | Should -Throw -ErrorId 'LastBackup,*'
        $asked = Invoke-WithHost 'Get-PostryBackup | Remove-PostryBackup' -Answer 'A'
        $asked.Questions | Should -BeNullOrEmpty
        $asked.Errors.FullyQualifiedErrorId | Should -BeLike 'LastBackup,*'
        Get-PostryBackup | Should -HaveCount 2
        (Remove-PostryBackup $Second.Id -Force).Backup.Id | Should -Be $Second.Id
        { Remove-PostryBackup $First.Id -Force } | Should -Throw -ErrorId 'LastBackup,*'
        # Without the key each set may be the last good one.
        $env:BACKUP_METADATA_HMAC_KEY = 'another key that is long enough to be one'
        { Remove-PostryBackup $First.Id -Force } | Should -Throw -ErrorId 'LastBackup,*'
        (Remove-PostryBackup $First.Id -Force -AllowLast).IsLastGood | Should -BeTrue
        Get-PostryBackup | Should -BeNullOrEmpty
    }

    It 'counts neither a damaged set nor that of another database as one that is left' {
        Add-Content -LiteralPath $First.BackupFile -Value 'x'
        Add-SampleDatabase ./other.db
        $null = Backup-PostryDatabase ./other.db
        { Remove-PostryBackup $Second.Id -Force } | Should -Throw -ErrorId 'LastBackup,*'
        (Remove-PostryBackup $First.Id -Force).Backup.Id | Should -Be $First.Id
    }

    It 'takes ids from the rows of a list' {
        Get-PostryBackup -Label test-* | Export-Csv ./old.csv
        (Import-Csv ./old.csv | Remove-PostryBackup -Force).Backup.Id | Should -Be $Second.Id
        (Get-PostryBackup).Id | Should -Be $First.Id
    }

    It 'shows in a few lines what it removed' {
        $shown = Remove-PostryBackup -Id $Second.Id -Force | Out-String -Width 200
        $shown | Should -Match "Backup +: $($Second.Id) of app, \d{4}-"
        $shown | Should -Match 'RuntimeFile +: .*runtime-app-'
        $shown | Should -Not -Match 'BackupSet \{'
    }

    It 'only says what it would do with -WhatIf' {
        $plan = Remove-PostryBackup -Id $First.Id -WhatIf
        $plan.RuntimeFile | Should -Be $First.Runtime.File
        $plan.IsLastGood | Should -BeFalse
        Get-PostryBackup | Should -HaveCount 2
    }

    It 'needs consent where nobody can be asked' {
        $result = Invoke-Pwsh "Remove-PostryBackup -Id $($First.Id)" -Switches '-NonInteractive'
        $result.Errors | Should -BeLike '*needs consent*'
        Get-PostryBackup | Should -HaveCount 2
    }
}

Describe 'Remove-PostryBackup -Policy' {
    BeforeAll { . (Join-Path $PSScriptRoot 'JsonSchema.ps1') }
    BeforeEach {
        Enter-Sandbox
        $script:Sets = 1..3 | ForEach-Object { Backup-PostryDatabase ./app.db }
    }
    AfterEach { Exit-Sandbox }

    It 'says for each backup what the rules do with it, and removes what none keeps' {
        $plan = Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -WhatIf
        $plan.Action | Should -Be 'Keep', 'Remove', 'Remove'
        $plan.BackupId | Should -Be $Sets[2].Id, $Sets[1].Id, $Sets[0].Id
        $plan[0].Reasons | Should -Be 'one of the last 1', 'newest good'
        Get-PostryBackup | Should -HaveCount 3
        Get-Complaint retentionVerdict ($plan[1] | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        $plan | Out-String -Width 80 | Should -Match '(?s)one of the last 1;\s+newest\s+good'

        (Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -Force).IsRemoved | Should -Be $false, $true, $true
        (Get-PostryBackup).Id | Should -Be $Sets[2].Id
    }

    It 'protects what is young by default, and every database that is not meant' {
        (Remove-PostryBackup -Policy -KeepLast 1 -Force).Action | Should -Be 'Keep', 'Keep', 'Keep'
        { Remove-PostryBackup -Policy -KeepLast 1 -Database other -Force } | Should -Throw -ErrorId 'SourceNotFound,*'
        { Remove-PostryBackup -Policy -Force } | Should -Throw -ErrorId 'InvalidRequest,*'
        Get-PostryBackup | Should -HaveCount 3
    }

    It 'removes previous copies that are old enough, and lists them' {
        $record = Restore-PostryDatabase -Id $Sets[2].Id -Path ./app.db -Force
        $copies = Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -PreviousCopies 2d -WhatIf | Where-Object RestoreId
        $copies.Action | Should -Be 'Keep'
        $copies.Reasons | Should -Be 'younger than 2d'
        Get-Complaint previousCopyVerdict ($copies | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        $null = Backup-PostryDatabase ./app.db
        $plan = Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -PreviousCopies 1s -WhatIf | Where-Object RestoreId
        Start-Sleep -Seconds 1
        $null = Backup-PostryDatabase ./app.db
        $done = Remove-PostryBackup -Policy -KeepLast 9 -PreviousCopies 1s -Force
        ($done | Where-Object RestoreId).IsRemoved | Should -BeTrue
        $done | Where-Object RestoreId | Out-String -Width 120 | Should -Match "$($record.RestoreId).*Removed"
        Get-PostryPreviousCopy | Should -BeNullOrEmpty
        $plan.RestoreId | Should -Be $record.RestoreId
    }

    It 'asks once, and a decision never binds as a backup to remove' {
        $asked = Invoke-WithHost 'Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s' -Answer 'N'
        $asked.Questions | Should -HaveCount 1
        Get-PostryBackup | Should -HaveCount 3
        { Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -WhatIf | Remove-PostryBackup -Force -AllowLast } | Should -Throw
        Get-PostryBackup | Should -HaveCount 3
        Write-Text ./postry.json '{ "retention": { "keepLast": 2, "minimumAge": "0s" } }'
        Remove-PostryBackup -Policy -Force | Where-Object IsRemoved | Should -HaveCount 1
    }
}

Describe 'Backup-PostryDatabase -Prune' {
    BeforeEach {
        Enter-Sandbox
        $script:Old = Backup-PostryDatabase ./app.db
        Write-Text ./postry.json '{ "retention": { "keepLast": 1, "minimumAge": "0s" } }'
    }
    AfterEach { Exit-Sandbox }

    It 'removes what no rule keeps once the backup has passed its test' {
        $said = Backup-PostryDatabase ./app.db -Prune -Verbose 4>&1
        $set = $said | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }
        "$said" | Should -BeLike "*$($Old.Id)*"
        (Get-PostryBackup).Id | Should -Be $set.Id
    }

    It 'removes nothing after a backup that failed or is Suspicious, and warns' {
        { Backup-PostryDatabase ./none.db -Prune -WarningVariable script:warned -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'SourceNotFound,*'
        Invoke-Sql ./app.db 'DELETE FROM posts'
        $set = Backup-PostryDatabase ./app.db -Prune -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -BeLike "*Nothing was pruned, because the backup $($set.Id) is Suspicious.*"
        Get-PostryBackup | Should -HaveCount 2
        $plan = Backup-PostryDatabase ./app.db -Prune -WhatIf
        $plan.Database | Should -Be 'app'
        Get-PostryBackup | Should -HaveCount 2
    }

    It 'is a good backup where pruning fails' {
        Remove-Item ./postry.json
        $set = Backup-PostryDatabase ./app.db -Prune -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -BeLike '*is good, but pruning failed: There is no rule*'
        (Get-PostryBackup).Id | Should -Be $set.Id, $Old.Id
    }
}
