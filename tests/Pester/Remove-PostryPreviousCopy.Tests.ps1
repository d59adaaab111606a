BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Get- and Remove-PostryPreviousCopy' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $script:Record = Restore-PostryDatabase -Latest -Path ./app.db -Force
    }
    AfterEach { Exit-Sandbox }

    It 'lists kept copies with their size' {
        $copy = Get-PostryPreviousCopy
        $copy.RestoreId | Should -Be $Record.RestoreId
        $copy.SizeBytes | Should -BeGreaterOrEqual (Get-Item -LiteralPath $Record.PreviousCopy).Length
        Get-PostryPreviousCopy ./app.db | Should -HaveCount 1
        Get-PostryPreviousCopy ./other.db | Should -BeNullOrEmpty
    }

    It 'keeps what is younger than the age' {
        Remove-PostryPreviousCopy -OlderThan 1.00:00:00 -Force | Should -BeNullOrEmpty
        Test-Path -LiteralPath $Record.PreviousCopy | Should -BeTrue
    }

    It 'removes what one restore has kept' {
        $other = Restore-PostryDatabase -Latest -Path ./app.db -Force
        { Remove-PostryPreviousCopy -RestoreId nothing1 -Force -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        (Remove-PostryPreviousCopy -RestoreId $Record.RestoreId -Force).Path | Should -Be $Record.PreviousCopy
        (Get-PostryPreviousCopy).RestoreId | Should -Be $other.RestoreId
    }

    It 'removes what is older, and what is piped in' {
        $removed = Remove-PostryPreviousCopy -OlderThan 0 -Force
        $removed.Removed | Should -BeTrue
        Test-Path -LiteralPath $Record.PreviousCopy | Should -BeFalse
        $null = Restore-PostryDatabase -Latest -Path ./app.db -Force
        (Get-PostryPreviousCopy | Remove-PostryPreviousCopy -Force).Removed | Should -BeTrue
        Get-PostryPreviousCopy | Should -BeNullOrEmpty
    }
}
