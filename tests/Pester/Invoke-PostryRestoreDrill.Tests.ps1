BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Invoke-PostryRestoreDrill' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'proves a fresh backup, and leaves the database alone' {
        $before = (Get-FileHash ./app.db).Hash
        $drill = Invoke-PostryRestoreDrill ./app.db -Note 'Monthly exercise.', 'Nothing to correct.'
        "$($drill.Kind) $($drill.Status) $($drill.Evidence) $($drill.Backup.IsFresh)" | Should -Be 'Drill Passed Passed True'
        $drill.Remarks | Should -Be 'Monthly exercise.', 'Nothing to correct.'
        ($drill.Tables | Where-Object Name -EQ posts).RowsFound | Should -Be 200
        (Get-FileHash ./app.db).Hash | Should -Be $before
        Get-ChildItem -Force | Select-Object -ExpandProperty Name | Sort-Object | Should -Be 'app.db', 'backups'
        (Get-PostryBackup).ProvenBy | Should -Be $drill.DrillId
        Get-Complaint restoreDrill $drill | Should -BeNullOrEmpty
        foreach ($part in $drill.Steps, $drill.Tables) {
            $lines = @(($part | Out-String -Width 80) -split '\r?\n' | Where-Object { $_.Trim() })
            $lines | Should -HaveCount ($part.Count + 2)
            $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        }
        # A view of one page for people, with the steps in their order.
        $drill | Format-List | Out-String -Width 200 | Should -Match '(?s)Check the backup.*Lose the data.*Verify the restored data.*Clean up'
    }

    It 'drills with the backups of the pipeline, by their ids and files, and with the newest one' {
        $first = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 100'
        $null = Backup-PostryDatabase ./app.db -AcceptSmaller
        $drills = Get-PostryBackup | Invoke-PostryRestoreDrill
        $drills.Status | Should -Be 'Passed', 'Passed'
        ($drills | Where-Object { $_.Backup.Id -eq $first.Id }).Tables.Where{ $_.Name -eq 'posts' }.RowsFound | Should -Be 200
        (Invoke-PostryRestoreDrill -Id $first.Id).Backup.Id | Should -Be $first.Id
        (Invoke-PostryRestoreDrill -BackupFile $first.BackupFile).Backup.Id | Should -Be $first.Id
        (Invoke-PostryRestoreDrill ./app.db -Latest).Backup.Id | Should -Be (Get-PostryBackup -Latest).Id
        Get-PostryBackup | Should -HaveCount 2
        Get-PostryRestoreDrill -Kind Drill | Should -HaveCount 5
    }

    It 'answers -Quiet with true or false, and a drill that does not pass is no error' {
        Invoke-PostryRestoreDrill ./app.db -Quiet | Should -BeTrue
        Write-Text ./checks.json '{ "sql": [ { "name": "many", "query": "SELECT count(*) FROM posts", "atLeast": 201 } ] }'
        Invoke-PostryRestoreDrill ./app.db -Smoke ./checks.json -Quiet -ErrorAction Stop | Should -BeFalse
        $drill = Get-PostryRestoreDrill -Latest
        "$($drill.Status) $($drill.Smoke.Actual)" | Should -Be 'Failed 200'
        $drill.Deviations -join '; ' | Should -Match 'many'
        (Get-PostryBackup -Latest).ProvenBy | Should -BeNullOrEmpty
    }

    It 'drills every database that the pattern names, and tells which could not be drilled' {
        Copy-Item ./app.db ./blog.db
        Write-Text ./postry.json '{ "databases": { "app": { "path": "app.db" }, "blog": { "path": "blog.db" }, "gone": { "path": "gone.db" } } }'
        $drills = Invoke-PostryRestoreDrill -Database * -ErrorVariable failed -ErrorAction SilentlyContinue
        $drills.Database | Should -Be 'app', 'blog'
        $failed.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        (TabExpansion2 'Invoke-PostryRestoreDrill -Database b').CompletionMatches.CompletionText | Should -Be 'blog'
    }

    It 'says with -WhatIf what it would do, and does nothing' {
        $plan = Invoke-PostryRestoreDrill ./app.db -WhatIf
        $plan.Summary | Should -Match 'fresh backup.*destroy the data there.*compare every row'
        $plan.SpaceNeeded | Should -BeGreaterThan (Get-Item ./app.db).Length
        Get-Complaint drillPlan $plan | Should -BeNullOrEmpty
        Get-Complaint drillPlan ($plan | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        './backups' | Should -Not -Exist
    }

    It 'does not begin where the place is not its own' {
        { Invoke-PostryRestoreDrill ./app.db -ScratchPath ./app.db -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Invoke-PostryRestoreDrill ./app.db -EndToEnd -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Invoke-PostryRestoreDrill ./app.db -ScratchUrl postgresql://db/x -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Invoke-PostryRestoreDrill ./app.db -ScratchUrl postgresql://db/x -EndToEnd -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Invoke-PostryRestoreDrill ./app.db -ScratchCredential ([pscredential]::new('a', (ConvertTo-SecureString b -AsPlainText -Force))) -ErrorAction Stop } |
            Should -Throw -ErrorId 'InvalidRequest,*'
        './backups' | Should -Not -Exist
    }
}
