BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Undo-PostryRestore' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $script:Bad = Get-State
        $script:Record = Restore-PostryDatabase -Latest -Path ./app.db -Force
    }
    AfterEach { Exit-Sandbox }

    It 'puts the database back that was live before, by <Name>' -ForEach @(
        @{ Name = '-RestoreId'; Script = { Undo-PostryRestore -RestoreId $Record.RestoreId -Force } }
        @{ Name = '-Latest'; Script = { Undo-PostryRestore -Latest -Force } }
        @{ Name = '-Latest -Path'; Script = { Undo-PostryRestore -Latest -Path ./app.db -Force } }
        @{ Name = 'the pipeline'; Script = { Get-PostryRestore | Undo-PostryRestore -Force } }
        @{ Name = 'a property'; Script = { [pscustomobject]@{ RestoreId = $Record.RestoreId } | Undo-PostryRestore -Force } }
    ) {
        $undone = & $Script
        "$($undone.Status)" | Should -Be 'Undone'
        Get-State | Should -Be $Bad
    }

    It 'shows what was written since and keeps it' {
        Invoke-Sql ./app.db "INSERT INTO users VALUES (3, 'Mary')"
        $now = Get-State
        $plan = Undo-PostryRestore -Latest -WhatIf
        ($plan.WrittenSince.Tables | Where-Object Name -EQ users).LiveRows | Should -Be 3
        $undone = Undo-PostryRestore -Latest -Force
        Get-State | Should -Be $Bad
        Get-State $undone.UndoneCopy | Should -Be $now
    }

    It 'refuses what is undone already' {
        $null = Undo-PostryRestore -Latest -Force
        { Undo-PostryRestore -RestoreId $Record.RestoreId -Force } | Should -Throw -ErrorId '*,Postry.Ops.Commands.UndoPostryRestoreCommand'
        Get-State | Should -Be $Bad
    }

    It 'reports an unknown restore' { { Undo-PostryRestore -RestoreId nosuchid -Force } | Should -Throw -ErrorId 'SourceNotFound,*' }

    It 'never takes a backup for a restore' {
        { Get-PostryBackup | Undo-PostryRestore -Force -ErrorAction Stop } | Should -Throw
        { $Record | Test-PostryBackup -ErrorAction Stop } | Should -Throw
    }

    It 'completes the ids of restores' {
        $text = 'Undo-PostryRestore -RestoreId '
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Be $Record.RestoreId
    }
}
