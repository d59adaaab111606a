using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The kinds of evidence.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvidenceKind>))]
public enum EvidenceKind : long
{
    /// <summary>A restore drill: backup, loss, restore, verification.</summary>
    Drill,

    /// <summary>A test of a backup at level Restore.</summary>
    Test,
}

/// <summary>The outcome of a drill or a test.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DrillStatus>))]
public enum DrillStatus : long
{
    /// <summary>The restored data was proven to be that of the backup, and every step succeeded.</summary>
    Passed,

    /// <summary>A step or a check failed.</summary>
    Failed,

    /// <summary>Nothing failed, but something could not be checked, so nothing is proven.</summary>
    Inconclusive,

    /// <summary>The drill was stopped, or its process died.</summary>
    Interrupted,
}

/// <summary>
/// The evidence of a restore drill, or of a test at level Restore, in backups/drills. docs/evidence.md describes each member of the file.
/// All times are in UTC.
/// </summary>
public sealed record RestoreDrill
{
    /// <summary>The only format that this version writes and reads.</summary>
    internal const string CurrentFormat = "postry-evidence/1";

    /// <summary>The format of the file.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>The drill's own id; never the id of a backup.</summary>
    public required string DrillId { get; init; }

    public required EvidenceKind Kind { get; init; }

    public required DrillStatus Status { get; init; }

    /// <summary>Logical name of the database that the backup came from.</summary>
    public required string Database { get; init; }

    public required DatabaseMode Mode { get; init; }

    /// <summary>The database whose backup was restored: a full path, or a URL without user and password.</summary>
    public required string Source { get; init; }

    /// <summary>The identity of the source: a full path, or the server's system identifier and the database's name.</summary>
    public required string SourceIdentity { get; init; }

    /// <summary>The backup that was restored; null if the drill ended before there was one.</summary>
    public DrillBackup? Backup { get; init; }

    /// <summary>The place of the restore in words, such as "a temporary server of PostgreSQL 17 on this machine".</summary>
    public required string Target { get; init; }

    public required DateTime StartedAt { get; init; }

    public DateTime? EndedAt { get; init; }

    /// <summary>The duration of the whole drill, with the backup and the cleaning.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Name of the host on which the drill ran.</summary>
    public required string Host { get; init; }

