using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The status of a restore.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestoreStatus>))]
public enum RestoreStatus : long
{
    /// <summary>A process is working on it, or died doing so; then the next writing command for the target recovers from that.</summary>
    InProgress,

    /// <summary>The backup is live and was accepted.</summary>
    Committed,

    /// <summary>The database that was live before is live again.</summary>
    Undone,

    /// <summary>The backup is live but nobody has accepted it: the process that swapped it in died. Complete it or undo it.</summary>
    AwaitingVerdict,

    /// <summary>The restore ended before the swap, and the live database was not changed.</summary>
    Failed,
}

/// <summary>The evidence of one restore, kept in backups/restores.</summary>
public sealed record RestoreRecord
{
    /// <summary>The restore's own id; never the id of a backup.</summary>
    public required string RestoreId { get; init; }

    public required string BackupId { get; init; }

    /// <summary>Logical name of the database that the backup came from.</summary>
    public required string Database { get; init; }

    public required DatabaseMode Mode { get; init; }

    /// <summary>The database that was restored: a full path, or a URL without user and password.</summary>
    public required string Target { get; init; }

    /// <summary>PostgreSQL: the name of the database on its server; null for a file.</summary>
    public string? TargetDatabase { get; init; }

    /// <summary>PostgreSQL: the server's system identifier and the database's name; null for a file.</summary>
    public string? TargetIdentity { get; init; }

    public required RestoreStatus Status { get; init; }

    /// <summary>Full path of the artefact.</summary>
    public required string BackupFile { get; init; }

    /// <summary>The moment whose data the backup holds, in UTC.</summary>
    public required DateTime SnapshotAt { get; init; }

    /// <summary>The tags of the backup; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Tags { get => field ?? BackupTags.None; init; }

    /// <summary>The version of the application that was deployed when the backup was made; null where that is not known.</summary>
    public DeployedVersion? Deployed { get; init; }

    public required DateTime StartedAt { get; init; }

    public DateTime? SwappedAt { get; init; }

    public DateTime? EndedAt { get; init; }

    /// <summary>
    /// The copy of what was live before: the full path of a file; on a PostgreSQL server the name of the kept database, "schemas
    /// postry_prev_...", or the id of the backup that was made first. Null where there was none or it was removed.
    /// </summary>
    public string? PreviousCopy { get; init; }

    /// <summary>Size of the previous copy in bytes.</summary>
    public long? PreviousCopyBytes { get; init; }

    /// <summary>The copy of what an undo replaced; null where there was no undo.</summary>
    public string? UndoneCopy { get; init; }

    /// <summary>Size of the undone copy in bytes.</summary>
    public long? UndoneCopyBytes { get; init; }

    /// <summary>
    /// The objects of the database that the backup does not hold, so that the restore cannot have brought them back; empty if there are
    /// none.
    /// </summary>
    public IReadOnlyList<Omission> NotHeld { get => field ?? []; init => field = Indexable.Of(value); }

    /// <summary>The contents of the live database that the backup does not hold, as compared before consent was asked.</summary>
    public DatabaseComparison? DataLoss { get; init; }

    /// <summary>The changes since the swap that an undo removed.</summary>
    public DatabaseComparison? UndoLoss { get; init; }

    public IReadOnlyList<Check> Checks { get; init => field = Indexable.Of(value); } = [];

    /// <summary>
    /// PostgreSQL: the objects of the backup that could not be made. If the restore failed they are the reason; otherwise they were left
    /// out (-OnBrokenObject Leave).
    /// </summary>
    public IReadOnlyList<BrokenObject> BrokenObjects { get; init => field = Indexable.Of(value); } = [];

    public TimeSpan Duration { get; init; }

    /// <summary>SQLite: how long other processes could not write to the database (in rollback-journal mode: nor read it). PostgreSQL: how
    /// long the live name did not answer.</summary>
    public TimeSpan Unavailable { get; init; }

    /// <summary>True where the database was made read-only by default while the restore went on.</summary>
    public bool WritesFrozen { get; init; }

    /// <summary>True where the tablespaces that the backup names were left out, by -NoTablespaces.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>True where the backup's signature was not verified, by -AllowUnverified.</summary>
    public bool Unverified { get; init; }

    /// <summary>
    /// The strategy that was used. SQLite: Contents, File or New. PostgreSQL: Swap, Schema, InPlace or New. Runtime files: Files. Null
    /// before the swap.
    /// </summary>
    public RestoreStrategy? Strategy { get; init; }

    /// <summary>The result for the runtime files; null if only the database was restored.</summary>
    public RuntimeOutcome? Runtime { get; init; }

    /// <summary>A remark on the end of the restore for the operator, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>Full path of this record's file.</summary>
    [JsonIgnore]
    public string? RecordFile { get; init; }
}

/// <summary>A copy of a database that a restore or an undo replaced.</summary>
/// <param name="RestoreId">The restore that made the copy.</param>
/// <param name="Target">The database that the copy was made of.</param>
/// <param name="Path">Full path of the copy, or its name on a server.</param>
/// <param name="SizeBytes">Size of the copy with its side files, in bytes.</param>
/// <param name="TakenAt">The time of the copy, in UTC.</param>
/// <param name="Removed">True if the command that returns this record has removed the copy.</param>
public sealed record PreviousCopy(string RestoreId, string Target, string Path, long SizeBytes, DateTime TakenAt, bool Removed = false)
{
    /// <summary>A command of stock tools for a shell that opens it for a look, without a password; null where it is a folder, or a backup
    /// like any other.</summary>
    public string? InspectCommand { get; init; }

    /// <summary>The error for the id of a restore of which nothing is kept.</summary>
    public static SourceNotFoundException NoneOf(string restoreId) => new(restoreId,
        $"Nothing is kept of a restore {restoreId}.", $"{CommandName.ListPreviousCopies} lists what is kept.");
}
