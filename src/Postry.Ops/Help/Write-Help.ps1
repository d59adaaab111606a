<#
.SYNOPSIS
Writes the module's MAML help from the data files beside this script and from the cmdlets' own parameters.

.DESCRIPTION
Run it after a cmdlet or its help has changed, with the module imported, and commit the result. A Pester test fails where the
committed file is not what this script writes.

.PARAMETER Path
The file to write; en-US/Postry.Ops.dll-Help.xml of the sources unless given.

.EXAMPLE
Import-Module ./Postry.Ops.psd1; ./src/Postry.Ops/Help/Write-Help.ps1
#>
[CmdletBinding()]
param([string] $Path = (Join-Path $PSScriptRoot '../en-US/Postry.Ops.dll-Help.xml'))

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$maml = 'http://schemas.microsoft.com/maml/2004/10'
$command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
$common = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'Common.psd1')

function Write-Text {
    param([string[]] $Paragraphs, [string] $Prefix = 'maml', [string] $Name = 'description', [string] $Namespace = $maml)

    $writer.WriteStartElement($Prefix, $Name, $Namespace)
    foreach ($paragraph in $Paragraphs) { $writer.WriteElementString('maml', 'para', $maml, $paragraph) }
    $writer.WriteEndElement()
}

function Get-ParameterText {
    param([hashtable] $Help, [string] $Name)

    foreach ($source in $Help.Parameters, $common.Parameters) {
        if ($source.ContainsKey($Name)) { return $source[$Name] }
    }

    throw "No help describes -$Name."
}

function Write-Parameter {
    param([hashtable] $Help, [System.Management.Automation.CommandParameterInfo] $Parameter, [switch] $ForSyntax)

    $pipeline = @(
        if ($Parameter.ValueFromPipeline) { 'ByValue' }
        if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
    )
    $wildcards = @($Parameter.Attributes | Where-Object { $_ -is [SupportsWildcards] }).Count -gt 0
    $writer.WriteStartElement('command', 'parameter', $command)
    $writer.WriteAttributeString('required', "$($Parameter.IsMandatory)".ToLowerInvariant())
    $writer.WriteAttributeString('globbing', "$wildcards".ToLowerInvariant())
    $writer.WriteAttributeString('pipelineInput', $(if ($pipeline) { "true ($($pipeline -join ', '))" } else { 'false' }))
    $writer.WriteAttributeString('position', $(if ($Parameter.Position -ge 0) { "$($Parameter.Position)" } else { 'named' }))
    $writer.WriteAttributeString('aliases', $(if ($Parameter.Aliases.Count) { $Parameter.Aliases -join ', ' } else { 'none' }))
    $writer.WriteElementString('maml', 'name', $maml, $Parameter.Name)
    # The syntax repeats each parameter for every set; the texts would only make the file long.
    if (-not $ForSyntax) { Write-Text (Get-ParameterText $Help $Parameter.Name) }

    if ($Parameter.ParameterType -ne [switch]) {
        foreach ($set in $Parameter.Attributes | Where-Object { $_ -is [ValidateSet] }) {
            $writer.WriteStartElement('command', 'parameterValueGroup', $command)
            foreach ($value in $set.ValidValues) { Write-Value $value }
            $writer.WriteEndElement()
        }

        Write-Value $Parameter.ParameterType.Name
    }

    if (-not $ForSyntax) {
        $writer.WriteStartElement('dev', 'type', $dev)
        $writer.WriteElementString('maml', 'name', $maml, $Parameter.ParameterType.Name)
        $writer.WriteEndElement()
        $default = if ($Help.ContainsKey('Defaults') -and $Help.Defaults.ContainsKey($Parameter.Name)) { $Help.Defaults[$Parameter.Name] } else { 'None' }
        $writer.WriteElementString('dev', 'defaultValue', $dev, $default)
    }

    $writer.WriteEndElement()
}

function Write-Value {
    param([string] $Value)

    $writer.WriteStartElement('command', 'parameterValue', $command)
    $writer.WriteAttributeString('required', 'true')
    $writer.WriteString($Value)
    $writer.WriteEndElement()
}