    /// <summary>The versions of the software, by name: Postry.Ops, .NET, the operating system, SQLite or the servers.</summary>
    public IReadOnlyDictionary<string, string> Software { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Recovery point: the age of the data that would have come back, had the database been lost when the drill began. The fresh backup
    /// of the drill itself does not count. Null for a test.
    /// </summary>
    public ObjectiveResult? Rpo { get; init; }

    /// <summary>Recovery time: from the loss until the restored data was verified. Null for a test.</summary>
    public ObjectiveResult? Rto { get; init; }

    /// <summary>The steps in the order in which they were made.</summary>
    public IReadOnlyList<DrillStep> Steps { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Every table of the backup, with what the restored database held.</summary>
    public IReadOnlyList<DrillTable> Tables { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Every check of the backup and of the restored database, in the order in which it was made.</summary>
    public IReadOnlyList<Check> Checks { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The smoke checks of data that asked the restored database.</summary>
    public IReadOnlyList<SmokeResult> Smoke { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The deviations from how it should have gone, in whole sentences; empty if all went well.</summary>
    public IReadOnlyList<string> Deviations { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Corrective actions and remarks that were given when the drill was started. Later ones are in <see cref="Notes"/>.</summary>
    public IReadOnlyList<string> Remarks { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The evidence before this one in the same backup root, so that a removed file is noticed; null for the first.</summary>
    public EvidenceLink? Previous { get; init; }

    /// <summary>Id of the public key that checks the file's second signature; null if it has none.</summary>
    public string? PublicKeyId { get; init; }

    /// <summary>Full path of the evidence file. Not in the file itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EvidenceFile { get; init; }

    /// <summary>
    /// The verdict on the file's signatures and form when it was read: Passed, Failed (changed after it was signed), or Inconclusive (no
    /// key to check it with). Not in the file itself.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckStatus? Evidence { get; init; }

    /// <summary>The reason why <see cref="Evidence"/> is not Passed, or null. Not in the file itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EvidenceDetail { get; init; }

    /// <summary>The notes that were signed and added later, oldest first. Not in the file itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DrillNote>? Notes { get; init => field = value is null ? null : Indexable.Of(value); }

    /// <summary>True where the evidence is genuine and the restored data was compared: only that proves a backup.</summary>
    internal bool ProvesBackup => this is { Evidence: CheckStatus.Passed, Status: DrillStatus.Passed, Backup: not null }
        && Tables.Any(table => table.Status == CheckStatus.Passed);

    /// <summary>The numbers of the notes that are not as they were signed.</summary>
    internal IEnumerable<int> ChangedNotes =>
        (Notes ?? []).Where(note => note.Evidence == CheckStatus.Failed).Select(note => note.Number);

    /// <summary>True where the evidence, or a note on it, is not as it was signed.</summary>
    public static bool IsChanged(RestoreDrill drill) => drill.Evidence == CheckStatus.Failed || drill.ChangedNotes.Any();

    /// <summary>The drill without what is not in its file.</summary>
    internal RestoreDrill AsWritten() => this with { EvidenceFile = null, Evidence = null, EvidenceDetail = null, Notes = null };
}

/// <summary>The backup of a drill.</summary>
/// <param name="Id">The backup's id.</param>
/// <param name="File">Full path of the artefact.</param>
/// <param name="Sha256">The SHA-256 of the artefact that its manifest signs.</param>
/// <param name="SnapshotAt">The moment whose data the backup holds, in UTC.</param>
/// <param name="SizeBytes">Size of the artefact in bytes.</param>
/// <param name="SourceBytes">Size of the database in bytes when it was backed up.</param>
/// <param name="IsFresh">True if the drill made the backup.</param>
/// <param name="Scope">The parts of the database that the backup does not hold, in words; null if it is whole.</param>
/// <param name="Tags">The tags of the backup; null where it has none.</param>
/// <param name="Deployed">The version of the application that was deployed when the backup was made; null where that is not
/// known.</param>
public sealed record DrillBackup(string Id, string File, string Sha256, DateTime SnapshotAt, long SizeBytes, long SourceBytes,
    bool IsFresh, string? Scope = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Tags = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DeployedVersion? Deployed = null)
{
    /// <summary>The backup as evidence names it.</summary>
    internal static DrillBackup Of(BackupSet set, BackupManifest manifest, bool isFresh) => new(set.Id, set.BackupFile,
        manifest.Artefact.Sha256, set.SnapshotAt, set.SizeBytes, set.SourceBytes, isFresh, set.Scope,
        set.Tags.Count == 0 ? null : set.Tags, set.Deployed);
}

/// <summary>A step of a drill.</summary>
/// <param name="Name">The name of the step.</param>
/// <param name="Status">The outcome; Skipped for a step that did not come to its turn.</param>
/// <param name="StartedAt">The time (UTC) at which the step began.</param>
/// <param name="Duration">The duration of the step.</param>
/// <param name="Detail">The work that was done, or why it failed.</param>
public sealed record DrillStep(string Name, CheckStatus Status, DateTime StartedAt, TimeSpan Duration, string? Detail = null);

/// <summary>A table in the backup and in the restored database.</summary>
/// <param name="Name">The table's name as the database spells it.</param>
/// <param name="RowsExpected">The rows that the backup's manifest signs; null if they were not counted.</param>
/// <param name="RowsFound">The rows in the restored database; null if the table is missing or was not counted.</param>
/// <param name="FingerprintExpected">The content fingerprint that the manifest signs, or null.</param>
/// <param name="FingerprintFound">The content fingerprint of the restored table, or null.</param>
/// <param name="Status">Passed only where rows and fingerprints were compared and are equal.</param>
public sealed record DrillTable(string Name, long? RowsExpected, long? RowsFound, string? FingerprintExpected, string? FingerprintFound,
    CheckStatus Status)
{
    /// <summary>The tables that checks have compared, in the order of the checks.</summary>
    internal static IReadOnlyList<DrillTable> Of(IEnumerable<Check> checks) =>
    [
        .. from check in checks
        where check.Table is not null
        let expected = check.Table!.Expected
        let found = check.Table!.Found
        select new DrillTable((expected ?? found)!.Name, expected?.Rows, found?.Rows, expected?.Fingerprint, found?.Fingerprint,
            check.Status),
    ];
}

/// <summary>The evidence before another one.</summary>
/// <param name="DrillId">The id of the earlier evidence.</param>
/// <param name="Sha256">The SHA-256 of its file, in lower-case hexadecimal digits.</param>
public sealed record EvidenceLink(string DrillId, string Sha256);

/// <summary>A note on a drill, signed and kept in a file of its own.</summary>
/// <param name="DrillId">The drill.</param>
/// <param name="Number">1 for the first note of the drill.</param>
/// <param name="WrittenAt">The time (UTC) of the note.</param>
/// <param name="Author">The user and host that wrote the note.</param>
/// <param name="Text">The note.</param>
/// <param name="EvidenceSha256">The SHA-256 of the evidence file that the note is about.</param>
/// <param name="PreviousSha256">The SHA-256 of the note before this one; null for the first.</param>
public sealed record DrillNote(string DrillId, int Number, DateTime WrittenAt, string Author, string Text, string EvidenceSha256,
    string? PreviousSha256)
{
    /// <summary>Id of the public key that checks the file's second signature; null if it has none.</summary>
    public string? PublicKeyId { get; init; }

    /// <summary>The verdict on the note's signatures when it was read. Not in the file itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckStatus? Evidence { get; init; }
}
