# Root module of a checkout: hands on the cmdlets of the module that build.ps1 has staged. The staged module does without it.
# Plain .NET calls, because a cmdlet of another module would make the import load that module first.
$version = [regex]::Match([System.IO.File]::ReadAllText("$PSScriptRoot/Directory.Build.props"), '<Version>(.*?)</Version>').Groups[1].Value
$staged = [System.IO.Path]::Combine($PSScriptRoot, 'out', 'Postry.Ops', $version, 'Postry.Ops.psd1')
if (-not [System.IO.File]::Exists($staged)) {
    throw "Postry.Ops is not built yet: run ./build.ps1 in $PSScriptRoot, then import it again."
}

$module = Import-Module -Name $staged -PassThru
Export-ModuleMember -Cmdlet @($module.ExportedCmdlets.Keys)
