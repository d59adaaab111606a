using System.Text.RegularExpressions;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The engine words its hints for PowerShell; here they become what one types at this console.</summary>
internal static partial class ConsoleWords
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["Backup-PostryDatabase"] = "postry backup",
        ["Backup-PostryRuntime"] = "postry backup-runtime",
        ["Get-PostryBackup"] = "postry list",
        ["Test-PostryBackup"] = "postry test",
        ["Compare-PostryBackup"] = "postry compare",
        ["Restore-PostryDatabase"] = "postry restore",
        ["Restore-PostryRuntime"] = "postry restore-runtime",
        ["Undo-PostryRestore"] = "postry undo",
        ["Get-PostryRestore"] = "postry restores",
        ["Complete-PostryRestore"] = "postry complete",
        ["Remove-PostryBackup"] = "postry remove",
        ["Remove-PostryPreviousCopy"] = "postry previous-copies --remove",
        ["Get-PostryPreviousCopy"] = "postry previous-copies",
        ["Unlock-PostryBackupRoot"] = "postry unlock",
        ["Get-PostryConfiguration"] = "postry config",
        ["New-PostryConfiguration"] = "postry init",
        ["-NoRuntime"] = "--no-runtime",
        ["-RuntimePath"] = "--runtime-path",
        ["-ExcludeRuntimePath"] = "--exclude-runtime-path",
        ["-RequiredRuntimePath"] = "--required-runtime-path",
        ["-WithRuntime"] = "--with-runtime",
        ["-RuntimeBackupFile"] = "--runtime-backup-file",
        ["-AllowReplicationBreak"] = "--allow-replication-break",
        ["-AcceptSmaller"] = "--accept-smaller",
        ["-ScratchCredential"] = "--scratch-url-env",
        ["-ExcludeTableData"] = "--exclude-table-data",
        ["-AllowDifferentSource"] = "--allow-different-source",
        ["-AllowUnverified"] = "--allow-unverified",
        ["-SkipCompare"] = "--skip-compare",
        ["-ExcludeSchema"] = "--exclude-schema",
        ["-OnBrokenObject"] = "--on-broken-object",
        ["-FreezeWrites"] = "--freeze-writes",
        ["-HookTimeout"] = "--hook-timeout",
        ["-DatabaseUrl"] = "--database-url",
        ["-Compression"] = "--compression",
        ["-Credential"] = "--database-url-env",
        ["-BeforeSwap"] = "--before-swap",
        ["-ScratchUrl"] = "--scratch-url",
        ["-NoTablespaces"] = "--no-tablespaces",
        ["-AfterSwap"] = "--after-swap",
        ["-Strategy"] = "--strategy",
        ["-NoOwner"] = "--no-owner",
        ["-Profile"] = "--profile",
        ["-Schema"] = "--schema",
        ["-Jobs"] = "--jobs",
        ["-IntegrityKey"] = "--integrity-key-env",
        ["-BackupFile"] = "--backup-file",
        ["-BackupRoot"] = "--backup-root",
        ["-RepoRoot"] = "--repo-root",
        ["-RestoreId"] = "--id",
        ["-OlderThan"] = "--older-than",
        ["-Fingerprint"] = "--fingerprint",
        ["-Database"] = "--database",
        ["-WhatIf"] = "--what-if",
        ["-Latest"] = "--latest",
        ["-Before"] = "--before",
        ["-After"] = "--after",
        ["-Label"] = "--label",
        ["-Level"] = "--level",
        ["-Force"] = "--force",
        ["-Mode"] = "--mode",
        ["-Path"] = "--path",
        ["-Id"] = "--id",
    };

    /// <summary>The same text with cmdlets and parameters as verbs and options.</summary>
    public static string In(string text) =>
        Word.Replace(text, match => Words.GetValueOrDefault(match.Value, match.Value));

    /// <summary>A cmdlet or a parameter that stands as a word of its own, so that most file names stay as they are.</summary>
    [GeneratedRegex(@"(?<![^\s(""'`])(?:[A-Z][a-z]+-Postry[A-Za-z]+|-[A-Z][A-Za-z]+)(?!\.\w|[\w/\\-])", RegexOptions.CultureInvariant)]
    private static partial Regex Word { get; }
}
