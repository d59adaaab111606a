# Runs in the PowerShell for Windows: the module's main job. Every line that begins with a name is read by the test.
param([string] $Module, [string] $Folder)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location -LiteralPath $Folder
"windows $IsWindows"
Import-Module $Module
"commands $((Get-Command -Module Postry.Ops).Count)"
$backup = Backup-PostryDatabase -Path app.db
"backup $($backup.Status) $($backup.BackupFile)"
"view $((Get-PostryBackup | Out-String -Width 200).Trim().Split("`n")[0].Trim())"
"test $((Get-PostryBackup | Test-PostryBackup -Level Restore).Status)"
$word = 'Restore-PostryDatabase -Id '
"completion $([System.Management.Automation.CommandCompletion]::CompleteInput($word, $word.Length, $null).CompletionMatches.CompletionText -join ' ')"
$word = 'Restore-PostryDatabase -La'
"parameter $([System.Management.Automation.CommandCompletion]::CompleteInput($word, $word.Length, $null).CompletionMatches.CompletionText -join ' ')"
Copy-Item -LiteralPath app.db -Destination before.db
Copy-Item -LiteralPath damaged.db -Destination app.db
try { Restore-PostryDatabase -Latest -Path app.db; 'consent given' }
catch { "consent $($_.FullyQualifiedErrorId.Split(',')[0])" }
$restore = Restore-PostryDatabase -Latest -Path app.db -Force
"restore $($restore.Status)"
$undo = Undo-PostryRestore -RestoreId $restore.RestoreId -Force
"undo $($undo.Status)"
$again = Restore-PostryDatabase -Latest -Path app.db -Confirm:$false
"again $($again.Status)"
"whatif $((Undo-PostryRestore -RestoreId $again.RestoreId -WhatIf | Out-String).Length)"
"json $((Get-PostryRestore | ConvertTo-PostryJson | ConvertFrom-Json).Count)"
"previous $((Get-PostryPreviousCopy | Measure-Object).Count)"
"help $((Get-Help Backup-PostryDatabase).Synopsis)"
try { Test-PostryBackup -Id zzzzzzzz } catch { "error $($_.FullyQualifiedErrorId.Split(',')[0]) $($_.CategoryInfo.Category)" }
'end'
