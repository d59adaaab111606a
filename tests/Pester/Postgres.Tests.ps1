BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Postgres.ps1')
    $script:HasServer = -not $IsWindows -and [bool](Find-ServerProgram)
    if (-not $HasServer) { Write-Warning 'THE POSTGRESQL TOUR DOES NOT RUN: there are no server programs (initdb, pg_ctl) on this machine.' }

    $help = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'src/Postry.Ops/Help'
    $script:Examples = foreach ($file in Get-ChildItem $help -Filter *-*.psd1) {
        foreach ($example in (Import-PowerShellDataFile $file.FullName).Examples | Where-Object Server) { @{ Code = $example.Code } }
    }
}

Describe 'PostgreSQL' -Skip:(-not $HasServer) {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Common.ps1')
        . (Join-Path $PSScriptRoot 'Postgres.ps1')
        Open-TestServer
    }
    AfterAll { Close-TestServer }

    BeforeEach {
        Enter-PostgresSandbox
        $script:Url = Get-Url
        $script:Good = Get-PgState
    }
    AfterEach { Exit-Sandbox }

    Context 'completion' {
        It 'offers the schemas and tables of the newest backup of that database' {
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            $complete = { param($text) (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText }
            & $complete "Backup-PostryDatabase -DatabaseUrl '$Url' -Schema " | Should -Be 'public', 'shop'
            & $complete 'Backup-PostryDatabase -ExcludeSchema sh' | Should -Be 'shop'
            & $complete 'Backup-PostryDatabase -Database app -ExcludeTableData shop' | Should -Be 'shop.orders'
            & $complete 'Backup-PostryDatabase -ExcludeTableData public.users,public.p' | Should -Be 'public.posts'
            Invoke-Psql app 'SET ROLE app; CREATE TABLE shop."Big Table"(id int)'
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            $null = Backup-PostryDatabase -DatabaseUrl $Url -Schema public
            $offered = & $complete 'Backup-PostryDatabase -ExcludeTableData shop.'
            $offered | Should -Be @("'shop.`"Big Table`"'", 'shop.orders')
            $text = $offered[0]
            $set = Invoke-Expression "Backup-PostryDatabase -DatabaseUrl '$Url' -ExcludeTableData $text"
            $set.Scope | Should -BeLike '*Big Table*'
        }
    }

    Context 'an entry of postry.json' {
        It 'says what its backups are called and leave out, is restored by name, and tells an undo how to reach the server' {
            Set-Content ./postry.json '{ "databases": { "main": { "urlVariable": "MAIN_URL", "mode": "postgres", "excludeTableData": ["shop.orders"] }, "file": { "path": "app.db" } } }'
            $env:MAIN_URL = $Url
            try {
                $set = Backup-PostryDatabase -Database m*
                "$($set.Database) $($set.Status)" | Should -Be 'main Complete'
                $set.Scope | Should -BeLike '*shop.orders*'
                (Backup-PostryDatabase -Mode postgres -WhatIf).Path | Should -Be "postgresql://127.0.0.1:$PgPort/app"
                $whole = Backup-PostryDatabase -DatabaseUrl $Url -Database whole
                $whole.Scope | Should -BeNullOrEmpty
                Invoke-Psql app 'DELETE FROM posts WHERE id % 3 = 0'
                $bad = Get-PgState
                $null = $whole | Restore-PostryDatabase -Database main -Force
                Get-PgState | Should -Be $Good
                "$((Undo-PostryRestore -Latest -Force).Status)" | Should -Be 'Undone'
                Get-PgState | Should -Be $bad
                $shown = Get-PostryConfiguration databases.main.url
                $shown.Value | Should -Be "postgresql://app:***@127.0.0.1:$PgPort/app"
            }
            finally {
                $env:MAIN_URL = $null
            }
        }
    }

    Context 'an address that was written for an application' {
        It 'draws one warning for what PostgreSQL does not know, and what the server refuses is its word' {
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            $null = Restore-PostryDatabase -Latest -DatabaseUrl "$Url`?command_timeout=60&search_path=x" -Force -WarningVariable said 3>$null
            @($said -match 'command_timeout, search_path') | Should -HaveCount 1
            { Backup-PostryDatabase -DatabaseUrl "$Url`?options=-c%20foo%3Dbar" -ErrorAction Stop } | Should -Throw -ErrorId 'ServerError*' -ExpectedMessage '*unrecognized configuration parameter "foo"*'
            { Backup-PostryDatabase -DatabaseUrl "$Url`?sslidentity=x" -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest*'
        }
    }

    Context 'docs/migrating-from-scripts.md' {
        It 'has commands for the database of DATABASE_URL' {
            . (Join-Path $PSScriptRoot 'OldScripts.ps1')
            $commands = Get-MigrationRow | ForEach-Object Commands | Where-Object { Test-ServerCommand $_ }
            $commands | Should -Be 'Backup-PostryDatabase', 'Backup-PostryDatabase -Mode postgres', 'Restore-PostryDatabase -BackupFile F -AllowDifferentSource'
            $null = New-Item -ItemType Directory -Force ./backups/db
            $dump = "$PWD/backups/db/postgres-backup-20250314-092653.sql"
            # As the old scripts called it.
            & (Join-Path $PgBin pg_dump) -h $PgFolder -p $PgPort -U postgres --format=plain --clean --if-exists --no-owner --no-privileges --file $dump app
            Add-LegacyMetadata $dump postgres
            $env:DATABASE_URL = $Url
            $env:RESTORE_ALLOW_NONINTERACTIVE = '1'
            foreach ($command in $commands) {
                if ($command -like 'Restore-*') { Invoke-Psql app 'DELETE FROM posts WHERE id % 3 = 0' }
                "$((& ([scriptblock]::Create((Get-Filled $command @{ F = $dump })))).Status)" | Should -BeIn 'Complete', 'Committed'
                Get-PgState | Should -Be $Good
            }
        }
    }

    Context 'a backup' {
        It 'is made of the database that -DatabaseUrl names, and says what it holds' {
            $set = Backup-PostryDatabase -DatabaseUrl $Url -Label before
            $set | Should -HaveCount 1
            $set.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupSet'
            "$($set.Mode) $($set.Status) $($set.Fingerprint) $($set.Database) $($set.Label)" | Should -Be 'Postgres Complete Content app before'
            $set.Source | Should -Be "postgresql://127.0.0.1:$PgPort/app"
            $set.Scope | Should -BeNullOrEmpty
            $set.Migration | Should -BeLike '*alembic_version*3f2a*'
            $set.ServerVersion | Should -Not -BeNullOrEmpty
            ($set.Tables | Where-Object Name -Like '*posts').Rows | Should -Be 200
            $set.Tables | Where-Object { -not $_.Fingerprint } | Should -BeNullOrEmpty
            $set.BackupFile | Should -BeLike (Join-Path (Get-Location).ProviderPath 'backups/db/*.pgdump')
            & "$PgBin/pg_restore" -l $set.BackupFile | Out-String | Should -BeLike '*TABLE DATA public posts*'
        }

        It 'is made of the database named by <Name>' -ForEach @(
            @{ Name = 'DATABASE_URL'; Script = { $env:DATABASE_URL = $Url; Backup-PostryDatabase } }
            @{ Name = 'DATABASE_URL, as SQLAlchemy writes it, with -Mode'; Script = { $env:DATABASE_URL = $Url -replace '^postgresql', 'postgresql+asyncpg'; Backup-PostryDatabase -Mode postgres } }
            @{ Name = '-Credential over another role'; Script = { Backup-PostryDatabase -DatabaseUrl (Get-Url -User nobody -NoPassword) -Credential (Get-TestCredential) } }
            @{ Name = 'DATABASE_URL with -Credential'; Script = { $env:DATABASE_URL = Get-Url -NoPassword; Backup-PostryDatabase -Credential (Get-TestCredential) } }
            @{ Name = 'keywords'; Script = { Backup-PostryDatabase -ConnectionString "host=127.0.0.1 port=$PgPort user=app dbname=app password='$($PgPassword.Replace("'", "\'"))'" } }
            @{ Name = '.NET''s keywords'; Script = { Backup-PostryDatabase -ConnectionString ('Host=127.0.0.1;Port={0};Username=app;Database=app;Password="{1}"' -f $PgPort, $PgPassword.Replace('"', '""')) } }
            @{ Name = 'an address without a password and PGPASSWORD'; Script = { $env:PGPASSWORD = $PgPassword; Backup-PostryDatabase -DatabaseUrl (Get-Url -NoPassword) } }
        ) {
            try { $set = & $Script } finally { $env:PGPASSWORD = $null }
            "$($set.Database) $($set.Status)" | Should -Be 'app Complete'
            ($set.Tables | Where-Object Name -Like '*posts').Rows | Should -Be 200
        }

        It 'proves as much as -Fingerprint <Kind> asks for' -ForEach @(
            @{ Kind = 'Live'; Test = 'Passed' }, @{ Kind = 'RowCount'; Test = 'Inconclusive' }, @{ Kind = 'None'; Test = 'Inconclusive' }
        ) {
            $set = Backup-PostryDatabase -DatabaseUrl $Url -Fingerprint $Kind
            "$($set.Fingerprint)" | Should -Be $Kind
            "$(($set | Test-PostryBackup).Status)" | Should -Be $Test
        }

        It 'that is narrowed says so wherever it is shown: <Name>' -ForEach @(
            @{ Name = '-Schema'; Arguments = @{ Schema = 'shop' } }
            @{ Name = '-ExcludeSchema'; Arguments = @{ ExcludeSchema = 'shop' } }
            @{ Name = '-ExcludeTableData'; Arguments = @{ ExcludeTableData = 'public.posts', 'shop.orders' } }
        ) {
            $set = Backup-PostryDatabase -DatabaseUrl $Url @Arguments -Jobs 1
            $set.Scope | Should -Not -BeNullOrEmpty
            Get-PostryBackup | Format-Table | Out-String -Width 100 | Should -BeLike '*part of app*'
            Get-PostryBackup | Format-List | Out-String -Width 300 | Should -BeLike "*$([wildcardpattern]::Escape($set.Scope))*"
            $report = $set | Test-PostryBackup
            "$($report.Status) $($report.Scope)" | Should -Be "Passed $($set.Scope)"
            $report | Out-String -Width 300 | Should -BeLike "*NOT whole: $([wildcardpattern]::Escape($set.Scope))*"
            (Restore-PostryDatabase -Latest -DatabaseUrl $Url -WhatIf).Summary | Should -BeLike "*NOT the whole database: $([wildcardpattern]::Escape($set.Scope))*"
        }

        It 'that lacks the rows of an extension''s table warns, and says so wherever it is shown' {
            Invoke-Psql app 'CREATE EXTENSION citext; CREATE TABLE q AS SELECT 1 AS a; GRANT SELECT ON q TO app; ALTER EXTENSION citext ADD TABLE q'
            $set = Backup-PostryDatabase -DatabaseUrl $Url -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*does NOT contain the rows of public.q (1 row)*-ExcludeTableData*'
            $line = '*NotHeld*: public.q (1 row): a table of the extension citext*'
            Get-PostryBackup | Format-List | Out-String -Width 300 | Should -BeLike $line
            Get-PostryBackup | Format-Table | Out-String -Width 100 | Should -BeLike '*part of app*'
            $report = $set | Test-PostryBackup
            "$($report.Status)" | Should -Be 'Inconclusive'
            $report | Format-List | Out-String -Width 300 | Should -BeLike $line
            $comparison = $set | Compare-PostryBackup -DatabaseUrl $Url
            "$($comparison.Status) $($comparison.NotCompared.Name)" | Should -Be 'Different public.q'
            $null = $set | Restore-PostryDatabase -DatabaseUrl $Url -Force
            Get-PostryRestore | Format-List | Out-String -Width 300 | Should -BeLike $line
        }

        It 'shows the schema migration in the list' {
            $null = Backup-PostryDatabase -DatabaseUrl $Url -Label nightly
            Get-PostryBackup | Format-Table | Out-String -Width 160 | Should -BeLike '*nightly (*3f2a*)*'
        }

        It 'is only planned with -WhatIf' {
            $plan = Backup-PostryDatabase -DatabaseUrl $Url -WhatIf
            $plan.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.BackupPlan'
            $plan.Path | Should -Be "postgresql://127.0.0.1:$PgPort/app"
            Test-Path ./backups | Should -BeFalse
        }

        It 'of what cannot be read whole fails and names it' {
            $caught = try { Backup-PostryDatabase -DatabaseUrl (Get-Url -User tenant) -ErrorAction Stop } catch { $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'AccessDenied,*'
            "$($caught.CategoryInfo.Category)" | Should -Be 'PermissionDenied'
            "$caught" | Should -BeLike '*public.posts*shop.orders*'
            Get-PostryBackup | Should -BeNullOrEmpty
        }
    }

    Context 'an address' {
        It 'that leads nowhere is <Id>: <Name>' -ForEach @(
            @{ Name = 'a wrong password'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Script = { @{ DatabaseUrl = Get-Url -NoPassword; Credential = Get-TestCredential -Secret 'not the s3cret' } } }
            @{ Name = 'no password'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Script = { @{ DatabaseUrl = Get-Url -NoPassword } } }
            @{ Name = 'an unknown role'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Script = { @{ DatabaseUrl = Get-Url -User nobody } } }
            @{ Name = 'an unknown host'; Id = 'DatabaseUnreachable'; Category = 'ConnectionError'; Script = { @{ DatabaseUrl = 'postgresql://app:s3cret@nowhere.invalid/app' } } }
            @{ Name = 'a port where nothing listens'; Id = 'DatabaseUnreachable'; Category = 'ConnectionError'; Script = { @{ DatabaseUrl = 'postgresql://app:s3cret@127.0.0.1:1/app' } } }
            @{ Name = 'no such database'; Id = 'SourceNotFound'; Category = 'ObjectNotFound'; Script = { @{ DatabaseUrl = Get-Url -Database nosuch } } }
        ) {
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            $arguments = & $Script
            foreach ($command in { Backup-PostryDatabase @arguments -ErrorAction Stop }, { Compare-PostryBackup -Latest -Database app @arguments -ErrorAction Stop }) {
                $caught = try { & $command; $null } catch { $_ }
                $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
                "$($caught.CategoryInfo.Category)" | Should -Be $Category
                $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
                "$($caught | Format-List * -Force | Out-String)$($caught.Exception)$($caught.TargetObject)" | Should -Not -Match 's3cret'
            }
        }
    }

    Context 'a test' {
        BeforeEach { $script:Set = Backup-PostryDatabase -DatabaseUrl $Url }

        It 'passes at level <_>' -ForEach 'Signature', 'Artefact', 'Contents', 'Restore' {
            $report = $Set | Test-PostryBackup -Level $_
            "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Where-Object Status -NE Passed | Out-String)
            Get-PgState | Should -Be $Good
            Get-Beside | Should -BeNullOrEmpty
        }

        It 'restores on the server that -ScratchUrl names, and takes its database away again' {
            $report = $Set | Test-PostryBackup -Level Restore -ScratchUrl (Get-Url -Database postgres -NoPassword) -ScratchCredential (Get-TestCredential)
            "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Where-Object Status -NE Passed | Out-String)
            Invoke-Psql postgres "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate" | Should -Be 'app postgres sample'
        }

        It 'fails where a byte has changed' {
            $file = Get-ChildItem -File $Set.BackupFile | Sort-Object Length | Select-Object -Last 1
            $bytes = [System.IO.File]::ReadAllBytes($file.FullName)
            $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
            [System.IO.File]::WriteAllBytes($file.FullName, $bytes)
            "$(($Set | Test-PostryBackup -Level Artefact).Status)" | Should -Be 'Failed'
            { Restore-PostryDatabase -Id $Set.Id -DatabaseUrl $Url -Force } | Should -Throw -ErrorId 'BackupCorrupt,*'
            Get-PgState | Should -Be $Good
        }
    }

    Context 'a comparison' {
        It 'shows table by table what a restore would bring back and lose, and changes nothing' {
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            "$((Compare-PostryBackup -Latest -DatabaseUrl $Url).Status)" | Should -Be 'Equal'
            Invoke-Psql app "DELETE FROM posts WHERE id > 150; UPDATE users SET name = 'Eve' WHERE id = 1; SET ROLE app; CREATE TABLE extra(x int); INSERT INTO extra VALUES (1)"
            $state = Get-PgState
            $env:DATABASE_URL = Get-Url -NoPassword
            $comparison = Get-PostryBackup -Latest | Compare-PostryBackup -Credential (Get-TestCredential)
            "$($comparison.Status)" | Should -Be 'Different'
            $tables = @{}
            $comparison.Tables | ForEach-Object { $tables[($_.Name -replace '^public\.')] = $_ }
            $tables.posts.LiveRows | Should -Be 150
            $tables.posts.BackupRows | Should -Be 200
            "$($tables.users.Difference)" | Should -Be 'Different'
            "$($tables.extra.Difference)" | Should -Be 'OnlyInLive'
            Get-PgState | Should -Be $state
        }
    }

    Context 'a restore' {
        BeforeEach {
            $script:Set = Backup-PostryDatabase -DatabaseUrl $Url
            Invoke-Psql app "DELETE FROM posts WHERE id > 50; UPDATE users SET name = 'Eve' WHERE id = 2"
            $script:Bad = Get-PgState
        }

        It 'is only planned with -WhatIf, and the plan says how and why' {
            $plan = Restore-PostryDatabase -Latest -DatabaseUrl $Url -WhatIf
            $plan.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.RestorePlan'
            "$($plan.Strategy)" | Should -Be 'Swap'
            $plan.StrategyReason | Should -Not -BeNullOrEmpty
            $plan.Comparison.Compared | Should -BeTrue
            $plan.Summary | Should -BeLike '*3f2a*'
            $plan | Out-String -Width 200 | Should -BeLike "*Strategy*Swap: *Space*needed*"
            Get-PgState | Should -Be $Bad
            Get-Beside | Should -BeNullOrEmpty
            Get-PostryRestore | Should -BeNullOrEmpty
        }

        It 'needs consent where nobody can be asked' {
            $env:DATABASE_URL = $Url
            $run = Invoke-Pwsh 'try { Restore-PostryDatabase -Latest } catch { $_.FullyQualifiedErrorId }' -Switches '-NonInteractive'
            $run.Output | Should -BeLike 'ConfirmationRequired,*'
            Get-PgState | Should -Be $Bad
        }

        It 'brings every row back, keeps what was live, and is undone' {
            $record = Restore-PostryDatabase -Latest -DatabaseUrl $Url -Force
            "$($record.Status) $($record.Strategy)" | Should -Be 'Committed Swap'
            $record.Target | Should -Be "postgresql://127.0.0.1:$PgPort/app"
            $record.BackupId | Should -Be $Set.Id
            $record.DataLoss.Compared | Should -BeTrue
            $record.DataLoss.Summary | Should -BeLike '*posts has 50 rows now*Differences when the plan was made; others could write until the swap' -Because 'writes were not frozen'
            Get-PgState | Should -Be $Good

            $copy = Get-PostryPreviousCopy -DatabaseUrl $Url
            "$($copy.RestoreId) $($copy.Path)" | Should -Be "$($record.RestoreId) $($record.PreviousCopy)"
            $copy.SizeBytes | Should -BeGreaterThan 1MB
            Get-Beside | Should -Be $copy.Path
            $env:PGPASSWORD = $PgPassword
            "$($copy.InspectCommand)" | Should -Not -BeLike "*$([uri]::EscapeDataString($PgPassword))*"
            Invoke-Expression "'SELECT count(*) FROM posts' | $($copy.InspectCommand) -XAt" | Select-Object -Last 1 | Should -Be 50
            Remove-Item Env:PGPASSWORD

            Invoke-Psql app "INSERT INTO users(name) VALUES ('Linus')"
            $plan = Undo-PostryRestore -Latest -DatabaseUrl $Url -WhatIf
            "$($plan.WrittenSince.Status)" | Should -Be 'Different'
            $undone = Undo-PostryRestore -Latest -DatabaseUrl $Url -Force
            "$($undone.Status)" | Should -Be 'Undone'
            Get-PgState | Should -Be $Bad
            "$((Get-PostryRestore -DatabaseUrl $Url).Status)" | Should -Be 'Undone'

            # What the undo replaced is kept as well, until it is removed.
            Get-PostryPreviousCopy | Should -HaveCount 1
            (Get-PostryPreviousCopy | Remove-PostryPreviousCopy -DatabaseUrl $Url -Force).Removed | Should -BeTrue
            Get-PostryPreviousCopy | Should -BeNullOrEmpty
            Get-Beside | Should -BeNullOrEmpty
        }

        It 'works from the pipeline, by -Credential, and everything after it by DATABASE_URL' {
            $null = Get-PostryBackup -Latest | Restore-PostryDatabase -DatabaseUrl (Get-Url -NoPassword) -Credential (Get-TestCredential) -Force
            Get-PgState | Should -Be $Good
            $caught = try { Undo-PostryRestore -Latest -Force } catch { $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*' -Because 'a record holds no password'
            $caught.ErrorDetails.RecommendedAction | Should -BeLike '*-DatabaseUrl*DATABASE_URL*'
            $env:DATABASE_URL = $Url
            "$((Get-PostryRestore -Latest | Undo-PostryRestore -Force).Status)" | Should -Be 'Undone'
            Get-PgState | Should -Be $Bad
            (Remove-PostryPreviousCopy -OlderThan 0s -Force).Removed | Should -BeTrue
            Get-Beside | Should -BeNullOrEmpty
        }

        It 'comes in by -Strategy <_> as well, and is undone' -ForEach 'Schema', 'InPlace' {
            $record = Restore-PostryDatabase -Latest -DatabaseUrl $Url -Strategy $_ -Jobs 1 -Force
            "$($record.Status) $($record.Strategy)" | Should -Be "Committed $_"
            Get-PgState | Should -Be $Good
            Get-PostryPreviousCopy | Should -HaveCount 1
            # What is kept beside the live schemas is no part of the database.
            "$((Compare-PostryBackup -Id $Set.Id -DatabaseUrl $Url).Status)" | Should -Be 'Equal'
            "$((Undo-PostryRestore -Latest -DatabaseUrl $Url -WhatIf).WrittenSince.Status)" | Should -Be 'Equal'
            (Backup-PostryDatabase -DatabaseUrl $Url).Tables.Name | Should -Not -BeLike 'postry_*'
            "$((Undo-PostryRestore -RestoreId $record.RestoreId -DatabaseUrl $Url -Force).Status)" | Should -Be 'Undone'
            Get-PgState | Should -Be $Bad
        }

        It 'freezes writes only while it goes on' {
            $record = Restore-PostryDatabase -Latest -DatabaseUrl $Url -FreezeWrites -Force
            $record.WritesFrozen | Should -BeTrue
            $record.DataLoss.Summary | Should -BeLike 'public.posts has 50 rows now*'
            Get-PgState | Should -Be $Good
            Invoke-Psql app "INSERT INTO users(name) VALUES ('Linus')" | Should -BeNullOrEmpty
        }

        It 'stops and starts the application around the swap' {
            $here = (Get-Location).ProviderPath
            $null = Restore-PostryDatabase -Latest -DatabaseUrl $Url -BeforeSwap "env > '$here/before.txt'" -AfterSwap "env > '$here/after.txt'" -Force
            Get-PgState | Should -Be $Good
            foreach ($name in 'before', 'after') { Get-Content -Raw "./$name.txt" | Should -Not -Match "s3cret|$TestKey" }
            { Restore-PostryDatabase -Latest -DatabaseUrl $Url -BeforeSwap 'exit 3' -Force } | Should -Throw -ErrorId 'ToolFailed,*'
            { Restore-PostryDatabase -Latest -DatabaseUrl $Url -AfterSwap 'exit 3' -Force } | Should -Throw -ErrorId 'RestoreUndone,*'
            Get-PgState | Should -Be $Good
        }

        It 'makes a database that does not exist yet' {
            { Restore-PostryDatabase -Id $Set.Id -DatabaseUrl (Get-Url -Database fresh) -Force } | Should -Throw -ErrorId 'DifferentSource,*'
            $record = Restore-PostryDatabase -Latest -Database app -DatabaseUrl (Get-Url -Database fresh) -Force
            "$($record.Status) $($record.Strategy)" | Should -Be 'Committed New'
            Get-PgState fresh | Should -Be $Good
        }

        It 'needs -AllowDifferentSource for another database, which -Force does not replace' {
            Invoke-Psql postgres 'CREATE DATABASE other OWNER app TEMPLATE sample'
            { Restore-PostryDatabase -Id $Set.Id -DatabaseUrl (Get-Url -Database other) -Force } | Should -Throw -ErrorId 'DifferentSource,*'
            "$((Restore-PostryDatabase -Id $Set.Id -DatabaseUrl (Get-Url -Database other) -AllowDifferentSource -Force).Status)" | Should -Be 'Committed'
        }

        It 'does not take a set of SQLite' {
            $sqlite = Backup-PostryDatabase ./app.db -Database file
            { Restore-PostryDatabase -Id $sqlite.Id -DatabaseUrl $Url -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*SQLite*'
            { Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*PostgreSQL*'
            { Compare-PostryBackup -Id $Set.Id -Path ./app.db -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
            Get-PgState | Should -Be $Bad
        }

        It 'that could not be checked is confirmed' {
            $record = Restore-PostryDatabase -Latest -DatabaseUrl $Url -Force
            # As if the process had died between the swap and the end.
            $text = [System.IO.File]::ReadAllText($record.RecordFile)
            [System.IO.File]::WriteAllText($record.RecordFile, $text.Replace('"status": "Committed"', '"status": "AwaitingVerdict"'))
            { Restore-PostryDatabase -Latest -DatabaseUrl $Url -Force -WarningAction Ignore } | Should -Throw -ErrorId 'TargetPending,*'
            { Get-PostryPreviousCopy -WarningAction Ignore | Remove-PostryPreviousCopy -DatabaseUrl $Url -Force -ErrorAction Stop -WarningAction Ignore } | Should -Throw -ErrorId 'TargetPending,*'
            "$((Complete-PostryRestore -Latest -DatabaseUrl $Url -WarningAction Ignore).Status)" | Should -Be 'Committed'
            Get-PgState | Should -Be $Good
        }
    }

    Context 'a hosted database, whose owner may not create others' {
        BeforeEach {
            Invoke-Psql postgres 'CREATE DATABASE hosted OWNER tenant'
            Invoke-Psql postgres 'CREATE DATABASE spare OWNER app'
            Invoke-Psql hosted @'
CREATE SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO tenant;
ALTER SCHEMA public OWNER TO tenant;
SET ROLE tenant;
CREATE TABLE posts(id int PRIMARY KEY, title extensions.citext);
INSERT INTO posts SELECT i, 'post ' || i FROM generate_series(1, 100) i;
'@
            $env:DATABASE_URL = Get-Url -Database hosted -User tenant
            $script:Set = Backup-PostryDatabase -Profile Supabase
        }

        It 'is restored by its schemas, with writes frozen, and undone' {
            $Set.Scope | Should -BeLike '*profile Supabase*'
            Invoke-Psql hosted 'DELETE FROM posts WHERE id > 40'
            "$((Restore-PostryDatabase -Latest -WhatIf).Strategy)" | Should -Be 'Schema'
            { Restore-PostryDatabase -Latest -Strategy Swap -Force } | Should -Throw -ErrorId 'AccessDenied,*' -ExpectedMessage '*may not create databases*'
            "$((Restore-PostryDatabase -Latest -FreezeWrites -Force -WarningAction Ignore).Strategy)" | Should -Be 'Schema'
            Invoke-Psql hosted 'SELECT count(*) FROM posts' | Should -Be 100
            "$((Undo-PostryRestore -Latest -Force).Status)" | Should -Be 'Undone'
            Invoke-Psql hosted 'SELECT count(*) FROM posts' | Should -Be 40
            (Remove-PostryPreviousCopy -OlderThan 0s -Force).Removed | Should -BeTrue
        }

        It 'comes in elsewhere with -NoOwner, where everything then belongs to the connecting role' {
            $there = @{ Id = $Set.Id; DatabaseUrl = Get-Url -Database spare; AllowDifferentSource = $true; Force = $true }
            Invoke-Psql spare 'CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO app; ALTER SCHEMA public OWNER TO app'
            { Restore-PostryDatabase @there } | Should -Throw -ErrorId 'AccessDenied,*' -ExpectedMessage '*tenant*'
            "$((Restore-PostryDatabase @there -NoOwner).Status)" | Should -Be 'Committed'
            Invoke-Psql spare "SELECT count(*), (SELECT tableowner FROM pg_tables WHERE tablename = 'posts') FROM posts" | Should -Be '100|app'
        }
    }

    Context 'a secret' {
        It 'is in no output, stream, transcript, file, argument or variable of a child' {
            $env:DATABASE_URL = $Url
            $env:POSTRY_PG_BIN = Add-WatchedProgram
            try {
                $run = Invoke-Pwsh @'
$null = Start-Transcript ./transcript.txt
$VerbosePreference = 'Continue'
$DebugPreference = 'Continue'
& {
    $set = Backup-PostryDatabase -Fingerprint Live
    $set
    $set | Test-PostryBackup -Level Restore
    $set | Compare-PostryBackup
    Restore-PostryDatabase -Latest -WhatIf
    Restore-PostryDatabase -Latest -Force
    Get-PostryRestore
    Undo-PostryRestore -Latest -WhatIf
    Undo-PostryRestore -Latest -Force
    Get-PostryPreviousCopy
    Remove-PostryPreviousCopy -OlderThan 0s -Force
    Backup-PostryDatabase -DatabaseUrl ($env:DATABASE_URL -replace 'app:[^@]*@', ('app:not-the-s3' + 'cret@')) -ErrorAction Continue
    Backup-PostryDatabase -DatabaseUrl ($env:DATABASE_URL -replace '/app$', '/nosuch') -ErrorAction Continue
} *>&1 | ForEach-Object { $_; $_ | Format-List * -Force; if ($_.GetType().FullName -like 'Postry*') { ConvertTo-Json $_ -Depth 6 -WarningAction Ignore } } | Out-String -Width 500
$Error | Format-List * -Force | Out-String -Width 500
$null = Stop-Transcript
'the end'
'@
            }
            finally {
                $env:POSTRY_PG_BIN = $null
            }

            $run.Output | Should -BeLike '*Committed*Undone*AuthenticationFailed*SourceNotFound*the end'
            $encoded = [regex]::Escape([uri]::EscapeDataString($PgPassword))
            "$($run.Output)$($run.Errors)" | Should -Not -Match "s3cret|$encoded"
            Get-ChildItem -Recurse -File -Force | Where-Object Extension -NE '.db' | Select-String -Pattern "s3cret|$encoded" | Should -BeNullOrEmpty

            $watched = Get-Content -Raw "$PgFolder/watched.log"
            $watched | Should -BeLike '*pg_dump *'
            $watched | Should -BeLike '*pg_restore *'
            $watched | Should -Not -Match "s3cret|$encoded|BACKUP_METADATA_HMAC_KEY|DATABASE_URL"
        }
    }

    Context 'an example of the help' {
        BeforeEach {
            $null = Backup-PostryDatabase -DatabaseUrl $Url
            Invoke-Psql app 'DELETE FROM posts WHERE id > 100'
            $script:Record = Restore-PostryDatabase -Latest -DatabaseUrl $Url -Force
            $env:DATABASE_URL = $Url
            $env:RESTORE_ALLOW_NONINTERACTIVE = '1'
            $env:PGPASSWORD = $PgPassword
        }
        AfterEach { $env:PGPASSWORD = $env:RESTORE_ALLOW_NONINTERACTIVE = $null }

        It 'runs: <Code>' -ForEach $Examples {
            $here = $Code.Replace('db.example.org', "127.0.0.1:$PgPort").Replace('postgres@localhost', "app@127.0.0.1:$PgPort").Replace('1ckga88v', $Record.RestoreId)
            $here = $here.Replace('(Get-Credential app)', '$credential')
            $shell = [powershell]::Create()
            try {
                $shell.Runspace.SessionStateProxy.SetVariable('credential', (Get-TestCredential))
                $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$StagedModule'; $here").Invoke()
                $shell.Streams.Error | Should -BeNullOrEmpty
            }
            finally {
                $shell.Dispose()
            }
        }
    }
}
