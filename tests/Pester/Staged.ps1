# Names the module under test: what Invoke-Suite.ps1 has staged, else what ./build.ps1 has.
if (-not $env:POSTRY_STAGED_MODULE) {
    $root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
    $version = (Import-PowerShellDataFile -LiteralPath (Join-Path $root 'Postry.Ops.psd1')).ModuleVersion
    $env:POSTRY_STAGED_MODULE = Join-Path $root "out/Postry.Ops/$version/Postry.Ops.psd1"
}

if (-not (Test-Path -LiteralPath $env:POSTRY_STAGED_MODULE)) { throw 'There is no module to test: run ./build.ps1, or the whole suite with ./tests/Pester/Invoke-Suite.ps1.' }
