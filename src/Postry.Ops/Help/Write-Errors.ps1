<#
.SYNOPSIS
Writes about_Postry.Ops_Errors and docs/errors.md from Errors.psd1 and from the errors of the engine.

.DESCRIPTION
Run it after an error or its description has changed, with the module imported, and commit the result. A Pester test fails where a
committed file is not what this script writes. The script fails where Errors.psd1 does not describe exactly the errors that the engine has.

.PARAMETER AboutPath
The help topic to write; that of the sources unless given.

.PARAMETER PagePath
The page to write; docs/errors.md unless given.

.EXAMPLE
Import-Module ./Postry.Ops.psd1; ./src/Postry.Ops/Help/Write-Errors.ps1
#>
[CmdletBinding()]
param(
    [string] $AboutPath = (Join-Path $PSScriptRoot '../en-US/about_Postry.Ops_Errors.help.txt'),

    [string] $PagePath = (Join-Path $PSScriptRoot '../../../docs/errors.md')
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# The category of every error, from the table by which the cmdlets raise it.
function Get-ErrorCategory {
    # The engine is loaded by the first command that needs it.
    $null = Get-PostryBackup -BackupRoot (Join-Path $PSScriptRoot 'no-backups')
    $module = (Get-Command -Module Postry.Ops)[0].ImplementingType.Assembly
    $engine = ([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Postry.Ops').Assemblies |
        Where-Object { $_.GetName().Name -eq 'Postry.Ops.Engine' } | Select-Object -First 1
    $base = $engine.GetType('Postry.Ops.Engine.Diagnostics.OpsException')
    $table = $module.GetType('Postry.Ops.Errors.ErrorTable').GetMethod('ToRecord')
    $found = @{}
    foreach ($type in $engine.GetTypes() | Where-Object { $_.IsSubclassOf($base) -and -not $_.IsAbstract }) {
        $record = $table.Invoke($null, @($type.GetConstructors()[0].Invoke(@('target', 'problem', 'hint', $null)), $null))
        $found[$record.FullyQualifiedErrorId] = "$($record.CategoryInfo.Category)"
    }

    $found
}

function Format-Paragraph {
    param([string] $Text, [int] $Indent)

    $line = ' ' * $Indent
    foreach ($word in $Text -split ' ') {
        if ($line.Length + $word.Length -gt 78 -and $line.Trim()) {
            $line.TrimEnd()
            $line = ' ' * $Indent
        }

        $line += "$word "
    }

    $line.TrimEnd()
}

$data = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'Errors.psd1')
$categories = Get-ErrorCategory
$differences = Compare-Object @($categories.Keys) @($data.Errors.Keys)
if ($differences) {
    throw "Errors.psd1 does not describe the engine's errors: $(($differences | ForEach-Object { "$($_.InputObject) ($($_.SideIndicator))" }) -join ', ')"
}

$rows = foreach ($section in $data.Errors, $data.FrontEnds) {
    foreach ($id in $section.Keys | Sort-Object) {
        $item = $section[$id]
        [pscustomobject]@{
            Id       = $id
            Meaning  = $item.Meaning
            Category = $item.ContainsKey('Category') ? $item.Category : $categories[$id]
            ExitCode = $item.ContainsKey('ExitCode') ? $item.ExitCode : 1
            Next     = $item.Next
        }
    }
}

$intro = @(
    'Every error of Postry.Ops has an id that does not change, so that scripts can match it: in PowerShell it is the first part of FullyQualifiedErrorId, and in the console''s JSON error.id. The message says what happened, and the hint says what to do next.'
    'An error ends the script, as throw does, unless its author says otherwise with -ErrorAction or $ErrorActionPreference. For several items in a pipeline, each failure is reported, and the command goes on.'
)

$about = @(
    'TOPIC'
    '    about_Postry.Ops_Errors'
    ''
    'SHORT DESCRIPTION'
    '    The errors of Postry.Ops: id, meaning, category, exit code and next step.'
    ''
    'LONG DESCRIPTION'
    foreach ($paragraph in $intro) {
        Format-Paragraph $paragraph 4
        ''
    }
    '    try { Restore-PostryDatabase -Latest -Path ./app.db -Force }'
    '    catch {'
    '        $_.FullyQualifiedErrorId              # RestoreUndone,Postry.Ops...'
    '        $_.CategoryInfo.Category              # InvalidResult'
    '        $_.ErrorDetails.RecommendedAction     # the next step'
    '    }'
    ''
    'ERRORS'
    foreach ($row in $rows) {
        "    $($row.Id)"
        "        Category: $($row.Category). Exit code of the console: $($row.ExitCode)."
        Format-Paragraph $row.Meaning 8
        Format-Paragraph "Next: $($row.Next)" 8
        ''
    }
    'EXIT CODES OF THE CONSOLE'
    foreach ($code in $data.ExitCodes) { Format-Paragraph "$($code.Code): $($code.Meaning)" 4 }
    ''
    'SEE ALSO'
    '    about_Postry.Ops'
    '    about_Try_Catch_Finally'
)

$page = @(
    '# Errors'
    ''
    '<!-- Written by src/Postry.Ops/Help/Write-Errors.ps1 from Errors.psd1 beside it. -->'
    ''
    ($intro -join "`n`n")
    ''
    '```powershell'
    'try { Restore-PostryDatabase -Latest -Path ./app.db -Force }'
    'catch { "$($_.FullyQualifiedErrorId): $($_.Exception.Message) $($_.ErrorDetails.RecommendedAction)" }'
    '```'
    ''
    '| id | meaning | PowerShell category | exit code | next step |'
    '|---|---|---|---|---|'
    foreach ($row in $rows) { "| ``$($row.Id)`` | $($row.Meaning) | $($row.Category) | $($row.ExitCode) | $($row.Next -replace '<', '&lt;') |" }
    ''
    'At the console, write the parameters as options in lower case: `--allow-last` for `-AllowLast`.'
    ''
    '## Exit codes of the console'
    ''
    '| exit code | meaning |'
    '|---|---|'
    foreach ($code in $data.ExitCodes) { "| $($code.Code) | $($code.Meaning) |" }
    ''
    '[ci.md](ci.md) shows how schedulers and build servers use them.'
)

foreach ($file in @{ Path = $AboutPath; Lines = $about }, @{ Path = $PagePath; Lines = $page }) {
    $full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($file.Path)
    [System.IO.File]::WriteAllText($full, ($file.Lines -join "`n") + "`n")
}
