using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Configuration;

/// <summary>The folders that an operation works in, its keys and its settings.</summary>
public sealed record OpsSettings
{
    /// <summary>
    /// The problem of a DATABASE_URL that is neither a PostgreSQL nor a SQLite URL. Other settings take more forms of addresses;
    /// DATABASE_URL also belongs to the application, and may be the address of another kind of database.
    /// </summary>
    internal const string OtherUrl = "does not begin with postgres or sqlite";

    /// <summary>The configuration file that marks a repo root.</summary>
    public const string ConfigurationFileName = "postry.json";

    /// <summary>Full path of the folder whose databases are looked after.</summary>
    public required string RepoRoot { get; init; }

    /// <summary>Full path of the folder that holds the backups.</summary>
    public required string BackupRoot { get; init; }

    /// <summary>The settings of postry.json and of the environment, with their defaults.</summary>
    public OpsConfiguration Configuration { get; init; } = OpsConfiguration.Default;

    /// <summary>Keys that sign and verify.</summary>
    public required Keyring Keys { get; init; }

    /// <summary>The value of DATABASE_URL, or null. The value may hold a password.</summary>
    internal string? DatabaseUrl { get; init; }

    /// <summary>
    /// The rules that select runtime files below the repo root, and the values that a restore keeps of the live files. Errors:
    /// ConfigurationInvalid if postry.json is wrong there.
    /// </summary>
    public RuntimeSelection Runtime
    {
        get => field ?? Selection(Configuration.Runtime);
        init;
    }

    /// <summary>The place that names the repo root; null if no place does.</summary>
    internal ConfigurationOrigin? RepoRootOrigin { get; init; }

    /// <summary>The parameter that names the backup root; null where none does.</summary>
    internal ConfigurationOrigin? BackupRootOrigin { get; init; }

    /// <summary>True where the integrity key came as a parameter.</summary>
    internal bool KeyIsParameter { get; init; }

    /// <summary>Reads an environment variable; null where it is not set or empty.</summary>
    internal Func<string, string?> Variable { get; init; } = name => NullIfEmpty(Environment.GetEnvironmentVariable(name));

    /// <summary>The time limit of waiting for another command that holds the lock of the backup root or of a target; zero where each lock
    /// has its own limit.</summary>
    public TimeSpan WaitTimeout { get; init; }

    /// <summary>The time limit of waiting for a lock of a database that another process holds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Works the roots and keys out of parameters, the environment and the current folder, in this order.
    /// RepoRoot: parameter, else BACKUP_REPO_ROOT, else the folder of the nearest postry.json upwards, else the current folder.
    /// BackupRoot: parameter (relative to the current folder), else POSTRY_BACKUP_ROOT or postry.json (relative to the repo root), else
    /// "backups" there. A configuration with problems is an error here only where the backup root depends on it; the rest is for who needs
    /// it.
    /// </summary>
    /// <param name="repoRoot">-RepoRoot, or null.</param>
    /// <param name="backupRoot">-BackupRoot, or null.</param>
    /// <param name="integrityKey">-IntegrityKey as UTF-8 bytes, or null for the environment's.</param>
    /// <param name="currentFolder">Full path that relative paths start from.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    /// <param name="readFile">False for what makes a configuration: then no folder upwards counts, and neither a file nor variables are
    /// read.</param>
    public static OpsSettings Resolve(
        string? repoRoot, string? backupRoot, byte[]? integrityKey, string currentFolder, Func<string, string?>? environment = null,
        bool readFile = true)
    {
        // If there is neither a file nor a variable, there is nothing to parse: a command that only lists need not load the parser.
        var names = environment is not null ? [] : Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith(EnvironmentVariables.SettingPrefix, StringComparison.OrdinalIgnoreCase)).ToList();
        var hasVariables = environment is not null || names.Count > 0;
        environment ??= Environment.GetEnvironmentVariable;
        var (root, rootOrigin) = FindRepoRoot(NullIfEmpty(repoRoot), currentFolder, environment, readFile);
        var configuration = readFile && (hasVariables || File.Exists(Path.Combine(root, ConfigurationFileName)))
            ? OpsConfiguration.Load(root, environment, names) : OpsConfiguration.Default;
        foreach (var variable in configuration.AddressVariables) ChildEnvironment.Hide(variable);
        return new OpsSettings
        {
            RepoRoot = root,
            BackupRoot = NullIfEmpty(backupRoot) is { } backups ? Path.GetFullPath(backups, currentFolder)
                : Path.GetFullPath(configuration.BackupRoot ?? "backups", root),
            RepoRootOrigin = rootOrigin,
            BackupRootOrigin = NullIfEmpty(backupRoot) is null ? null : new(SettingSource.Parameter, $"{OptionName.BackupRoot}"),
            KeyIsParameter = integrityKey is { Length: > 0 },
            Configuration = configuration,
            WaitTimeout = configuration.IsValid(ConfigurationSections.WaitTimeout) ? configuration.WaitTimeout : TimeSpan.Zero,
            Keys = Keyring.FromEnvironment(environment, integrityKey, needsFile: readFile),
            DatabaseUrl = NullIfEmpty(environment(EnvironmentVariables.DatabaseUrl)),
            Variable = name => NullIfEmpty(environment(name)),
        };
    }

    /// <summary>The PostgreSQL database that DATABASE_URL names, or null where it is not set or names no such database. Errors:
    /// InvalidRequest.</summary>
    public PostgresAddress? DefaultAddress() =>
        DatabaseUrl is { } url && IsPostgres(url) ? PostgresAddress.Parse(url) : null;

    /// <summary>The database that DATABASE_URL names, a server's or a file, or null. Errors: InvalidRequest.</summary>
    internal DatabaseAddress? EnvironmentAddress() =>
        DatabaseUrl is { } url && SqliteUrl.Matches(url) ? SqliteUrl.Parse(url, RepoRoot) : DefaultAddress();

    /// <summary>True for a DATABASE_URL of one of the two kinds, whether it can be read or not.</summary>
    internal static bool IsKnownUrl(string url) => IsPostgres(url) || SqliteUrl.Matches(url);

    private static bool IsPostgres(string url) => url.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);

    private static (string Folder, ConfigurationOrigin? Origin) FindRepoRoot(string? parameter, string currentFolder, Func<string,
        string?> environment, bool upwards)
    {
        if (parameter is not null)
            return (Path.GetFullPath(parameter, currentFolder), new(SettingSource.Parameter, $"{OptionName.RepoRoot}"));
        if (NullIfEmpty(environment(EnvironmentVariables.RepoRoot)) is { } variable)
            return (Path.GetFullPath(variable, currentFolder), new(SettingSource.Environment, EnvironmentVariables.RepoRoot));
        return upwards && NearestConfiguredFolder(currentFolder) is { } nearest
            ? (nearest, new(SettingSource.File, $"the nearest folder upwards with a {ConfigurationFileName}"))
            : (currentFolder, null);
    }

    private static string? NearestConfiguredFolder(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, ConfigurationFileName))) return candidate.FullName;
        }

        return null;
    }

    // Flags that an operator adds do not take the protection off the keys that always need it.
    private static RuntimeSelection Selection(RuntimeConfiguration runtime) => new()
    {
        Include = runtime.Include,
        Exclude = runtime.Exclude,
        Required = runtime.Required,
        KeepOnRestore = runtime.KeepOnRestore,
    };

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
