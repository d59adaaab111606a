# Runs the application of the exercise until its process is ended.
param(
    [Parameter(Mandatory)] [string] $Database,
    [Parameter(Mandatory)] [int] $BackEnd,
    [Parameter(Mandatory)] [int] $FrontEnd,
    [Parameter(Mandatory)] [string] $ModuleFolder
)

$ErrorActionPreference = 'Stop'
Add-Type -Path (Join-Path $PSScriptRoot 'Application.cs'), (Join-Path (Split-Path -Parent $PSScriptRoot) 'Sqlite.cs')
[PostryTests.Sqlite]::Load($ModuleFolder)
[PostryTests.Application]::new($Database, $env:MONITORING_TOKEN).Run($BackEnd, $FrontEnd)
