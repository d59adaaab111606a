BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'A restore that could not be checked' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
        $script:Good = Get-State
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $script:Bad = Get-State
        $script:Record = Restore-PostryDatabase -Latest -Path ./app.db -Force

        # As if the process had died between the swap and the end.
        $text = [System.IO.File]::ReadAllText($Record.RecordFile)
        [System.IO.File]::WriteAllText($Record.RecordFile, $text.Replace('"status": "Committed"', '"status": "AwaitingVerdict"'))
    }
    AfterEach { Exit-Sandbox }

    It 'draws a warning from every command' {
        foreach ($command in { Get-PostryBackup }, { Get-PostryRestore }, { Test-PostryBackup -Latest -Level Signature }, { Backup-PostryDatabase ./app.db }, { Get-PostryPreviousCopy }) {
            "$(& $command 3>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] })" | Should -BeLike "*$($Record.RestoreId)*Complete-PostryRestore*Undo-PostryRestore*"
        }
    }

    It 'is accepted by Complete-PostryRestore, by <Name>' -ForEach @(
        @{ Name = '-RestoreId'; Script = { Complete-PostryRestore -RestoreId $Record.RestoreId -WarningAction Ignore } }
        @{ Name = '-Latest -Path'; Script = { Complete-PostryRestore -Latest -Path ./app.db -WarningAction Ignore } }
        @{ Name = 'the pipeline'; Script = { Get-PostryRestore -WarningAction Ignore | Where-Object Status -EQ AwaitingVerdict | Complete-PostryRestore -WarningAction Ignore } }
    ) {
        "$((& $Script).Status)" | Should -Be 'Committed'
        Get-State | Should -Be $Good
        Get-PostryRestore 3>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] } | Should -BeNullOrEmpty
    }

    It 'can be undone instead' {
        "$((Undo-PostryRestore -Latest -Force -WarningAction Ignore).Status)" | Should -Be 'Undone'
        Get-State | Should -Be $Bad
    }

    It 'stays as it is with -WhatIf' {
        Complete-PostryRestore -Latest -WhatIf -WarningAction Ignore | Should -BeNullOrEmpty
        "$((Get-PostryRestore -WarningAction Ignore).Status)" | Should -Be 'AwaitingVerdict'
    }

    It 'keeps its previous copy, which -Force does not change' {
        { Remove-PostryPreviousCopy -OlderThan 0s -Force -ErrorAction Stop -WarningAction Ignore } | Should -Throw -ErrorId 'TargetPending,*'
        { Get-PostryPreviousCopy -WarningAction Ignore | Remove-PostryPreviousCopy -WhatIf -ErrorAction Stop -WarningAction Ignore } | Should -Throw -ErrorId 'TargetPending,*'
        Test-Path -LiteralPath $Record.PreviousCopy | Should -BeTrue
    }

    It 'stands in the way of another restore' {
        { Restore-PostryDatabase -Latest -Path ./app.db -Force -WarningAction Ignore } | Should -Throw -ErrorId 'TargetPending,*'
    }
}

Describe 'Complete-PostryRestore' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'reports an unknown restore' { { Complete-PostryRestore -RestoreId nosuchid } | Should -Throw -ErrorId 'SourceNotFound,*' }
}
