# README.md as a newcomer goes through it: every command is pasted, in order, and its output is what the page shows but for ids, times, sizes.
# POSTRY_RECORD_README=/home/ada does the same with that folder as the home, and writes the outputs into the page.
BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Postgres.ps1')
    $console = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) "src/Postry.Ops.Cli/bin/$($env:POSTRY_STAGED_CONFIGURATION ?? 'Release')/net10.0/postry.dll"
    # The options of script, and the names of the tools, are those of Linux.
    $script:CanRun = $IsLinux -and (Test-Path $console) -and [bool](Find-ServerProgram) -and @(Get-Command sqlite3, gunzip, script -ErrorAction Ignore).Count -eq 3
    if (-not $CanRun) { Write-Warning 'README.md IS NOT TRIED: it needs Linux, the console, a PostgreSQL server, sqlite3, gunzip and script.' }
}

Describe 'README.md' -Skip:(-not $CanRun) {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Common.ps1')
        . (Join-Path $PSScriptRoot 'Postgres.ps1')
        . (Join-Path $PSScriptRoot 'ReadmePage.ps1')

        # Blocks that a test cannot run, by a text in them.
        $script:NotRun = [ordered]@{
            './build.ps1'                   = 'the suite has staged the module already, and its console is that of the build'
            'Register-PSResourceRepository' = 'Publish.Tests.ps1 publishes and installs the module'
            'dotnet test'                   = 'this test is a part of it'
            '/opt/postry'                   = 'an installation for the whole machine'
        }

        function Test-Named { param([object] $Block) [bool]($NotRun.Keys | Where-Object { $Block.Text.Contains($_) }) }

        $script:Page = (Get-Content -Raw -LiteralPath $ReadmePath).Replace("`r", '')
        $script:Blocks = @(Get-ReadmeBlock $Page)
        $script:Steps = @($Blocks | Where-Object { -not (Test-Named $_) } | ForEach-Object Steps)

        Open-TestServer -Port ($env:POSTRY_RECORD_README ? 5432 : 0)
        # A server as the page has it: a superuser who may come in, and no role or database of an application.
        Set-Content "$PgFolder/data/pg_hba.conf" "local all postgres trust`nhost all postgres 127.0.0.1/32 trust`nhost all all 127.0.0.1/32 scram-sha-256"
        Invoke-Psql postgres 'DROP DATABASE sample; DROP ROLE app; DROP ROLE tenant; SELECT pg_reload_conf()'

        Enter-Sandbox
        $script:HomeFolder = if ($env:POSTRY_RECORD_README) { Get-Item $env:POSTRY_RECORD_README } else { New-Item -ItemType Directory ./home }
        $bin = New-Item -ItemType Directory ./bin
        $root = Split-Path -Parent $ReadmePath
        $console = Join-Path $root "src/Postry.Ops.Cli/bin/$($env:POSTRY_STAGED_CONFIGURATION ?? 'Release')/net10.0/postry.dll"
        Write-Text ./bin/postry "#!/bin/sh`nexec dotnet '$console' `"`$@`"`n"
        chmod 755 ./bin/postry
        $changes = @{
            HOME = $HomeFolder.FullName; PATH = "$bin`:$PgBin`:$env:PATH"; PGPORT = $PgPort; TERM = 'xterm'; NO_COLOR = '1'; BACKUP_METADATA_HMAC_KEY = $null
            DOTNET_CLI_HOME = $HomeFolder.FullName
            # The page shows a status; the disk of the machine that runs the tests does not matter to it.
            POSTRY_OBJECTIVES_DISK_MINIMUM_FREE = '0%'; POSTRY_OBJECTIVES_DISK_WARN_USED = '100%'; POSTRY_OBJECTIVES_DISK_CRITICAL_USED = '100%'
        }
        $script:Before = @{}
        foreach ($name in $changes.Keys) {
            $Before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $changes[$name])
        }
    }

    AfterAll {
        foreach ($name in $Before.Keys) { [Environment]::SetEnvironmentVariable($name, $Before[$name]) }
        Exit-Sandbox
        Close-TestServer
    }

    It 'has no block that is neither run nor named here, with a reason, as one that cannot be' {
        foreach ($text in $NotRun.Keys) { @($Blocks | Where-Object { $_.Text.Contains($text) }) | Should -HaveCount 1 -Because $text }
        # A block without commands is the folders of the source.
        @($Blocks | Where-Object { -not $_.Steps -and -not (Test-Named $_) }).Text | Should -BeLike 'src/*'
        $Steps.Count | Should -BeGreaterThan 40
    }

    It 'does what it says, from its first command to its last' {
        foreach ($shell in 'powershell', 'sh') {
            $own = @($Steps | Where-Object Shell -EQ $shell)
            $results = @(Invoke-ReadmeStep $own $shell)
            for ($i = 0; $i -lt $own.Count; $i++) { $own[$i].Output = $results[$i] }
        }

        $shown = @($Steps | Where-Object { $null -ne $_.Shown })
        $ids = Get-ShownId (@($shown.Shown) + @($Steps.Output))
        $script:Recorded = $Page
        # From the last to the first, so that places before a change stay where they are.
        foreach ($step in $shown | Sort-Object Start -Descending) {
            $lines = if ($env:POSTRY_RECORD_README -and $step.Shown -split "`n" -notcontains '...') { $step.Output } else { @(Get-ShownLine $step.Shown $step.Output $ids) -join "`n" }
            $table = $lines -match '(?m)^-+ +-' -or $lines -match '(?m)^\w+ +: '
            $last = $Recorded.Substring($step.Start + $step.Length).StartsWith('```')
            $text = if ($lines) { "$($table ? "`n" : '')$lines`n$($last ? '' : "`n")" } else { '' }
            $script:Recorded = $Recorded.Remove($step.Start, $step.Length).Insert($step.Start, $text)
        }
        if ($env:POSTRY_RECORD_README) { Write-Text $ReadmePath $Recorded }
    }

    It 'would be noticed if it showed a wrong number, a wrong word, a line too many or one too few' {
        $step = $Steps | Where-Object { $_.Shown -match '\d,\d' } | Select-Object -First 1
        $output = $step.Output
        { Get-ShownLine $output $output @() } | Should -Not -Throw
        { Get-ShownLine ($output -replace '(?s)^(.*\d,\d\d)\d', '${1}x') $output @() } | Should -Throw
        { Get-ShownLine ($output -creplace 'Different', 'Equal') $output @() } | Should -Throw
        { Get-ShownLine "$output`nmore" $output @() } | Should -Throw
        { Get-ShownLine ($output -replace '\n[^\n]*$') $output @() } | Should -Throw
    }
}
