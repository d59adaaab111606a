using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Postgres;
using Postry.Ops.Engine.Runtime;

namespace Postry.Ops.Engine;

/// <summary>Where an operation works and which keys it has.</summary>
public sealed record OpsSettings
{
    /// <summary>Environment variable that names the repo root.</summary>
    public const string RepoRootVariable = "BACKUP_REPO_ROOT";

    /// <summary>Environment variable with the address of the PostgreSQL database that is meant where none is named.</summary>
    public const string DatabaseUrlVariable = "DATABASE_URL";

    /// <summary>The configuration file that marks a repo root.</summary>
    public const string ConfigurationFileName = "postry.json";

    /// <summary>Full path of the folder whose databases are looked after.</summary>
    public required string RepoRoot { get; init; }

    /// <summary>Full path of the folder that holds the backups.</summary>
    public required string BackupRoot { get; init; }

    /// <summary>What postry.json and the environment say besides, with defaults.</summary>
    public OpsConfiguration Configuration { get; init; } = OpsConfiguration.Default;

    /// <summary>Keys that sign and verify.</summary>
    public required Keyring Keys { get; init; }

    /// <summary>What DATABASE_URL says, or null. May hold a password.</summary>
    internal string? DatabaseUrl { get; init; }

    /// <summary>Which files of the repo root are runtime files, and what a restore keeps of the live ones.</summary>
    public RuntimeSelection Runtime { get; init; } = new();

    /// <summary>How long a lock that another process holds is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Works the roots and keys out of parameters, the environment and the current folder, in this order.
    /// RepoRoot: parameter, else BACKUP_REPO_ROOT, else the folder of the nearest postry.json upwards, else the current folder.
    /// BackupRoot: parameter (relative to the current folder), else POSTRY_BACKUP_ROOT or postry.json (relative to the repo root), else "backups" there.
    /// A configuration with problems is an error here only where the backup root depends on it; the rest is for who needs it.
    /// </summary>
    /// <param name="repoRoot">-RepoRoot, or null.</param>
    /// <param name="backupRoot">-BackupRoot, or null.</param>
    /// <param name="integrityKey">-IntegrityKey as UTF-8 bytes, or null for the environment's.</param>
    /// <param name="currentFolder">Full path that relative paths start from.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    public static OpsSettings Resolve(
        string? repoRoot, string? backupRoot, byte[]? integrityKey, string currentFolder, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var named = NullIfEmpty(repoRoot) ?? NullIfEmpty(environment(RepoRootVariable));
        var root = named is null ? NearestConfiguredFolder(currentFolder) ?? currentFolder : Path.GetFullPath(named, currentFolder);
        var configuration = OpsConfiguration.Load(root, environment);
        return new OpsSettings
        {
            RepoRoot = root,
            BackupRoot = NullIfEmpty(backupRoot) is { } backups ? Path.GetFullPath(backups, currentFolder) : Path.GetFullPath(configuration.BackupRoot ?? "backups", root),
            Configuration = configuration,
            Keys = Keyring.FromEnvironment(environment, integrityKey),
            DatabaseUrl = NullIfEmpty(environment(DatabaseUrlVariable)),
        };
    }

    /// <summary>The PostgreSQL database that DATABASE_URL names, or null where it is not set or names no such database. Errors: InvalidRequest.</summary>
    public PostgresAddress? DefaultAddress(string operation) =>
        DatabaseUrl is { } url && url.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) ? PostgresAddress.Parse(url, operation) : null;

    private static string? NearestConfiguredFolder(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, ConfigurationFileName))) return candidate.FullName;
        }

        return null;
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
