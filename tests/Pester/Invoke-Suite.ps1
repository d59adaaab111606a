#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds and stages the module, runs the Pester suite against it, and ends with an exit code that says whether all of it passed.

.PARAMETER OutputPath
The folder to stage the module in; a temporary one unless given.

.PARAMETER NoRestore
Do not restore packages before building.

.PARAMETER StagedModule
The folder of a module that is staged already; built and staged unless given.

.PARAMETER Configuration
The build configuration of the module; Release unless given. `dotnet test` gives its own, which is built already.

.PARAMETER PesterModule
Pester's manifest; the newest installed one unless given. `dotnet test` gives that of its package.

.PARAMETER Name
Only test files whose names fit this wildcard.

.EXAMPLE
./tests/Pester/Invoke-Suite.ps1 -Name Restore-*
#>
[CmdletBinding()]
param(
    [string] $OutputPath = (Join-Path ([System.IO.Path]::GetTempPath()) "postry-suite-$([guid]::NewGuid().ToString('n').Substring(0, 8))"),

    [switch] $NoRestore,

    [string] $StagedModule,

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [string] $PesterModule = 'Pester',

    [string] $Name = '*'
)

$ErrorActionPreference = 'Stop'

$root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
if (-not $StagedModule) {
    $StagedModule = (& (Join-Path $root 'build.ps1') -OutputPath $OutputPath -Configuration $Configuration -NoRestore:$NoRestore).FullName
}

$env:POSTRY_STAGED_MODULE = Join-Path $StagedModule 'Postry.Ops.psd1'
$env:POSTRY_STAGED_CONFIGURATION = $Configuration

Import-Module -Name $PesterModule
$pester = New-PesterConfiguration
$pester.Run.Path = Get-ChildItem -LiteralPath $PSScriptRoot -Filter *.Tests.ps1 -Recurse | Where-Object BaseName -Like "$Name*" | ForEach-Object FullName
$pester.Run.PassThru = $true
$pester.Output.Verbosity = 'None'
$result = Invoke-Pester -Configuration $pester

function Show-Failure {
    param([string] $Title, [System.Management.Automation.ErrorRecord[]] $Records)

    "FAILED $Title"
    foreach ($record in $Records) {
        $record.Exception.Message -split "`n" | ForEach-Object { "    $_" }
        # Pester's own frames say nothing about the failure.
        $record.ScriptStackTrace -split "`n" | Where-Object { $_ -like '*.Tests.ps1*' -or $_ -like '*Common.ps1*' } | ForEach-Object { "    $_" }
    }
}

foreach ($test in $result.Failed) { Show-Failure $test.ExpandedPath $test.ErrorRecord }
foreach ($block in @($result.FailedBlocks) + @($result.FailedContainers)) { Show-Failure "to set up $block" $block.ErrorRecord }
foreach ($test in $result.Skipped) { "SKIPPED $($test.ExpandedPath)" }

"Pester: $($result.PassedCount) passed, $($result.FailedCount) failed, $($result.SkippedCount) skipped in $([int]$result.Duration.TotalSeconds) s"
if (-not $PSBoundParameters.ContainsKey('OutputPath')) { Remove-Item -LiteralPath $OutputPath -Recurse -Force -ErrorAction Ignore }
# Where a machine is prepared for all tests (CI says so of itself), one that was left out is a failure.
$leftOut = $env:CI -eq 'true' -and $result.SkippedCount -gt 0
exit [int]($result.Result -ne 'Passed' -or $result.PassedCount -eq 0 -or $leftOut)
