BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $script:Names = (Import-PowerShellDataFile -LiteralPath $env:POSTRY_STAGED_MODULE).CmdletsToExport
    $help = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'src/Postry.Ops/Help'
    # Postgres.Tests.ps1 runs those that need a server.
    $script:Examples = foreach ($name in $Names) {
        foreach ($example in (Import-PowerShellDataFile (Join-Path $help "$name.psd1")).Examples | Where-Object { -not $_.Server }) { @{ Code = $example.Code } }
    }
}

BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Help of <_>' -ForEach $Names {
    It 'has a synopsis, a description, examples and every parameter' {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -BeLike "$_ *"
        $help.Description.Text | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterOrEqual 1
        $related = @($help.relatedLinks.navigationLink.linkText)
        $related.Count | Should -BeGreaterOrEqual 2
        foreach ($topic in $related) { Get-Help $topic | Should -Not -BeNullOrEmpty -Because "$topic is a related link" }
        $own = (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters }
        foreach ($name in $own) { ($help.Parameters.Parameter | Where-Object Name -EQ $name).Description.Text | Should -Not -BeNullOrEmpty -Because "-$name needs a description" }
    }
}

Describe 'The examples of the help' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $null = Backup-PostryDatabase ./app.db -Label before-it-all
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 100'
        $null = Restore-PostryDatabase -Latest -Path ./app.db -Force
        # A database by name, and checks that pass: the addresses of the examples of smoke checks do not answer.
        if ($Code -like '*Invoke-PostrySmoke*' -or $Code -like '*RestoreDrill -Database*') { Write-Text ./postry.json '{ "databases": { "app": { "path": "app.db" } }, "smoke": { "tables": [{ "table": "posts" }] } }' }
        if ($Code -like '*PostryJob*') { Write-Text ./postry.json '{ "databases": { "app": { "path": "app.db" } }, "retention": { "keepLast": 3 }, "jobs": { "nightly": { "steps": [{ "kind": "backup" }, { "kind": "test" }, { "kind": "prune" }] } } }' }
        $env:STARTUP_SMOKE_TIMEOUT_SECONDS = '1'
        $env:RESTORE_ALLOW_NONINTERACTIVE = '1'
    }
    AfterEach {
        $env:STARTUP_SMOKE_TIMEOUT_SECONDS = $null
        $env:RESTORE_ALLOW_NONINTERACTIVE = $null
        Exit-Sandbox
    }

    It 'run: <Code>' -ForEach $Examples {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$StagedModule'; $Code").Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'The help file' {
    It 'is what Write-Help.ps1 writes' {
        $source = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'src/Postry.Ops'
        $written = Join-Path $TestDrive 'written.xml'
        & (Join-Path $source 'Help/Write-Help.ps1') -Path $written
        Get-Content -Raw $written | Should -Be (Get-Content -Raw (Join-Path $source 'en-US/Postry.Ops.dll-Help.xml'))
    }
}

Describe 'The help topics' {
    It 'are found by name, and fit a terminal: <_>' -ForEach 'about_Postry.Ops', 'about_Postry.Ops_Errors' {
        $text = Get-Help $_
        $text | Should -BeOfType string
        $text | Should -BeLike "TOPIC*$_*SEE ALSO*"
        ($text -split "`n" | Measure-Object -Maximum Length).Maximum | Should -BeLessOrEqual 80
        foreach ($name in [regex]::Matches($text, '\b\w+-Postry\w+').Value) { Get-Command $name | Should -Not -BeNullOrEmpty }
    }

    It 'and docs/errors.md have every error, as Write-Errors.ps1 writes them' {
        $root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
        $about, $page = (Join-Path $TestDrive 'about.txt'), (Join-Path $TestDrive 'errors.md')
        & (Join-Path $root 'src/Postry.Ops/Help/Write-Errors.ps1') -AboutPath $about -PagePath $page
        Get-Content -Raw $about | Should -Be (Get-Content -Raw (Join-Path $root 'src/Postry.Ops/en-US/about_Postry.Ops_Errors.help.txt'))
        Get-Content -Raw $page | Should -Be (Get-Content -Raw (Join-Path $root 'docs/errors.md'))
    }
}
