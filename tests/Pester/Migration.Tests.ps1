BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'OldScripts.ps1')
    $script:Rows = Get-MigrationRow | Where-Object { -not (Test-ServerCommand $_.Commands[0]) }
}

Describe 'docs/migrating-from-scripts.md' {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Common.ps1')
        . (Join-Path $PSScriptRoot 'OldScripts.ps1')

        Add-Type -Path (Join-Path $PSScriptRoot 'HealthServer.cs')
        $script:Health = [PostryTests.HealthServer]::new()

        # Runs a block of the page, with this folder in the place of the one that it names, in a shell that has pwsh.
        function Invoke-Block {
            param([string] $Block, [switch] $InShell)

            $here = $Block.Replace('/srv/app', $PWD)
            if (-not $InShell) { return Invoke-Pwsh $here }
            $quoted = @(Get-PowerShellCommand | ForEach-Object { "'$_'" }) -join ' '
            Write-Text ./bin/pwsh "#!/bin/sh`nexec $quoted `"`$@`"`n"
            chmod 755 ./bin/pwsh
            $modules = $script:StagedModule | Split-Path -Parent | Split-Path -Parent | Split-Path -Parent
            $output = bash -c "cd home; PATH='$PWD/bin':`"`$PATH`" PSModulePath='$modules' $here" 2>&1
            [pscustomobject]@{ ExitCode = $LASTEXITCODE; Output = "$output" }
        }

        # Turns one bit of a file around.
        function Edit-Bit {
            param([string] $Path)

            $bytes = [System.IO.File]::ReadAllBytes("$PWD/$Path")
            $bytes[-40] = $bytes[-40] -bxor 1
            [System.IO.File]::WriteAllBytes("$PWD/$Path", $bytes)
        }
    }

    AfterAll { $Health.Dispose() }

    BeforeEach {
        Enter-OperatorFolder
        $script:Good = Get-OperatorState
    }
    AfterEach {
        $env:RESTORE_ALLOW_NONINTERACTIVE = $null
        Exit-Sandbox
    }

    It 'has no block and no row that is not tried' {
        @(Get-MigrationBlock powershell).Count | Should -Be 3
        @(Get-MigrationBlock sh 'pwsh -c').Count | Should -Be 2
        $lines = @(Get-Content -LiteralPath $MigrationPage | Where-Object { $_ -match '^\|.*`[A-Z][a-z]+-Postry\w+ ' }).Count
        @(Get-MigrationRow | Where-Object { "$($_.Commands)" -match ' ' }).Count | Should -Be $lines
    }

    It '<Old>' -ForEach $Rows {
        $new = Backup-PostryDatabase ./backend/horoscope.db
        $last = $Commands[-1]
        $asked = $Health.Requests
        if ($last -notmatch '^Backup-') { Edit-OperatorFolder }
        $bad = Get-OperatorState
        if ($last -like 'Undo-*') { $null = Restore-PostryDatabase -Latest ./backend/horoscope.db }

        $path = $env:PATH
        try {
            $env:PATH = "$PWD/bin:$path"
            foreach ($command in $Commands) {
                $names = @{
                    F = './backups/db/sqlite-backup-20250314-092653.db'
                    R = './backups/runtime/runtime-backup-20250314-092653.zip'
                    N = $new.BackupFile
                    B = './backend/horoscope.db.pre-restore-20250401-100000.bak'
                    D = './elsewhere'
                    U = $Health.Url
                }
                $result = & ([scriptblock]::Create((Get-Filled $command $names)))
            }
        }
        finally {
            $env:PATH = $path
        }

        switch -Regex ($last) {
            '^Backup-' {
                "$($result.Status)" | Should -Be 'Complete'
                $root = switch -Wildcard ($last) { '*-BackupRoot*' { 'elsewhere' } '*-RepoRoot*' { 'elsewhere/backups' } default { 'backups' } }
                $result.BackupFile | Should -BeLike "$PWD/$root/*"
                if ($last -like 'Backup-PostryDatabase*') { [bool]$result.Runtime.File | Should -Be ($last -notlike '*-NoRuntime*') }
            }
            '^Test-' { "$($result.Status)" | Should -Be 'Passed' }
            '^Restore-PostryDatabase' {
                "$($result.Status)" | Should -Be 'Committed'
                Get-State ./backend/horoscope.db | Should -Be ($Good -split ';')[0]
            }
            '^Restore-.*Runtime' { Get-Content -Raw ./backend/.env | Should -Be "FROM=./backend/.env`n" }
            '^Undo-' { Get-OperatorState | Should -Be $bad }
            '^Get-' { $result | Where-Object Legacy | Should -HaveCount 2 }
            '^Invoke-' { "$($result.Status)" | Should -Be 'Passed' }
            '^Compare-' { ($result.Tables | Where-Object Name -EQ posts).LiveRows | Should -BeLessThan 200 }
        }
        $Health.Requests -gt $asked | Should -Be ($last -cmatch ' U\b')
    }

    It 'has a job that removes old backups whole, and keeps the newest seven' {
        foreach ($day in 10..18) {
            Copy-Item ./backend/horoscope.db "./backups/db/sqlite-backup-202502$day-030000.db"
            Add-LegacyMetadata "./backups/db/sqlite-backup-202502$day-030000.db" sqlite
        }
        $null = Backup-PostryDatabase ./backend/horoscope.db
        $job = (Get-MigrationBlock powershell 'Select-Object -Skip 7').Replace('/srv/app', $PWD)
        & ([scriptblock]::Create($job.Replace('-Database horoscope', '-Database legacy-sqlite'))) | Should -HaveCount 3
        (Get-ChildItem ./backups/db -File -Filter sqlite-backup-*).Name | ForEach-Object { $_.Substring(14, 8) } | Sort-Object |
            Should -Be (@(20250213..20250218) + 20250314 | ForEach-Object { "$_", "$_" })
        & ([scriptblock]::Create($job)) | Should -BeNullOrEmpty
        Get-PostryBackup -Database horoscope | Should -HaveCount 1
    }

    It 'looks at old backups, and changes nothing' {
        $null = Backup-PostryDatabase ./backend/horoscope.db
        Edit-OperatorFolder
        $bad = Get-OperatorState
        $output = & ([scriptblock]::Create((Get-MigrationBlock powershell '| Test-PostryBackup  ')))
        @($output | Where-Object { $_.PSTypeNames[0] -like '*BackupSet' }) | Should -HaveCount 2
        @($output | Where-Object { $_.PSTypeNames[0] -like '*VerificationReport' }) | Should -HaveCount 2
        $output[-1].PSTypeNames[0] | Should -BeLike '*RestorePlan'
        Get-OperatorState | Should -Be $bad
    }

    It 'has a CI job that goes by every check but Fingerprints' {
        $job = Get-MigrationBlock powershell 'BAD:'
        (Invoke-Block $job).ExitCode | Should -Be 0
        Edit-Bit backups/runtime/runtime-backup-20250314-092653.zip
        $changed = Invoke-Block $job
        $changed.ExitCode | Should -Be 1
        $changed.Output | Should -Be "BAD: $PWD/backups/runtime/runtime-backup-20250314-092653.zip"
        Remove-Item ./backups/runtime/*, ./backups/db/*.meta.json
        (Invoke-Block $job).ExitCode | Should -Be 1
    }

    It 'has a check for the command line whose exit code says what it found' {
        $check = (Get-MigrationBlock sh 'exit [int]').Replace(' F ', " $PWD/backups/db/sqlite-backup-20250314-092653.db ")
        $good = Invoke-Block $check -InShell
        $good.ExitCode | Should -Be 0 -Because $good.Output
        Edit-Bit backups/db/sqlite-backup-20250314-092653.db
        (Invoke-Block $check -InShell).ExitCode | Should -Be 1
    }

    It 'has a job that backs up into the repo root although it starts elsewhere, and fails where it cannot' {
        $job = Get-MigrationBlock sh 'Backup-PostryDatabase'
        $good = Invoke-Block $job -InShell
        $good.ExitCode | Should -Be 0 -Because $good.Output
        Get-ChildItem ./home | Should -BeNullOrEmpty
        (Get-PostryBackup -Database horoscope).Runtime.File | Should -BeLike "$PWD/backups/runtime/*"
        Remove-Item ./backend/horoscope.db
        (Invoke-Block $job -InShell).ExitCode | Should -Be 1
    }
}
