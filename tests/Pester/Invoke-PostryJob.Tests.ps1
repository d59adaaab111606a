BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Invoke-PostryJob' {
    BeforeEach {
        Enter-Sandbox
        Write-Text ./postry.json @'
{
  "databases": { "app": { "path": "app.db" } },
  "retention": { "keepLast": 3 },
  "jobs": {
    "nightly": { "steps": [{ "kind": "backup" }, { "kind": "test", "level": "Contents" }, { "kind": "copy", "onFailure": "continue" }, { "kind": "prune" }] },
    "broken": { "steps": [{ "kind": "command", "name": "stop it", "command": "exit 7", "onFailure": "continue" }, { "kind": "backup" }] }
  }
}
'@
    }
    AfterEach { Exit-Sandbox }

    It 'runs the steps and emits one report' {
        $report = Invoke-PostryJob nightly
        "$($report.Job) $($report.Status)" | Should -Be 'nightly Passed'
        "$($report.Steps.Kind)" | Should -Be 'Backup Test Copy Prune'
        "$($report.Steps.Status)" | Should -Be 'Passed Passed Skipped Passed'
        (Get-PostryBackup).Database | Should -Be 'app'
        (Get-PostryHistory -Operation Job).Job | Should -Be 'nightly'
        Get-Complaint jobReport ($report | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        $shown = $report | Out-String -Width 80
        $shown | Should -Match 'Test Contents +Passed'
        $shown | Should -Match 'Passed in .*: 3 of 4 steps passed'
    }

    It 'emits the report of a job that did not succeed, and then the error' {
        $report = $null
        { Invoke-PostryJob broken -OutVariable report -ErrorAction Stop } | Should -Throw -ErrorId 'JobFailed,*' -ExpectedMessage '*1 of 2 steps passed; stop it failed*exit code 7*'
        $report = Invoke-PostryJob broken -ErrorAction SilentlyContinue
        "$($report.Steps.Status)" | Should -Be 'Failed Passed'
        $report.Steps[0].Problems[0].ErrorId | Should -Be 'ToolFailed'
        ($report | Out-String -Width 80) | Should -Match 'stop it: The command failed: exit code 7'
    }

    It 'only plans with -WhatIf' {
        $plan = Invoke-PostryJob nightly -WhatIf
        $plan.Steps[0].Detail | Should -Be 'Back up every database: app.'
        Get-Complaint jobPlan ($plan | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        Test-Path ./backups | Should -BeFalse
        ($plan | Out-String -Width 80) | Should -Match 'Backup: Back up every database'
    }

    It 'completes the names of jobs, and tells one that is not there' {
        $line = 'Invoke-PostryJob n'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'nightly'
        { Invoke-PostryJob nowhere } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*It names: nightly, broken.*'
    }

    It 'is what New-PostryConfiguration has written' {
        Remove-Item ./postry.json
        $null = New-PostryConfiguration
        'nightly', 'weekly-verification', 'monthly-disaster-recovery-test' | ForEach-Object { (Invoke-PostryJob $_).Status } | Should -Be 'Passed', 'Passed', 'Passed'
        (Get-PostryBackup).Proven | Should -BeTrue
    }
}
