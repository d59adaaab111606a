# Root module of a checkout: hands on the cmdlets of the module that build.ps1 has staged. The staged module does without it.
$version = (Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'Postry.Ops.psd1')).ModuleVersion
$staged = Join-Path $PSScriptRoot "out/Postry.Ops/$version/Postry.Ops.psd1"
if (-not (Test-Path -LiteralPath $staged)) {
    throw "Postry.Ops is not built yet: run ./build.ps1 in $PSScriptRoot, then import it again."
}

$module = Import-Module -Name $staged -PassThru
Export-ModuleMember -Cmdlet @($module.ExportedCmdlets.Keys)
