#!/usr/bin/env pwsh
<#
.SYNOPSIS
Records the picture at the top of README.md: a restore whose check fails, and that undoes itself.

.DESCRIPTION
The commands run in a terminal of 88 columns that the program script makes, on a sample database in a new temporary folder. What the
terminal shows in the end becomes a picture in SVG. Its lines appear one after the other; where pictures do not move, all of them are there.

.PARAMETER Path
The picture; docs/restore.svg unless given.

.EXAMPLE
dotnet build src/Postry.Ops.Cli; docs/restore-recording/Record-Restore.ps1
#>
[CmdletBinding()]
param([string] $Path = (Join-Path (Split-Path -Parent $PSScriptRoot) 'restore.svg'))

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$columns = 88

# Each command with the milliseconds that the picture gives to read its output.
$session = @(
    @{ Command = 'postry sample damage --path app.db'; Read = 2500 }
    @{ Command = 'postry restore --latest --path app.db --force --after-swap ./smoke-test.sh'; Read = 6000 }
    @{ Command = 'postry compare --latest --path app.db'; Read = 4000 }
    @{ Command = 'postry restore --latest --path app.db --force | grep Status'; Read = 2500 }
    @{ Command = 'postry compare --latest --path app.db'; Read = 6000 }
)

$folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "postry-recording-$PID")
$console = Get-ChildItem (Join-Path $PSScriptRoot '../../src/Postry.Ops.Cli/bin/*/net10.0/postry.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
try {
    $prepare = "#!/bin/bash", "cd '$folder'", "postry() { dotnet '$console' `"`$@`"; }", 'postry init --new-key-file ./key > init.txt', 'export BACKUP_METADATA_HMAC_KEY_FILE=./key',
    'postry sample make --path app.db > make.txt', 'postry backup --path app.db > backup.txt 2>&1', 'printf "#!/bin/sh\necho the login page answers 500; exit 1\n" > smoke-test.sh; chmod 755 smoke-test.sh'
    $run = for ($i = 0; $i -lt $session.Count; $i++) { "echo '<<< $i >>>'"; $session[$i].Command }
    Set-Content (Join-Path $folder session.sh) ($prepare + $run)
    $null = script -qec "stty cols $columns; bash '$folder/session.sh'" "$folder/typescript"
    $text = [System.IO.File]::ReadAllText("$folder/typescript") -replace '\nScript done on [^\n]*\n$'
}
finally {
    Remove-Item -Recurse -Force $folder
}

# What a terminal shows in the end: after a carriage return, a text replaces as much of its line as it is long.
$shown = foreach ($line in ($text -replace '\e(\[[0-9;?]*[a-zA-Z]|[=>])' -replace '\r+\n', "`n") -split "`n") {
    $cells = ''
    foreach ($part in $line -split "`r") { $cells = $part + $cells.Substring([Math]::Min($part.Length, $cells.Length)) }
    $cells.TrimEnd()
}
$outputs = @([regex]::Split($shown -join "`n", '<<< \d+ >>>\n') | Select-Object -Skip 1)
$lines = [System.Collections.Generic.List[object]]::new()
$at = 500
for ($i = 0; $i -lt $session.Count; $i++) {
    $lines.Add(@{ Text = "`$ $($session[$i].Command)"; Class = 'typed'; At = $at })
    $at += 1200
    foreach ($line in $outputs[$i].Replace("$folder", '/srv/app').Trim("`n") -split "`n") {
        $class = $line -match '^postry: ' ? 'bad' : 'said'
        # A terminal breaks a long line at its last column.
        for ($from = 0; $from -lt [Math]::Max(1, $line.Length); $from += $columns) {
            $lines.Add(@{ Text = $line.Substring($from, [Math]::Min($columns, $line.Length - $from)); Class = $class; At = $at })
        }
    }
    $at += $session[$i].Read
    $lines.Add(@{ Text = ''; Class = 'said'; At = $at })
}

$width = 40 + [int]($columns * 8.43)
$height = 60 + $lines.Count * 19
$svg = [System.Text.StringBuilder]::new()
$null = $svg.AppendLine(@"
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img" aria-label="A restore whose check fails and that undoes itself">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #c9d1d9; white-space: pre }
.typed { fill: #ffffff; font-weight: bold } .bad { fill: #ffa198 } .title { fill: #8b949e; text-anchor: middle }
@media (prefers-reduced-motion: no-preference) { .line { animation: show 1ms both } }
@keyframes show { from { opacity: 0 } to { opacity: 1 } }
</style>
<rect x="0.5" y="0.5" width="$($width - 1)" height="$($height - 1)" rx="8" fill="#0d1117" stroke="#6e7681"/>
<path d="M1 32V9a8 8 0 0 1 8-8H$($width - 9)a8 8 0 0 1 8 8V32Z" fill="#21262d"/>
<circle cx="20" cy="17" r="6" fill="#ff5f56"/><circle cx="40" cy="17" r="6" fill="#ffbd2e"/><circle cx="60" cy="17" r="6" fill="#27c93f"/>
<text class="title" x="$([int]($width / 2))" y="22">postry in /srv/app</text>
"@)
$y = 56
foreach ($line in $lines) {
    $escaped = [System.Security.SecurityElement]::Escape($line.Text)
    if ($line.Text) { $null = $svg.AppendLine("<text class=`"line $($line.Class)`" x=`"20`" y=`"$y`" xml:space=`"preserve`" style=`"animation-delay: $($line.At)ms`">$escaped</text>") }
    $y += 19
}
[System.IO.File]::WriteAllText($Path, $svg.Append("</svg>`n").ToString())
