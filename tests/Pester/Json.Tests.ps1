# What the cmdlets emit, as ConvertTo-Json writes it: the schema is the same as that of the console's JSON.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'The JSON of emitted objects' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $script:Set = Backup-PostryDatabase ./app.db -Label first
    }
    AfterEach { Exit-Sandbox }

    It 'keeps names through a round trip, and durations for the pipeline' {
        $record = Restore-PostryDatabase -Latest -Path ./app.db -Force
        $record.Status -eq 'Committed' | Should -BeTrue
        $record.Duration.TotalSeconds | Should -BeGreaterThan 0
        $record.Duration -gt [timespan]::Zero | Should -BeTrue
        $record.Duration -gt '1.00:00:00' | Should -BeFalse
        $record | Where-Object Duration -LT '01:00:00' | Should -Be $record
        $back = $record | ConvertTo-Json -Depth 6 | ConvertFrom-Json -DateKind String
        $back.Status -eq 'Committed' | Should -BeTrue
        $back.Mode | Should -Be 'sqlite'
        $back.Checks[0].Status | Should -Be 'Passed'
        $back.Duration.Ticks | Should -Be $record.Duration.Ticks
        $back.StartedAt | Should -Match '^\d{4}-\d\d-\d\dT[\d:.]+Z$'
    }

    It 'is the JSON of the console through ConvertTo-PostryJson' {
        $report = $Set | Test-PostryBackup -Level Restore
        $document = $report | ConvertTo-PostryJson
        $document | Should -BeOfType [string]
        $back = $document | ConvertFrom-Json -AsHashtable -DateKind String
        Get-Complaint verificationReport $back | Should -BeNullOrEmpty
        $back.status | Should -BeExactly 'Passed'
        [System.Xml.XmlConvert]::ToTimeSpan($back.duration) | Should -Be $report.Duration
        $back.checks.Count | Should -Be $report.Checks.Count
        # Nothing is cut in the depth.
        $read = $Set | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String
        Get-Complaint backupSet $read | Should -BeNullOrEmpty
        $read.tables[0].name | Should -Be $Set.Tables[0].Name
        ($Set.Tables | ConvertTo-PostryJson | ConvertFrom-Json).name | Should -Be $Set.Tables.Name
    }

    It 'writes one result as an object, several as an array, and in one line if that is wanted' {
        $second = Backup-PostryDatabase ./app.db
        $Set | ConvertTo-PostryJson | Should -Match '^\{'
        @($Set, $second | ConvertTo-PostryJson).Count | Should -Be 1
        ($Set, $second | ConvertTo-PostryJson | ConvertFrom-Json).id | Should -Be $Set.Id, $second.Id
        ConvertTo-PostryJson $Set -AsArray -Compress | Should -Match '^\[\{"id":"[^\n]*\}\]$'
        @() | ConvertTo-PostryJson | Should -BeNullOrEmpty
        @() | ConvertTo-PostryJson -AsArray | Should -Be '[]'
    }

    It 'refuses what is no result, and writes the others' {
        $document = $Set, ($Set | Select-Object Id), 'text' | ConvertTo-PostryJson -ErrorVariable problems -ErrorAction SilentlyContinue
        ($document | ConvertFrom-Json).id | Should -Be $Set.Id
        $problems.Count | Should -Be 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Select-Object'
    }

    It 'is as the schema says' {
        Get-Complaint backupSet $Set | Should -BeNullOrEmpty
        Get-Complaint backupSet (Get-PostryBackup -Latest) | Should -BeNullOrEmpty
        Get-Complaint verificationReport (Test-PostryBackup -Latest) | Should -BeNullOrEmpty
        Edit-RuntimeFile
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50; PRAGMA user_version = 7'
        Get-Complaint comparison (Compare-PostryBackup -Latest -Path ./app.db) | Should -BeNullOrEmpty
        Get-Complaint restorePlan (Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -WhatIf) | Should -BeNullOrEmpty
        Get-Complaint restoreRecord (Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force) | Should -BeNullOrEmpty
        Get-Complaint restoreRecord (Get-PostryRestore -Latest) | Should -BeNullOrEmpty
        Get-Complaint previousCopy (Get-PostryPreviousCopy)[0] | Should -BeNullOrEmpty
        Get-Complaint undoPlan (Undo-PostryRestore -Latest -WhatIf) | Should -BeNullOrEmpty
        Get-Complaint restoreRecord (Undo-PostryRestore -Latest -Force) | Should -BeNullOrEmpty
        Get-Complaint removalPlan (Remove-PostryBackup -Id $Set.Id -WhatIf) | Should -BeNullOrEmpty
        Get-Complaint setting (Get-PostryConfiguration)[0] | Should -BeNullOrEmpty
    }

    It 'fails where an object is not as the schema says' {
        Get-Complaint backupSet ($Set | Select-Object -Property * -ExcludeProperty Status) | Should -Match 'status'
        Get-Complaint setting $Set | Should -Not -BeNullOrEmpty
    }

    It 'counts files, not folders, in set, plan, record and view' {
        $Set.Runtime.Files | Should -Be 3
        $plan = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -WhatIf
        "$($plan.Runtime)" | Should -Be '0 changed, 0 new, 3 the same'
        $record = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force
        "$($record.Runtime)" | Should -Be '0 changed, 0 new, 3 the same'
        $record | Format-Table | Out-String -Width 80 | Should -Match ' 3 '
    }
}

