BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Get-PostryRecoveryStatus' {
    BeforeAll {
        Enter-Sandbox
        # The disk of the machine that runs the tests does not matter.
        Write-Text ./postry.json '{ "databases": { "app": { "path": "app.db" } }, "objectives": { "disk": { "minimumFree": "0%", "warnUsed": "100%", "criticalUsed": "100%" } } }'
    }
    AfterAll { Exit-Sandbox }

    It 'says what was never backed up, with the command' {
        $status = Get-PostryRecoveryStatus
        "$($status.Database) $($status.Status) $($status.Rpo.Status)" | Should -Be 'app Critical Unknown'
        $status.Reasons[0].NextStep | Should -Be 'Backup-PostryDatabase -Database app'
        Get-PostryRecoveryStatus -Quiet | Should -BeFalse
        Get-Complaint recoveryStatus $status | Should -BeNullOrEmpty
    }

    It 'judges a backup, and warns of the drill that is missing' {
        $set = Backup-PostryDatabase -Database app
        $status = Get-PostryRecoveryStatus app
        $status.LastBackup.Id | Should -Be $set.Id
        "$($status.Status) $($status.Rpo.Status) $($status.Rto.Status)" | Should -Be 'Warning Met Unknown'
        $status.Reasons.Message | Should -BeLike 'No restore drill*'
        Get-Complaint recoveryStatus $status | Should -BeNullOrEmpty
        Get-Complaint statusReason $status.Reasons[0] | Should -BeNullOrEmpty
    }

    It 'counts failed backups, also those whose plan fails, and no plan that was only asked for' {
        Rename-Item ./app.db away.db
        { Backup-PostryDatabase -Database app -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        (Get-PostryRecoveryStatus).FailuresInRow | Should -Be 0
        { Backup-PostryDatabase -Database app -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        { Backup-PostryDatabase ./app.db -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        Rename-Item ./away.db app.db
        $status = Get-PostryRecoveryStatus
        "$($status.Status) $($status.FailuresInRow) $($status.LastFailure.ErrorId)" | Should -Be 'Critical 2 SourceNotFound'
        Get-Complaint recoveryStatus $status | Should -BeNullOrEmpty
        $null = Backup-PostryDatabase -Database app
        (Get-PostryRecoveryStatus).FailuresInRow | Should -Be 0
    }

    It 'knows of a backup that failed before its database was known' {
        $configuration = Get-Content -Raw ./postry.json
        Write-Text ./postry.json '{ "databases": 7 }'
        { Backup-PostryDatabase -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        Write-Text ./postry.json $configuration
        "$((Get-PostryRecoveryStatus).Reasons.Message)" | Should -Not -Match 'before it was known'
        Write-Text ./postry.json '{ "databases": 7 }'
        { Backup-PostryDatabase -ErrorAction Stop } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        Write-Text ./postry.json $configuration
        "$((Get-PostryRecoveryStatus).Reasons.Message)" | Should -Match 'A backup failed .* with ConfigurationInvalid, before it was known'
        { Backup-PostryDatabase ./*.none -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        "$((Get-PostryRecoveryStatus).Reasons.Message)" | Should -Match 'A backup failed .* with SourceNotFound, before it was known'
        $null = Backup-PostryDatabase -Database app
        "$((Get-PostryRecoveryStatus).Reasons.Message)" | Should -Not -Match 'before it was known'
    }

    It 'knows nothing without the key' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        try { $status = Get-PostryRecoveryStatus } finally { $env:BACKUP_METADATA_HMAC_KEY = $TestKey }
        "$($status.Status) $($status.Rpo.Status)" | Should -Be 'Critical Unknown'
        $status.Reasons[0].Unknown | Should -BeTrue
    }

    It 'fits 80 columns, lists every reason, and completes names' {
        $lines = @((Get-PostryRecoveryStatus | Format-Table | Out-String -Width 80) -split '\r?\n' | Where-Object { $_.Trim() })
        ($lines[0].Trim() -replace ' +', ' ') | Should -Be 'Database Status Backup Rpo Proven Rto NextDrill Fails'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        Get-PostryRecoveryStatus | Format-List | Out-String -Width 200 | Should -Match '(?s)Status +: Warning.*No restore drill.*Rpo +: Met: .*24 h 00 min allowed'
        (TabExpansion2 'Get-PostryRecoveryStatus -Database a').CompletionMatches.CompletionText | Should -Contain 'app'
        { Get-PostryRecoveryStatus none -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
    }
}
