BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'A backup of a database that was emptied' {
    BeforeEach {
        Enter-Sandbox
        $script:Rows = Get-State
        $script:Good = Backup-PostryDatabase ./app.db
        $null = Invoke-Sql ./app.db 'DELETE FROM posts; DELETE FROM users'
        $script:Set = Backup-PostryDatabase ./app.db -WarningVariable warned -WarningAction SilentlyContinue
        $script:Warned = "$warned"
    }
    AfterEach { Exit-Sandbox }

    It 'is Suspicious, warns, and says why wherever it is shown' {
        "$($Set.Status)" | Should -Be 'Suspicious'
        $Warned | Should -BeLike '*is Suspicious*No rows are left of *-AcceptSmaller*'
        $Set | Out-String -Width 120 | Should -Match 'Suspicious'
        $Set | Format-List | Out-String -Width 400 | Should -Match "No rows are left of [\s\S]*$($Good.Id)"
        $Set.Plausibility.ComparedWith | Should -Be $Good.Id
    }

    It 'is not the latest, and neither is the one before it' {
        foreach ($choose in { Get-PostryBackup -Latest -ErrorAction Stop }, { Restore-PostryDatabase -Latest -Path ./app.db -Force -ErrorAction Stop },
            { Restore-PostryDatabase -Before (Get-Date).AddHours(1) -Path ./app.db -Force -ErrorAction Stop }) {
            $caught = $choose | Should -Throw -ErrorId 'SuspiciousBackup*' -PassThru
            "$caught" | Should -BeLike "*-Id $($Set.Id): taken *Suspicious*-Id $($Good.Id): taken *Complete*"
            $caught.ErrorDetails.RecommendedAction | Should -BeLike "*-Id $($Good.Id) is the newest good one*"
        }
        Get-State | Should -Not -Be $Rows
        $null = Restore-PostryDatabase -Id $Good.Id -Path ./app.db -Force
        Get-State | Should -Be $Rows
    }

    It 'is restored by its id, with a plan that says what it is' {
        (Restore-PostryDatabase -Id $Set.Id -Path ./app.db -WhatIf).Summary | Should -Match 'SUSPICIOUS'
    }

    It 'is tested with -Latest, and not called Passed' {
        $report = Test-PostryBackup -Latest -Level Signature -WarningAction SilentlyContinue
        "$($report.Id) $($report.Status)" | Should -Be "$($Set.Id) Inconclusive"
    }

    It 'is the new normal where that is said' {
        $accepted = Backup-PostryDatabase ./app.db -AcceptSmaller
        "$($accepted.Status)" | Should -Be 'Complete'
        (Get-PostryBackup -Latest).Id | Should -Be $accepted.Id
        $accepted | Format-List | Out-String -Width 400 | Should -Match 'Accepted'
    }
}
