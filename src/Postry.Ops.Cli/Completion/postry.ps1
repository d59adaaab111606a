# Completion of postry for PowerShell. In $PROFILE:  postry completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName postry -ScriptBlock {
    param($word, $ast, $cursor)

    $length = $cursor - $ast.Extent.StartOffset
    $before = $ast.Extent.Text.PadRight($length).Substring(0, $length) -replace '^\S+', 'postry' -replace '\S*$'
    # A password must not become an argument of a process, where other users can read it.
    if ($before -match '://\S*:\S*@|password') { return }

    $typed = $word.Trim("'", '"')
    # Of many ids or labels postry shows the newest that begin so. Verbs and options are few, and addresses may hold a password.
    if ($before -match '^postry \S' -and $typed -match '^[A-Za-z0-9][A-Za-z0-9._+-]*$') { $before += $typed }
    & $ast.CommandElements[0].Extent.Text "[suggest:$($before.Length)]" $before 2>$null |
        Where-Object { $_ -and $_.StartsWith($typed, [StringComparison]::OrdinalIgnoreCase) } |
        ForEach-Object {
            $shown = if ($_ -match '^[\w./-]+$') { $_ } else { "'$([System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_))'" }
            [System.Management.Automation.CompletionResult]::new($shown, $_, 'ParameterValue', $_)
        }
}
