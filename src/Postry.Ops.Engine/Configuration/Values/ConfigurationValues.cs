using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>All that postry.json and the environment say, with the defaults of what they do not say.</summary>
internal sealed record ConfigurationValues
{
    public string? Schema { get; init; }
    public string? BackupRoot { get; init; }
    public TimeSpan WaitTimeout { get; init; }
    public IReadOnlyDictionary<string, DatabaseEntry> Databases { get; init; } = new Dictionary<string, DatabaseEntry>();
    public IReadOnlyDictionary<string, DestinationEntry> Destinations { get; init; } = new Dictionary<string, DestinationEntry>();
    public IReadOnlyDictionary<string, string> Tags { get; init; } = BackupTags.None;
    public RuntimeConfiguration Runtime { get; init; } = new();
    public Objectives Objectives { get; init; } = new();
    public RetentionPolicy Retention { get; init; } = new();
    public PlausibilityRules Plausibility { get; init; } = new();
    public SmokeChecks Smoke { get; init; } = new();
    public IReadOnlyDictionary<string, JobEntry> Jobs { get; init; } = new Dictionary<string, JobEntry>();
    public Notifications Notifications { get; init; } = new();
}

/// <summary>A database under its name. Exactly one of Path, UrlVariable and Url is set.</summary>
public sealed record DatabaseEntry
{
    /// <summary>The name; what backups of it are called.</summary>
    public string Name { get; init; } = "";

    /// <summary>Path of a SQLite file, relative to the repo root.</summary>
    public string? Path { get; init; }

    /// <summary>Name of the environment variable that holds the address.</summary>
    public string? UrlVariable { get; init; }

    /// <summary>The address, without a password.</summary>
    public string? Url { get; init; }

    /// <summary>The engine that is expected; null for whichever the address is of.</summary>
    public DatabaseMode? Mode { get; init; }

    public IReadOnlyList<string> Schemas { get; init; } = [];
    public IReadOnlyList<string> ExcludeSchemas { get; init; } = [];
    public IReadOnlyList<string> ExcludeTableData { get; init; } = [];
    public BackupProfile Profile { get; init; }
    public HookCommands Hooks { get; init; } = new();
}

/// <summary>A folder that gets a copy of every backup.</summary>
public sealed record DestinationEntry
{
    /// <summary>The name, which commands take and results show.</summary>
    public string Name { get; init; } = "";

    /// <summary>Path of the folder, relative to the repo root.</summary>
    public string Path { get; init; } = "";

    /// <summary>How long the folder may take to answer, and how long a copy may stand still.</summary>
    public TimeSpan Timeout { get; init; } = CopyDestination.DefaultTimeout;
}

/// <summary>Commands around the swap of a restore.</summary>
public sealed record HookCommands
{
    public string? BeforeSwap { get; init; }
    public string? AfterSwap { get; init; }

    /// <summary>The time limit of each command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// The rules that select the files that a recovery set holds beside the database. Patterns are relative to the repo root; * stays within a
/// folder, ** does not.
/// </summary>
public sealed record RuntimeConfiguration
{
    /// <summary>True if backups hold runtime files at all.</summary>
    public bool Enabled { get; init; } = true;

    public IReadOnlyList<string> Include { get; init; } = RuntimeSelection.DefaultInclude;

    /// <summary>Patterns of files to leave out although Include finds them.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = RuntimeSelection.DefaultExclude;

    /// <summary>Patterns of which each must find something, or the backup fails.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Keys of env files that keep their live values in a restore.</summary>
    public IReadOnlyList<string> KeepOnRestore { get; init; } = RuntimeSelection.DefaultKeepOnRestore;
}

/// <summary>The objectives that backups and restores are measured against.</summary>
public sealed record Objectives
{
    /// <summary>Recovery point: how old the newest good backup may be.</summary>
    public TimeSpan Rpo { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Recovery time: how long a restore may take.</summary>
    public TimeSpan Rto { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>How long after a passed restore drill the next one is due. A drill on the same day of each month is in time.</summary>
    public TimeSpan DrillEvery { get; init; } = TimeSpan.FromDays(31);

    /// <summary>Bytes that a backup is expected to stay under.</summary>
    public long MaximumSize { get; init; } = 100_000_000;

    public DiskObjectives Disk { get; init; } = new();
}

/// <summary>The limits of use of the disk that holds the backups, in percent.</summary>
public sealed record DiskObjectives
{
    public int MinimumFree { get; init; } = 50;
    public int WarnUsed { get; init; } = 80;
    public int CriticalUsed { get; init; } = 90;
}

/// <summary>
/// The share of the newest good backup that a new backup must hold, in percent. A backup that holds less is Suspicious. 0 turns a rule off.
/// </summary>
public sealed record PlausibilityRules
{
    /// <summary>True if new backups are compared with the one before them.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Percentage of the rows of all tables together.</summary>
    public int MinimumRows { get; init; } = 50;

    /// <summary>Percentage of the tables that held rows.</summary>
    public int MinimumTables { get; init; } = 75;

    /// <summary>Percentage of the bytes that the data takes.</summary>
    public int MinimumSize { get; init; } = 50;
}

/// <summary>The rules that keep backups: a backup stays if one rule keeps it. docs/retention.md has their exact meaning.</summary>
public sealed record RetentionPolicy
{
    /// <summary>The newest so many, however old.</summary>
    public int KeepLast { get; init; } = 3;

    /// <summary>The newest of each of so many hours, days, weeks, months and years that have any.</summary>
    public int KeepHourly { get; init; }
    public int KeepDaily { get; init; }
    public int KeepWeekly { get; init; }
    public int KeepMonthly { get; init; }
    public int KeepYearly { get; init; }

    /// <summary>Every one that is so much older than the newest, and the one before them. Zero for none.</summary>
    public TimeSpan KeepWithin { get; init; }

    /// <summary>The newest of each hour, day, week, month and year in such a time before the newest. Zero for none.</summary>
    public TimeSpan KeepWithinHourly { get; init; }
    public TimeSpan KeepWithinDaily { get; init; }
    public TimeSpan KeepWithinWeekly { get; init; }
    public TimeSpan KeepWithinMonthly { get; init; }
    public TimeSpan KeepWithinYearly { get; init; }

    /// <summary>No backup goes before it is so much older than the newest good one.</summary>
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A copy that a restore or an undo kept goes once a good backup is so much newer. Zero: no prune removes copies.</summary>
    public TimeSpan PreviousCopies { get; init; } = TimeSpan.FromDays(14);

    /// <summary>The time zone whose hours, days, weeks, months and years are counted, such as UTC or Europe/Berlin.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>True where a rule keeps backups by itself.</summary>
    public bool KeepsAny => Counts.Any(count => count > 0) || Windows.Any(window => window > TimeSpan.Zero);

    private IEnumerable<int> Counts => [KeepLast, KeepHourly, KeepDaily, KeepWeekly, KeepMonthly, KeepYearly];

    private IEnumerable<TimeSpan> Windows =>
        [KeepWithin, KeepWithinHourly, KeepWithinDaily, KeepWithinWeekly, KeepWithinMonthly, KeepWithinYearly];
}
