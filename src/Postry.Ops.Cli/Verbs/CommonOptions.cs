using System.CommandLine;
using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options of every verb.</summary>
internal static class CommonOptions
{
    public static readonly Option<string> RepoRoot = NewOption.Text("--repo-root", "folder",
        $"Folder of the product whose databases are backed up. Default: {EnvironmentVariables.RepoRoot}, "
        + $"else the nearest folder upwards with a {OpsSettings.ConfigurationFileName}, else this one.");

    public static readonly Option<string> BackupRoot = NewOption.Text("--backup-root", "folder",
        $"Folder of the backups. Default: POSTRY_BACKUP_ROOT, else backupRoot of {OpsSettings.ConfigurationFileName}, else " +
            $"backups below the repo root.");

    public static readonly Option<bool> Json =
        NewOption.Flag("--json", "Print exactly one JSON document, also for an error.");

    public static readonly Option<bool> Verbose = NewOption.Flag("--verbose", "Show on standard error what is being done.");

    public static readonly Option<string> IntegrityKeyEnv = NewOption.Text("--integrity-key-env", "name",
        "Name of the environment variable that holds the integrity key. Default: BACKUP_METADATA_HMAC_KEY.");

    /// <summary>The option of the verbs that take the lock of the backup root or of a target.</summary>
    public static readonly Option<TimeSpan?> WaitTimeout = NewOption.Duration("--wait-timeout",
        "Wait so long for another command that is at work there, such as 10m. Default: waitTimeout of postry.json, else some seconds.");

    public static readonly IReadOnlyList<Option> All = [RepoRoot, BackupRoot, Json, Verbose, IntegrityKeyEnv];

    static CommonOptions()
    {
        foreach (var option in All) option.Recursive = true;
    }

    /// <summary>Roots and keys as the options, the environment and the current folder say.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="readFile">False for the verb that makes a configuration.</param>
    public static OpsSettings Settings(ParseResult input, bool readFile = true)
    {
        var settings = OpsSettings.Resolve(input.GetValue(RepoRoot), input.GetValue(BackupRoot), Key(input.GetValue(IntegrityKeyEnv)),
            Environment.CurrentDirectory, readFile: readFile);
        return input.GetValue(WaitTimeout) is { } wait ? settings with { WaitTimeout = wait } : settings;
    }

    private static byte[]? Key(string? variable)
    {
        if (variable is null) return null;
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } key)
        {
            throw new IntegrityKeyMissingException(variable,
                $"The environment variable {variable} is empty, but {IntegrityKeyEnv.Name} names it.",
                $"Set {variable}, or leave {IntegrityKeyEnv.Name} out to use BACKUP_METADATA_HMAC_KEY.");
        }

        // Children need not see it.
        Environment.SetEnvironmentVariable(variable, null);
        return Encoding.UTF8.GetBytes(key);
    }
}
