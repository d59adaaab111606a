# Smoke checks by the cmdlet, and a restore that they decide, against a real web server.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    Add-Type -Path (Join-Path $PSScriptRoot 'HealthServer.cs')
    $script:Health = [PostryTests.HealthServer]::new()
}
AfterAll { $Health.Dispose() }

Describe 'Invoke-PostrySmoke' {
    BeforeEach {
        Enter-Sandbox
        $Health.Status = 200
        Write-Text ./postry.json (@{ databases = @{ app = @{ path = 'app.db' } }; smoke = @{
                    http   = @(@{ name = 'health'; url = $Health.Url })
                    tables = @(@{ table = 'posts'; columns = @('user_id', 'email', 'status'); after = @('health') })
                } } | ConvertTo-Json -Depth 5)
    }
    AfterEach { Exit-Sandbox }

    It 'asks the addresses that are typed' {
        $report = Invoke-PostrySmoke $Health.Url, $Health.Url
        "$($report.Status)" | Should -Be 'Passed'
        $report.Checks | Should -HaveCount 2
        $report.Checks[0].Kind | Should -Be 'Http'
        $report.Checks[0].Attempts | Should -Be 1
    }

    It 'makes the checks of postry.json, or some of them with those before them' {
        $report = Invoke-PostrySmoke
        "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Format-List | Out-String)
        $report.Checks | Should -HaveCount 2
        (Invoke-PostrySmoke -Name health).Checks.Name | Should -Be 'health'
        (Invoke-PostrySmoke -Name '*posts*').Checks | Should -HaveCount 2
        { Invoke-PostrySmoke -Name nothing -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        (TabExpansion2 'Invoke-PostrySmoke -Name he').CompletionMatches.CompletionText | Should -Contain 'health'
    }

    It 'says what failed, skips what depends on it, and is false with -Quiet' {
        $Health.Status = 503
        $report = Invoke-PostrySmoke -Deadline 1s
        "$($report.Status)" | Should -Be 'Failed'
        "$($report.Checks[0].Status) $($report.Checks[1].Status)" | Should -Be 'Failed Skipped'
        $report.Checks[0].Actual | Should -Match '503'
        Invoke-PostrySmoke -Deadline 1s -Quiet | Should -BeFalse
        $text = $report | Out-String -Width 80
        $text | Should -Match 'health +Failed'
        $text | Should -Match 'Failed in .*: 0 of 2 checks passed'
    }

    It 'lists with -WhatIf what would be asked, and asks nothing' {
        $asked = $Health.Requests
        $plans = Invoke-PostrySmoke -WhatIf
        $plans | Should -HaveCount 2
        $plans[0].Target | Should -Be $Health.Url
        $Health.Requests | Should -Be $asked
    }

    It 'emits its results although the file for them cannot be written' {
        $emitted = [System.Collections.Generic.List[object]]::new()
        { Invoke-PostrySmoke $Health.Url -JUnitPath ./nowhere/smoke.xml -ErrorAction Stop | ForEach-Object { $emitted.Add($_) } } |
            Should -Throw -ErrorId 'SourceNotFound,*'
        "$($emitted.Status)" | Should -Be 'Passed'
    }

    It 'writes JUnit XML and takes STARTUP_SMOKE_TIMEOUT_SECONDS' {
        $Health.Status = 500
        try {
            $env:STARTUP_SMOKE_TIMEOUT_SECONDS = '1'
            (Invoke-PostrySmoke $Health.Url -JUnitPath ./smoke.xml).Duration | Should -BeLessThan ([timespan]'00:00:20')
            $env:STARTUP_SMOKE_TIMEOUT_SECONDS = 'soon'
            { Invoke-PostrySmoke $Health.Url -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        }
        finally {
            $env:STARTUP_SMOKE_TIMEOUT_SECONDS = $null
        }

        ([xml](Get-Content -Raw ./smoke.xml)).testsuites.testsuite.failures | Should -Be 1
    }

    It 'never passes where there is nothing to ask' {
        Remove-Item ./postry.json
        { Invoke-PostrySmoke -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
    }

    It 'is as the schema says' {
        . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
        Get-Complaint smokeReport (Invoke-PostrySmoke) | Should -BeNullOrEmpty
        Get-Complaint smokePlan (Invoke-PostrySmoke -WhatIf)[0] | Should -BeNullOrEmpty
    }
}

Describe 'A restore that smoke checks decide' {
    BeforeEach {
        Enter-Sandbox
        $Health.Status = 200
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
    }
    AfterEach { Exit-Sandbox }

    It 'is committed where they pass' {
        $record = Restore-PostryDatabase -Latest ./app.db -Force -PostRestoreHealthUrl $Health.Url
        "$($record.Status)" | Should -Be 'Committed'
        ($record.Checks | Where-Object Name -Like 'Smoke *').Status | Should -Be 'Passed'
        Invoke-Sql ./app.db 'SELECT count(*) FROM posts' | Should -Be 200
    }

    It 'is undone where one fails that passed before' {
        # The backup has no such column, and the live database has.
        Write-Text ./checks.json (@{ tables = @(@{ table = 'posts'; columns = @('added_later') }) } | ConvertTo-Json -Depth 5)
        Invoke-Sql ./app.db 'ALTER TABLE posts ADD COLUMN added_later TEXT'
        { Restore-PostryDatabase -Latest ./app.db -Force -Smoke ./checks.json -SmokeDeadline 2s -ErrorAction Stop } | Should -Throw -ErrorId 'RestoreUndone,*'
        Invoke-Sql ./app.db 'SELECT count(*) FROM posts' | Should -Be 50
        "$((Get-PostryRestore -Latest).Status)" | Should -Be 'Undone'
    }

    It 'takes place where the copy passes before the swap, and only there' {
        Write-Text ./postry.json (@{ databases = @{ app = @{ path = 'app.db' } }; smoke = @{
                http = @(@{ name = 'health'; url = $Health.Url }); tables = @(@{ table = 'posts'; minimumRows = 200; after = @('health') })
                sql = @(@{ name = 'many'; query = 'SELECT count(*) FROM posts'; atLeast = 201 }) } } | ConvertTo-Json -Depth 5)
        $plan = Restore-PostryDatabase -Latest ./app.db -PreSwapSmoke '*posts' -WhatIf
        $plan.Summary | Should -BeLike '*Before the swap 1 smoke check is made (table posts) of the staged copy*'
        (TabExpansion2 'Restore-PostryDatabase -PreSwapSmoke ').CompletionMatches.ListItemText | Should -Be 'many', 'table posts'
        { Restore-PostryDatabase -Latest ./app.db -Force -PreSwapSmoke health -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Restore-PostryDatabase -Latest ./app.db -Force -PreSwapSmoke '*' -ErrorAction Stop } | Should -Throw -ErrorId 'RestoreRefused,*'
        Invoke-Sql ./app.db 'SELECT count(*) FROM posts' | Should -Be 50
        $record = Restore-PostryDatabase -Latest ./app.db -Force -PreSwapSmoke '*posts'
        "$($record.Status)" | Should -Be 'Committed'
        Invoke-Sql ./app.db 'SELECT count(*) FROM posts' | Should -Be 200
    }

    It 'is refused where a consequence is named and no check' {
        { Restore-PostryDatabase -Latest ./app.db -Force -OnSmokeFailure Undo -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        Invoke-Sql ./app.db 'SELECT count(*) FROM posts' | Should -Be 50
    }

    It 'awaits a verdict where one failed before as well' {
        $Health.Status = 500
        $record = Restore-PostryDatabase -Latest ./app.db -Force -PostRestoreHealthUrl $Health.Url -SmokeDeadline 1s -WarningAction Ignore
        "$($record.Status)" | Should -Be 'AwaitingVerdict'
        "$((Complete-PostryRestore -Latest -WarningAction Ignore).Status)" | Should -Be 'Committed'
    }
}
