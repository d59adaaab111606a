#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds Postry.Ops and stages the importable module in out/Postry.Ops/<version>/.

.DESCRIPTION
The module's root holds Postry.Ops.dll, its manifest, views and help; schema/ holds the JSON schemas of postry.json and of results; engine/ holds the engine with everything it depends on.
A module that is staged already is replaced as a whole or not at all.

.PARAMETER OutputPath
The folder that receives Postry.Ops/<version>/; out/ beside this script unless given.

.PARAMETER Configuration
The build configuration.

.PARAMETER NoRestore
Do not restore packages: for a checkout in which they have been restored already.

.EXAMPLE
./build.ps1
Import-Module ./Postry.Ops.psd1
#>
[CmdletBinding()]
param(
    [string] $OutputPath = (Join-Path $PSScriptRoot 'out'),

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [switch] $NoRestore
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Invoke-DotNet {
    param([string[]] $Arguments)

    $log = & dotnet @Arguments @commonArguments 2>&1
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($Arguments -join ' ') failed:`n$($log -join "`n")"
    }

    $log | Write-Verbose
}

function Copy-Manifest {
    param([string] $Destination, [string] $Version)

    $text = Get-Content -Raw -LiteralPath (Join-Path $PSScriptRoot 'Postry.Ops.psd1')
    $settings = [ordered]@{
        RootModule       = "'Postry.Ops.dll'"
        ModuleVersion    = "'$Version'"
        FormatsToProcess = "@('Postry.Ops.Format.ps1xml')"
    }
    foreach ($name in $settings.Keys) {
        $text = $text -replace "(?m)^(\s*$name\s*=\s*).*$", "`${1}$($settings[$name])"
    }

    # The comment at its top speaks of the checkout.
    $text = $text -replace '(?m)^\s*#.*\r?\n', ''
    Set-Content -LiteralPath (Join-Path $Destination 'Postry.Ops.psd1') -Value $text -NoNewline
}

if (-not (Get-Command -Name dotnet -CommandType Application -ErrorAction Ignore)) {
    throw 'The .NET 10 SDK is needed to build Postry.Ops, and dotnet is not on the PATH: get it from https://dot.net.'
}

$version = ([xml](Get-Content -Raw -LiteralPath (Join-Path $PSScriptRoot 'Directory.Build.props'))).SelectSingleNode('//Version').InnerText
# The analyzers have their say when the solution is built.
$commonArguments = @('--configuration', $Configuration, '--nologo', '--verbosity', 'quiet', '-p:RunAnalyzers=false') + @(if ($NoRestore) { '--no-restore' })
$source = Join-Path $PSScriptRoot 'src/Postry.Ops'
$output = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutputPath)
$modules = Join-Path $output 'Postry.Ops'
$target = Join-Path $modules $version
$suffix = [guid]::NewGuid().ToString('n').Substring(0, 8)
$staging = Join-Path $output ".staging-$suffix"
$retired = Join-Path $output ".retired-$suffix"

try {
    $null = New-Item -ItemType Directory -Force -Path $staging, $modules, (Join-Path $staging 'en-US')
    Invoke-DotNet 'build', (Join-Path $source 'Postry.Ops.csproj')
    # Each of these is loaded by its own list of what it depends on, when the first command needs it.
    foreach ($name in 'Postry.Ops.Engine', 'Postry.Ops.Unattended') {
        Invoke-DotNet 'publish', (Join-Path $PSScriptRoot "src/$name/$name.csproj"), '--output', (Join-Path $staging 'engine')
    }

    Copy-Item -LiteralPath (Join-Path $source "bin/$Configuration/net10.0/Postry.Ops.dll") -Destination $staging
    Copy-Item -LiteralPath (Join-Path $source 'Postry.Ops.Format.ps1xml') -Destination $staging
    Copy-Item -Path (Join-Path $source 'en-US/*') -Destination (Join-Path $staging 'en-US')
    Copy-Item -Recurse -LiteralPath (Join-Path $PSScriptRoot 'schema') -Destination $staging
    Copy-Manifest -Destination $staging -Version $version

    # Whole folders are renamed and no file is ever overwritten: a session that has the old module loaded keeps its files where the
    # system allows that, and where it does not the rename fails before anything has changed.
    if (Test-Path -LiteralPath $target) {
        try {
            Move-Item -LiteralPath $target -Destination $retired
        }
        catch {
            throw "$target cannot be replaced ($($_.Exception.Message)). If another session has the module imported, close it and run ./build.ps1 again."
        }
    }

    Move-Item -LiteralPath $staging -Destination $target
}
finally {
    foreach ($leftover in $staging, $retired) {
        if (Test-Path -LiteralPath $leftover) { Remove-Item -LiteralPath $leftover -Recurse -Force -ErrorAction Continue }
    }
}

Get-Item -LiteralPath $target