function Write-TypeList {
    param([string] $List, [string] $Item, [string] $Type, [string[]] $Text)

    $writer.WriteStartElement('command', $List, $command)
    $writer.WriteStartElement('command', $Item, $command)
    $writer.WriteStartElement('dev', 'type', $dev)
    $writer.WriteElementString('maml', 'name', $maml, $Type)
    $writer.WriteEndElement()
    if ($Text) { Write-Text $Text }
    $writer.WriteEndElement()
    $writer.WriteEndElement()
}

# The properties of the emitted types, which schema/postry.results.schema.json describes.
function Get-PropertyText {
    param([string] $Outputs)

    $engine = [System.Reflection.Assembly]::Load('Postry.Ops.Engine')
    $types = @([regex]::Matches($Outputs, 'Postry\.Ops\.Engine[\w.]+') | ForEach-Object { $engine.GetType($_.Value, $true) })
    foreach ($type in $types) { "Properties of $($type.Name): $(($type.GetProperties().Name | Sort-Object -Unique) -join ', ')." }
    if ($types) { 'ConvertTo-PostryJson writes the objects as postry --json does; schema/postry.results.schema.json describes them.' }
}

function Write-Command {
    param([System.Management.Automation.CmdletInfo] $Cmdlet)

    $help = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot "$($Cmdlet.Name).psd1")
    $shared = [System.Management.Automation.PSCmdlet]::CommonParameters
    $writer.WriteStartElement('command', 'command', $command)

    $writer.WriteStartElement('command', 'details', $command)
    $writer.WriteElementString('command', 'name', $command, $Cmdlet.Name)
    $writer.WriteElementString('command', 'verb', $command, $Cmdlet.Verb)
    $writer.WriteElementString('command', 'noun', $command, $Cmdlet.Noun)
    Write-Text $help.Synopsis
    $writer.WriteEndElement()
    Write-Text $help.Description

    $writer.WriteStartElement('command', 'syntax', $command)
    foreach ($set in $Cmdlet.ParameterSets | Sort-Object -Property { -not $_.IsDefault }, Name) {
        $writer.WriteStartElement('command', 'syntaxItem', $command)
        $writer.WriteElementString('maml', 'name', $maml, $Cmdlet.Name)
        $parameters = $set.Parameters | Where-Object Name -NotIn $shared
        foreach ($parameter in $parameters | Sort-Object -Property { $_.Position -lt 0 }, Position, { -not $_.IsMandatory }, Name) { Write-Parameter $help $parameter -ForSyntax }
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()

    $writer.WriteStartElement('command', 'parameters', $command)
    $Cmdlet.ParameterSets.Parameters | Where-Object Name -NotIn $shared | Sort-Object -Property Name -Unique | ForEach-Object { Write-Parameter $help $_ }
    $writer.WriteEndElement()

    Write-TypeList -List 'inputTypes' -Item 'inputType' -Type $help.Inputs
    Write-TypeList -List 'returnValues' -Item 'returnValue' -Type $help.Outputs -Text (Get-PropertyText $help.Outputs)

    $writer.WriteStartElement('command', 'examples', $command)
    $number = 0
    foreach ($example in $help.Examples) {
        $number++
        $writer.WriteStartElement('command', 'example', $command)
        $writer.WriteElementString('maml', 'title', $maml, "Example $number")
        $writer.WriteElementString('dev', 'code', $dev, $example.Code)
        Write-Text $example.Text -Prefix 'dev' -Name 'remarks' -Namespace $dev
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()

    $writer.WriteStartElement('maml', 'relatedLinks', $maml)
    foreach ($topic in $help.Related) {
        $writer.WriteStartElement('maml', 'navigationLink', $maml)
        $writer.WriteElementString('maml', 'linkText', $maml, $topic)
        $writer.WriteElementString('maml', 'uri', $maml, '')
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
    $writer.WriteEndElement()
}

$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [System.Text.UTF8Encoding]::new($false) }
$full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$writer = [System.Xml.XmlWriter]::Create($full, $settings)
try {
    $writer.WriteComment(' Written by src/Postry.Ops/Help/Write-Help.ps1 from the data files beside it. ')
    $writer.WriteStartElement('', 'helpItems', 'http://msh')
    $writer.WriteAttributeString('schema', 'maml')
    Get-Command -Module Postry.Ops -CommandType Cmdlet | Sort-Object -Property Name | ForEach-Object { Write-Command $_ }
    $writer.WriteEndElement()
}
finally {
    $writer.Dispose()
}

# The editor's rule: a file ends with a line end.
[System.IO.File]::AppendAllText($full, "`n")
