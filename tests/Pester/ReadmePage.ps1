# Dot-sourced by the test of README.md: its commands and the outputs that it shows, and what of an output may differ from run to run.

$script:ReadmePath = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'README.md'

# The fenced blocks of a page. A block with prompts ("PS> " for PowerShell, "$ " for a shell) has a step for each command and its output;
# a block of powershell or sh is one step, whose output is not shown. A block of text has none.
function Get-ReadmeBlock {
    param([string] $Page)

    foreach ($block in [regex]::Matches($Page, '(?ms)^```(?<language>\w*)\n(?<text>.*?)^```')) {
        $text = $block.Groups['text']
        $steps = if ($block.Groups['language'].Value -in 'powershell', 'sh') {
            [pscustomobject]@{ Shell = $block.Groups['language'].Value; Code = $text.Value; Shown = $null; Output = $null; Start = 0; Length = 0 }
        }
        elseif ($block.Groups['language'].Value -eq '') {
            foreach ($step in [regex]::Matches($text.Value, '(?ms)^(?<prompt>PS> |\$ )(?<code>[^\n]*)\n(?<shown>.*?)(?=^PS> |^\$ |\z)')) {
                $shown = $step.Groups['shown']
                [pscustomobject]@{
                    Shell = $step.Groups['prompt'].Value -eq 'PS> ' ? 'powershell' : 'sh'; Code = $step.Groups['code'].Value
                    Shown = $shown.Value.Trim("`n"); Output = $null; Start = $text.Index + $shown.Index; Length = $shown.Length
                }
            }
        }
        [pscustomobject]@{ Text = $text.Value; Steps = @($steps) }
    }
}

# Runs steps in one session of their shell, as somebody does who pastes them, and returns the output of each. An error ends the session.
function Invoke-ReadmeStep {
    param([object[]] $Steps, [string] $Shell)

    $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
    $lines = if ($Shell -eq 'powershell') {
        "`$ErrorActionPreference = 'Stop'; `$PSNativeCommandUseErrorActionPreference = `$true; `$ProgressPreference = 'SilentlyContinue'"
        "Import-Module '$script:StagedModule'; Set-Location ~"
        for ($i = 0; $i -lt $Steps.Count; $i++) {
            Set-Content "$folder/$i.txt" $Steps[$i].Code
            # Text goes to the screen as in a session that somebody types in, and variables stay.
            "[Console]::WriteLine('<<< $i >>>'); Invoke-Expression (Get-Content -Raw '$folder/$i.txt') | Out-Default"
        }
        'exit 0'
    }
    else {
        'set -e; cd'
        for ($i = 0; $i -lt $Steps.Count; $i++) { "echo '<<< $i >>>'"; $Steps[$i].Code }
    }
    Set-Content "$folder/session.ps1" $lines
    $program = if ($Shell -eq 'powershell') { @(Get-PowerShellCommand) + '-NoProfile', '-NonInteractive', '-File' } else { 'bash' }
    $command = "$(@($program | ForEach-Object { "'$_'" }) -join ' ') '$folder/session.ps1' 2>'$folder/errors.txt'"
    # Programs fit their lists to the terminal: here to the 80 columns of the page.
    $text = script -qec "stty cols 80; $command" /dev/null | Out-String -Width 4096
    if ($LASTEXITCODE -ne 0) { throw "The session ended with $LASTEXITCODE`: $(Get-Content -Raw "$folder/errors.txt")`n$text" }
    [regex]::Split(($text -replace '\r|\e(\[[0-9;?]*[a-zA-Z]|\][^\a]*\a|[=>])'), '<<< \d+ >>>\n') | Select-Object -Skip 1 | ForEach-Object { ($_ -replace '(?m)[ \t]+$').Trim("`n") }
}

# The ids of backups and restores in the tables and lines of outputs.
function Get-ShownId {
    param([string[]] $Outputs)

    $forms = '(?m)^(?:Id|RestoreId|DrillId) [^\n]*\n-[^\n]*\n(?:(?<id>[a-z0-9]{8})\b[^\n]*\n?)+', '(?m)^RestoreId BackupId[^\n]*\n-[^\n]*\n(?:[a-z0-9]{8} +(?<id>[a-z0-9]{8})\b[^\n]*\n?)+',
        '(?m)^(?:Restore id|Backup|Id) +(?<id>[a-z0-9]{8})(?= of |$)', '\b(?:backup|restore) (?<id>[a-z0-9]{8})(?=[:,])'
    $Outputs | ForEach-Object { foreach ($form in $forms) { [regex]::Matches($_, $form) } } | ForEach-Object { $_.Groups['id'].Captures.Value } | Sort-Object -Unique
}

# Lines of an output with everything taken out that another run may show differently: ids, times (a narrow column may hold their end only),
# sizes, durations, folders, ports.
function Get-Shape {
    param([string] $Output, [string[]] $Ids)

    foreach ($id in $Ids) { $Output = $Output -replace "(?<![a-z0-9])$id(?![a-z0-9])", 'ID' }
    $Output = $Output -replace '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', 'TIME' -replace '\d*(T\d+)?Z-ID', 'STAMPZ-ID' -replace '\d{8}T\d{6}', 'STAMP' -replace '\b\d{4}-\d\d-\d\d\b', 'DATE'
    $Output = $Output -replace '\b[\d.,]+ (bytes|[KMG]?i?B)\b', 'SIZE' -replace '\b\d+(\.\d+)? (s|ms|min)\b', 'DURATION'
    $Output = $Output -replace '\b[\d,]+ commits', 'N commits' -replace 'committed [\d,]+ times', 'committed N times' -replace '(localhost|-p ?):?\d+', '$1:PORT'
    $Output = $Output -replace '[^\s''=(]*/(?=[^\s/''])', '' -replace '\.{3,}', '...' -replace '-{2,}', '--' -replace '[ \t]+', ' '
    $Output -split "`n" | ForEach-Object Trim
}

# The lines of an output that the page shows, which leaves some out with "...". Throws at the first line that is not so.
function Get-ShownLine {
    param([string] $Shown, [string] $Output, [string[]] $Ids)

    $lines = @($Output -split "`n")
    $shapes = @(Get-Shape $Output $Ids)
    $at = 0
    $skips = $false
    foreach ($line in $Shown -split "`n") {
        if ($line -eq '...') {
            $skips = $true
            $line
            continue
        }
        $shape = Get-Shape $line $Ids
        while ($skips -and $at -lt $lines.Count -and $shapes[$at] -cne $shape) { $at++ }
        if ($at -ge $lines.Count -or $shapes[$at] -cne $shape) { throw "README.md shows`n  $line`nbut the output has`n  $($at -lt $lines.Count ? $lines[$at] : '(nothing more)')`nin`n$Output" }
        $lines[$at++]
        $skips = $false
    }
    if (-not $skips -and $at -lt $lines.Count) { throw "README.md does not show`n  $($lines[$at])`nof`n$Output" }
}
