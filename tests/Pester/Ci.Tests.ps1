# Every command of docs/ci.md, run as its system runs it: with a good database, without one, and with a backup that has been changed.
BeforeDiscovery {
    $root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
    $script:Page = Get-Content -Raw -LiteralPath (Join-Path $root 'docs/ci.md')
    $script:Console = Join-Path $root "src/Postry.Ops.Cli/bin/$($env:POSTRY_STAGED_CONFIGURATION ?? 'Release')/net10.0/postry.dll"

    # How each system writes a command that a shell runs, and one that PowerShell runs.
    $inShell = '^\s*- run: (?<code>.+)$', '^\s*- (?<code>(postry|pwsh) .+)$', "^\s*sh '(?<code>.+)'$", '^\d+ \d+ \* \* \* (?<code>.+)$', '^ExecStart=(?<code>.+)$'
    $inPowerShell = "^\s*pwsh '(?<code>.+)'$"
    $script:Jobs = foreach ($section in [regex]::Split($Page, '(?m)^## ') | Select-Object -Skip 1) {
        $number = 0
        foreach ($block in [regex]::Matches($section, '(?ms)^```(yaml|groovy|crontab|ini)\n(?<text>.*?)^```')) {
            $text = $block.Groups['text'].Value
            $steps = foreach ($line in $text -split "`n") {
                if ($line -match $inPowerShell) { @{ Code = $Matches.code; PowerShell = $true } }
                foreach ($form in $inShell) { if ($line -match $form) { @{ Code = $Matches.code; PowerShell = $text -match 'shell: pwsh' } } }
            }
            $number++
            if ($steps) { @{ Name = "$(($section -split "`n")[0]) $number"; Steps = @($steps) } }
        }
    }

    # One for the console and one for the module, of each of the five systems.
    if ($Jobs.Count -ne 10) { throw "docs/ci.md has $($Jobs.Count) jobs with commands that this test can read, and should have 10." }
}

Describe 'docs/ci.md' -Skip:($IsWindows -or -not (Test-Path $Console)) {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Common.ps1')
        $root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
        $script:Page = Get-Content -Raw -LiteralPath (Join-Path $root 'docs/ci.md')
        $script:Console = Join-Path $root "src/Postry.Ops.Cli/bin/$($env:POSTRY_STAGED_CONFIGURATION ?? 'Release')/net10.0/postry.dll"
        $script:Modules = $StagedModule | Split-Path -Parent | Split-Path -Parent | Split-Path -Parent

        function Get-Block {
            param([string] $Language, [string] $Marker)

            [regex]::Matches($Page, "(?ms)^``````$Language\n(?<text>.*?)^``````").ForEach({ $_.Groups['text'].Value }) | Where-Object { $_.Contains($Marker) } | Select-Object -First 1
        }

        # Runs one command as a job does, in the sandbox in the place of the folders that the page names, and returns its exit code.
        function Invoke-Step {
            param([hashtable] $Step)

            $code = $Step.Code.Replace('/srv/app', $PWD).Replace('/usr/local/bin/', '').Replace('/usr/bin/', '')
            if ($Step.PowerShell) {
                # As the runners do: a file, which begins with their own preference.
                Write-Text ./step.ps1 "`$ErrorActionPreference = 'stop'`n$code`n"
                $code = 'pwsh -NoProfile -NonInteractive -File ./step.ps1'
            }

            $script:Output = bash -e -c "export PATH='$PWD/bin':`"`$PATH`" PSModulePath='$Modules' GITHUB_RUN_ID=1 CI_PIPELINE_ID=1 BUILD_NUMBER=1; $code" 2>&1 | Out-String
            $LASTEXITCODE
        }

        # Runs the commands of a job in order, to the first that fails.
        function Invoke-Job {
            param([hashtable[]] $Steps)

            foreach ($step in $Steps) {
                $code = Invoke-Step $step
                if ($code -ne 0) { return $code }
            }

            0
        }
    }

    BeforeEach {
        Enter-Sandbox
        $null = New-Item -ItemType Directory ./bin
        Write-Text ./bin/postry "#!/bin/sh`nexec dotnet '$Console' `"`$@`"`n"
        Write-Text ./bin/pwsh "#!/bin/sh`nexec $(@(Get-PowerShellCommand | ForEach-Object { "'$_'" }) -join ' ') `"`$@`"`n"
        chmod 755 ./bin/postry ./bin/pwsh
        Write-Text ./nightly.ps1 (Get-Block powershell nightly)
        Write-Text ./nightly.sh (Get-Block sh nightly)
    }
    AfterEach { Exit-Sandbox }

    It 'backs up, proves the backup, and fails where there is no database: <Name>' -ForEach $Jobs {
        Invoke-Job $Steps | Should -Be 0 -Because $Output
        if ($Name -like 'cron*') { $Output | Should -BeNullOrEmpty -Because 'cron would mail it' }
        $set = Get-PostryBackup -Latest
        $set.Label | Should -BeLike 'nightly*'
        Remove-Item ./app.db
        Invoke-Job $Steps | Should -Be 1 -Because $Output
        $Output | Should -BeLike '*no database at*app.db*'
        Get-PostryBackup | Should -HaveCount 1
    }

    It 'fails where the backup does not pass: <Name>' -ForEach $Jobs {
        # The console's test gets a backup whose bytes have changed since it was made; the module's script is tried with one below.
        $last = $Steps[-1].Code
        if ($last -like '*postry test*') {
            $null = Backup-PostryDatabase ./app.db
            $file = (Get-PostryBackup).BackupFile
            $bytes = [System.IO.File]::ReadAllBytes($file)
            $bytes[-40] = $bytes[-40] -bxor 1
            [System.IO.File]::WriteAllBytes($file, $bytes)
            Invoke-Step $Steps[-1] | Should -Be 3 -Because $Output
        }
        else {
            $env:BACKUP_METADATA_HMAC_KEY = $null
            try { Invoke-Job $Steps | Should -Be 1 -Because $Output }
            finally { $env:BACKUP_METADATA_HMAC_KEY = $TestKey }
            $Output | Should -BeLike '*BACKUP_METADATA_HMAC_KEY*'
        }
    }

    It 'throws where a test of the module says no' {
        $throwing = (Get-Block powershell nightly) -replace '(?m)^\$set = .*$', '$set = Get-PostryBackup'
        $throwing | Should -BeLike '*$set = Get-PostryBackup*throw*'
        $null = Backup-PostryDatabase ./app.db
        Write-Text ./nightly.ps1 $throwing
        Invoke-Step @{ Code = 'pwsh -NoProfile -File ./nightly.ps1' } | Should -Be 0 -Because $Output
        Add-Content -LiteralPath (Get-PostryBackup).BackupFile -Value x
        Invoke-Step @{ Code = 'pwsh -NoProfile -File ./nightly.ps1' } | Should -Be 1
        $Output | Should -BeLike '*did not pass*'
    }

    It 'restores what a failed migration has changed, and still fails' {
        $good = Get-State
        Write-Text ./deploy.ps1 (Get-Block powershell migrate.sh)
        Write-Text ./migrate.sh "sqlite3 app.db 'DELETE FROM posts WHERE id > 10'; exit 3`n"
        Invoke-Step @{ Code = 'pwsh -NoProfile -File ./deploy.ps1' } | Should -Be 1 -Because $Output
        $Output | Should -BeLike '*The migration failed.*'
        Get-State | Should -Be $good
        (Get-PostryRestore).Status | Should -Be 'Committed'
    }

    It 'does what its table says of -ErrorAction <Action>' -ForEach @(
        @{ Action = ''; Code = 1 }, @{ Action = '-ErrorAction Stop'; Code = 1 }, @{ Action = '-ErrorAction Continue'; Code = 0 }, @{ Action = '-ErrorAction SilentlyContinue'; Code = 0 }
    ) {
        if ($Action) { $Page.Contains("| ``$Action`` |") | Should -BeTrue }
        Write-Text ./job.ps1 "Backup-PostryDatabase ./nope.db $Action`n'went on'`n"
        Invoke-Step @{ Code = 'pwsh -NoProfile -File ./job.ps1' } | Should -Be $Code
        $Output -match 'went on' | Should -Be ($Code -eq 0)
    }

    It 'has the exit codes of docs/errors.md' {
        $codes = { param($text) [regex]::Matches($text, '(?m)^\| (?<code>\d+) \| ').ForEach({ $_.Groups['code'].Value }) }
        & $codes $Page | Should -Be (& $codes (Get-Content -Raw (Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'docs/errors.md')))
    }
}