Describe 'The JSON of the console' {
    BeforeAll {
        $script:Console = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) "src/Postry.Ops.Cli/bin/$($env:POSTRY_STAGED_CONFIGURATION ?? 'Release')/net10.0/postry.dll"

        function Invoke-Console {
            $result = & dotnet $Console @args --json 2>$null | Out-String | ConvertFrom-Json -AsHashtable -DateKind String -NoEnumerate
            $LASTEXITCODE | Should -BeIn 0, 3, 4
            if ($result -is [array]) { $result[0] } else { $result }
        }
    }
    BeforeEach { Enter-Sandbox; Add-RuntimeFile }
    AfterEach { Exit-Sandbox }

    It 'is as the same schema says' {
        if (-not (Test-Path $Console)) { Set-ItResult -Skipped -Because 'the console is not built' }
        $set = Invoke-Console backup --path app.db --label first
        Get-Complaint backupSet $set | Should -BeNullOrEmpty
        Get-Complaint backupSet (Invoke-Console list) | Should -BeNullOrEmpty
        Get-Complaint verificationReport (Invoke-Console test --latest) | Should -BeNullOrEmpty
        Get-Complaint comparison (Invoke-Console compare --latest --path app.db) | Should -BeNullOrEmpty
        Get-Complaint restorePlan (Invoke-Console restore --latest --path app.db --with-runtime --what-if) | Should -BeNullOrEmpty
        Get-Complaint restoreRecord (Invoke-Console restore --latest --path app.db --with-runtime --force) | Should -BeNullOrEmpty
        Get-Complaint restoreRecord (Invoke-Console restores) | Should -BeNullOrEmpty
        Get-Complaint previousCopy (Invoke-Console previous-copies) | Should -BeNullOrEmpty
        Get-Complaint undoPlan (Invoke-Console undo --latest --path app.db --what-if) | Should -BeNullOrEmpty
        Get-Complaint removalPlan (Invoke-Console remove --id $set.id --what-if) | Should -BeNullOrEmpty
        Get-Complaint setting (Invoke-Console config) | Should -BeNullOrEmpty
    }
}

Describe 'Views at 80 columns' {
    BeforeAll {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db -Label first
        $script:Record = Restore-PostryDatabase -Latest -Path ./app.db -Force
    }
    AfterAll { Exit-Sandbox }

    It 'wraps no heading, and shows every column: <Name>' -ForEach @(
        @{ Name = 'set'; Get = { $Set }; Headings = 'Id Database SnapshotAt Size Files Status Label' }
        @{ Name = 'tables'; Get = { $Set.Tables }; Headings = 'Name Rows Fingerprint' }
        @{ Name = 'report'; Get = { $Set | Test-PostryBackup }; Headings = 'Id Level Status Passed Failed Unsure Files Duration Database' }
        @{ Name = 'checks'; Get = { ($Set | Test-PostryBackup).Checks }; Headings = 'Name Status Duration Found' }
        @{ Name = 'comparison'; Get = { Compare-PostryBackup -Latest -Path ./app.db }; Headings = 'BackupId Status Tables Differ Schema Other Summary' }
        @{ Name = 'compared tables'; Get = { (Compare-PostryBackup -Latest -Path ./app.db).Tables }; Headings = 'Name Difference LiveRows BackupRows Detail' }
        @{ Name = 'record'; Get = { $Record }; Headings = 'RestoreId BackupId StartedAt Status Files Target' }
        @{ Name = 'copies'; Get = { Get-PostryPreviousCopy }; Headings = 'RestoreId TakenAt Size Removed Path' }
        @{ Name = 'plan'; Get = { Backup-PostryDatabase ./app.db -WhatIf }; Headings = 'Database Mode Source Path Folder' }
        @{ Name = 'settings'; Get = { Get-PostryConfiguration }; Headings = 'Name Value Source Detail' }
    ) {
        $lines = @((& $Get | Format-Table | Out-String -Width 80) -split '\r?\n' | Where-Object { $_.Trim() })
        ($lines[0].Trim() -replace ' +', ' ') | Should -Be $Headings
        $lines[1] | Should -Match '^[- ]+$'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
    }

    It 'keeps the end of a path' {
        $copies = Get-PostryPreviousCopy | Format-Table | Out-String -Width 80
        $copies | Should -Match "$([regex]::Escape($Record.RestoreId))\s*$"
        $null = Undo-PostryRestore -RestoreId $Record.RestoreId -Force
        $both = Get-PostryPreviousCopy | Format-Table | Out-String -Width 80
        $both | Should -Match 'app\.db\.prev'
        $both | Should -Match 'app\.db\.und' -Because 'two copies of one restore must not look the same'
        $Record | Format-Table | Out-String -Width 80 | Should -Match 'app\.db\s*$'
    }
}
