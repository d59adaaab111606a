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

    It 'refuses a number without a unit, which PowerShell would take for ticks' {
        foreach ($bare in 7, '7', 7.5, '7 d', '', '-7d', ([timespan]::FromSeconds(-1))) {
            { Remove-PostryPreviousCopy -OlderThan $bare -Force } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        }
        { Remove-PostryPreviousCopy -OlderThan 7 -Force } | Should -Throw -ExpectedMessage "*'7' has no unit: write 7s, 7h or 7d*"
        Test-Path -LiteralPath $Record.PreviousCopy | Should -BeTrue
        Remove-PostryPreviousCopy -OlderThan 1d -Force | Should -BeNullOrEmpty
        Remove-PostryPreviousCopy -OlderThan 9000s -Force | Should -BeNullOrEmpty
        $number = 1d
        { Remove-PostryPreviousCopy -OlderThan $number -Force } | Should -Throw -ExpectedMessage "*'1' has no unit*"
        foreach ($unit in '1h', '1d', '1w', '60m', ([timespan]::FromHours(1)), '1.00:00:00') { Remove-PostryPreviousCopy -OlderThan $unit -Force | Should -BeNullOrEmpty }
    }

    It 'removes what one restore has kept' {
        $other = Restore-PostryDatabase -Latest -Path ./app.db -Force
        { Remove-PostryPreviousCopy -RestoreId nothing1 -Force -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        (Remove-PostryPreviousCopy -RestoreId $Record.RestoreId -Force).Path | Should -Be $Record.PreviousCopy
        (Get-PostryPreviousCopy).RestoreId | Should -Be $other.RestoreId
    }

    It 'removes what is older, and what is piped in' {
        $removed = Remove-PostryPreviousCopy -OlderThan 0s -Force
        $removed.Removed | Should -BeTrue
        Test-Path -LiteralPath $Record.PreviousCopy | Should -BeFalse
        $null = Restore-PostryDatabase -Latest -Path ./app.db -Force
        (Get-PostryPreviousCopy | Remove-PostryPreviousCopy -Force).Removed | Should -BeTrue
        Get-PostryPreviousCopy | Should -BeNullOrEmpty
    }
}
