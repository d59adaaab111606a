BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Get-PostryHistory' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db -WarningAction Ignore
        $null = Backup-PostryDatabase ./none.db -ErrorAction SilentlyContinue
        $null = Test-PostryBackup $Set.Id -Level Contents
        $null = Set-PostryBackup $Set.Id -Pinned -WhatIf
    }
    AfterEach { Exit-Sandbox }

    It 'lists every operation, newest first, and nothing that only planned' {
        $history = Get-PostryHistory
        "$($history.Operation)" | Should -Be 'Test Backup Backup'
        "$($history.Result)" | Should -Be 'Succeeded Failed Succeeded'
        "$($history.Integrity)" | Should -Be 'Passed Passed Passed'
        $history[1].ErrorId | Should -Be 'SourceNotFound'
        $history[2].BackupId | Should -Be $Set.Id
        $history[2].SizeBytes | Should -Be $Set.SizeBytes
        $history[0].Duration | Should -BeOfType timespan
        foreach ($entry in $history) {
            $read = $entry | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String
            Get-Complaint historyEntry $read | Should -BeNullOrEmpty
        }
    }

    It 'selects' {
        (Get-PostryHistory a*).Operation | Should -Be 'Test', 'Backup'
        (Get-PostryHistory -Operation Backup -Result Failed).Number | Should -Be 2
        (Get-PostryHistory -BackupId $Set.Id -Last 1).Operation | Should -Be 'Test'
        Get-PostryHistory -After (Get-Date).AddHours(1) | Should -BeNullOrEmpty
        (Get-PostryHistory -Before (Get-Date).AddHours(1)).Count | Should -Be 3
    }

    It 'shows at 80 columns what was done and with which error' {
        $shown = Get-PostryHistory | Out-String -Width 80
        $shown | Should -Match "Z Backup +Failed +\d+.* SourceNotFound"
        $shown | Should -Match "Z Backup +Succeeded app .* $($Set.Id)"
    }

    It 'warns of a line that was changed, once' {
        $path = './backups/history.jsonl'
        (Get-Content $path -Raw).Replace('"Failed"', '"Succeeded"') | Set-Content $path -NoNewline
        $history = Get-PostryHistory -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -BeLike 'history.jsonl: Number 2 was changed after it was written.'
        "$($history.Integrity)" | Should -Be 'Failed Failed Passed'
        (Test-PostryCatalog).Kind | Should -Be 'DamagedHistory'
    }

    It 'names every operation that there is' {
        $operations = (Get-PostryHistory -Last 1).GetType()::Operations
        $offered = (Get-Command Get-PostryHistory).Parameters.Operation.Attributes.Where{ $_ -is [ValidateSet] }.ValidValues
        $offered | Should -Be $operations
    }

    It 'tells a folder that is not there' {
        { Get-PostryHistory -BackupRoot ./nowhere } | Should -Throw -ErrorId 'SourceNotFound,*'
    }
}
