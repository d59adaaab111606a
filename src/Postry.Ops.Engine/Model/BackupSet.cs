using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The status of a set, as far as the catalogue can tell without reading the artefact's bytes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BackupStatus>))]
public enum BackupStatus : long
{
    /// <summary>Signed by a key at hand, and the artefact is there with the signed size.</summary>
    Complete,

    /// <summary>
    /// The set is as good as Complete, but holds much less than the newest good set did when it was made. It may have been made after a
    /// loss of data, so it is used only if it is named.
    /// </summary>
    Suspicious,

    /// <summary>The signature cannot be checked: no key, or it was made with another one.</summary>
    Unverified,

    /// <summary>The manifest names a key at hand but its bytes are not those that were signed.</summary>
    Tampered,

    /// <summary>The manifest cannot be parsed.</summary>
    Invalid,

    /// <summary>The artefact is missing or has another size than the manifest signs.</summary>
    Damaged,

    /// <summary>An artefact without a manifest, which is no backup. Lists leave it out unless they are asked for it.</summary>
    Orphan,
}

/// <summary>A condition of a listing: a status, or one of the states that a set has beside it.</summary>
public enum ListedStatus : long
{
    Complete,
    Suspicious,
    Unverified,
    Tampered,
    Invalid,
    Damaged,
    Orphan,

    /// <summary>A backup of the old scripts, whatever its status.</summary>
    Legacy,

    /// <summary>A set whose time lies in the future, whatever its status.</summary>
    Quarantined,
}

/// <summary>A recovery set as operators see it: Backup returns it, Get lists it, and the other commands take it.</summary>
public sealed record BackupSet
{
    /// <summary>The set's id, unique in its backup root: eight characters.</summary>
    public required string Id { get; init; }

    /// <summary>Logical name of the database it came from.</summary>
    public required string Database { get; init; }

    /// <summary>Free text given when it was made, or null.</summary>
    public string? Label { get; init; }

    /// <summary>The database engine.</summary>
    public required DatabaseMode Mode { get; init; }

    /// <summary>The moment whose committed data the set holds, in UTC.</summary>
    public required DateTime SnapshotAt { get; init; }

    /// <summary>Full path of the artefact.</summary>
    public required string BackupFile { get; init; }

    /// <summary>Size of the artefact in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Size of the database in bytes when it was backed up.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>The location of the database: a full path for SQLite, a URL without user and password for PostgreSQL.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// The identity of the database: its full path, or the server's system identifier and the name of the database there.
    /// </summary>
    public required string SourceIdentity { get; init; }

    /// <summary>The parts that were left out when the set was made, in words; null if the set is whole.</summary>
    public string? Scope { get; init; }

    /// <summary>
    /// The objects of the database that the set does not hold, because pg_dump leaves them out by design; empty if there are none.
    /// </summary>
    public IReadOnlyList<Omission> NotHeld { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The schema migration that the database was at, as its migration table says ("alembic_version 3f2a"); null where no
    /// well-known table holds one.</summary>
    public string? Migration { get; init; }

    /// <summary>Version of the PostgreSQL server that it came from, or null.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The amount of the content that the set proves.</summary>
    public required FingerprintKind Fingerprint { get; init; }

    /// <summary>Rows and fingerprint of every table.</summary>
    public required IReadOnlyList<TableContent> Tables { get; init => field = Indexable.Of(value); }

    /// <summary>The duration of the backup.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The status of the set, which says how far it can be trusted.</summary>
    public required BackupStatus Status { get; init; }

    /// <summary>The reason why the set cannot be trusted, or null.</summary>
    public string? StatusDetail { get; init; }

    /// <summary>The comparison of the set with the newest good one before it; null if it was not compared.</summary>
    public Plausibility? Plausibility { get; init; }

    /// <summary>True for a backup of the old scripts: it does not tell which database it came from, and has no fingerprints.</summary>
    public bool Legacy { get; init; }

    /// <summary>Id of the restore in place that replaced what the set holds, by itself or by its undo; null of any other set. Latest and
    /// Before never choose such a set.</summary>
    public string? BeforeRestore { get; init; }

    /// <summary>The number of the set among those of its database, in the order in which they were made; null where the manifest does not
    /// say.</summary>
    public long? Sequence { get; init; }

    /// <summary>The tags that the operator gave when the set was made; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = BackupTags.None;

    /// <summary>The version of the application that the repo root held then; null where there was no sign of any.</summary>
    public DeployedVersion? Deployed { get; init; }

    /// <summary>The time (UTC) of the newest drill or test that restored these very bytes and compared every row; null if genuine evidence
    /// shows none.</summary>
    public DateTime? ProvenAt { get; init; }

    /// <summary>The id of that drill or test, or null.</summary>
    public string? ProvenBy { get; init; }

    /// <summary>True where such evidence is there.</summary>
    public bool Proven => ProvenAt is not null;

    /// <summary>True where the time of the set lies in the future: a clock was wrong, here or there. No policy counts it.</summary>
    public bool Quarantined { get; init; }

    /// <summary>True where the set is pinned: no policy and no other removal takes it.</summary>
    public bool Pinned { get; init; }

    /// <summary>The end of the pin, in UTC, which may have passed; null for a pin without an end, and where there is none.</summary>
    public DateTime? PinnedUntil { get; init; }

    /// <summary>The reason why the set is pinned, or null.</summary>
    public string? PinNote { get; init; }

    /// <summary>User and host of the command that pinned it, or null.</summary>
    public string? PinnedBy { get; init; }

    /// <summary>The reason why the pin cannot be trusted, so that the set is kept without an end; null where it can.</summary>
    public string? PinProblem { get; init; }

    /// <summary>The copies that the backup was followed by, one for each destination of postry.json; empty in a list of backups, and where
    /// there is no destination.</summary>
    public IReadOnlyList<BackupCopy> Copies { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Short id of the key that signed it.</summary>
    public string? KeyId { get; init; }

    /// <summary>Full path of the manifest.</summary>
    public required string ManifestFile { get; init; }

    /// <summary>The runtime files that belong to the set.</summary>
    public RuntimePart Runtime { get; init; } = RuntimePart.Unknown;

    /// <summary>By how much the clocks of two hosts may differ before a time lies in the future, or an order is wrong.</summary>
    internal static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>The time of the snapshot and the age of the set, for a reader.</summary>
    internal string TakenAt => TimeAndAge(SnapshotAt);

    /// <summary>The rows of all tables together, for a reader.</summary>
    internal string RowsInWords
    {
        get
        {
            var counted = Tables.Where(table => table.Rows is not null).ToList();
            return counted.Count == 0 && Tables.Count > 0
                ? "rows not counted"
                : FormattableString.Invariant($"{counted.Sum(table => table.Rows):N0} rows in {counted.Count} ")
                    + (counted.Count == 1 ? "table" : "tables");
        }
    }

    /// <summary>True where there is a pin, even one whose end has passed.</summary>
    internal bool HasPin { get; init; }

    /// <summary>True where the set may hold a loss, whatever else is to be said of it.</summary>
    internal bool IsSuspicious => Plausibility is { IsSuspicious: true };

    /// <summary>The status of the database alone, without that of the set's runtime files.</summary>
    internal BackupStatus DatabaseStatus { get; init; }

    /// <summary>The reason why the database cannot be trusted, or null.</summary>
    internal string? DatabaseStatusDetail { get; init; }

    /// <summary>A time in UTC and how long ago that was, for a reader.</summary>
    internal static string TimeAndAge(DateTime time) =>
        FormattableString.Invariant($"{time:yyyy-MM-dd HH:mm:ss} UTC ({Durations.InWords(DateTime.UtcNow - time)} ago)");
}

/// <summary>The runtime files of a set, as far as its manifest tells.</summary>
/// <param name="File">Full path of the archive; null where the set has none.</param>
/// <param name="SizeBytes">Size of the archive in bytes.</param>
/// <param name="Files">Number of files in it.</param>
/// <param name="Missing">Optional patterns that no file matched.</param>
/// <param name="Absent">The reason why the set has no archive, or null.</param>
public sealed record RuntimePart(string? File, long SizeBytes, int Files, IReadOnlyList<string> Missing, string? Absent)
{
    /// <inheritdoc cref="RuntimePart"/>
    public IReadOnlyList<string> Missing { get; init => field = Indexable.Of(value); } = Indexable.Of(Missing);

    /// <summary>The part of a set whose manifest does not mention runtime files.</summary>
    internal static readonly RuntimePart Unknown = new(null, 0, 0, [], "The backup was made without runtime files.");

    /// <inheritdoc/>
    public override string ToString() => File is null ? "none" : Files == 1 ? "1 file" : $"{Files} files";
}

/// <summary>The conditions of a listing. A set must fit every condition that is not null.</summary>
public sealed record BackupQuery
{
    public IReadOnlyList<string>? Ids { get; init => field = value is null ? null : Indexable.Of(value); }

    /// <summary>Logical name; * and ? are wildcards.</summary>
    public string? Database { get; init; }

    /// <summary>Label; * and ? are wildcards.</summary>
    public string? Label { get; init; }

    public DatabaseMode? Mode { get; init; }

    /// <summary>Selects snapshots strictly before this time (UTC).</summary>
    public DateTime? Before { get; init; }

    /// <summary>Selects snapshots at or after this time (UTC).</summary>
    public DateTime? After { get; init; }

    /// <summary>Selects snapshots that are younger than this.</summary>
    public TimeSpan? NewerThan { get; init; }

    /// <summary>Selects snapshots that are older than this.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Selects artefacts of at least so many bytes.</summary>
    public long? MinimumSize { get; init; }

    /// <summary>Selects artefacts of at most so many bytes.</summary>
    public long? MaximumSize { get; init; }

    /// <summary>Selects sets that have one of these.</summary>
    public IReadOnlyList<ListedStatus>? Statuses { get; init => field = value is null ? null : Indexable.Of(value); }

    /// <summary>Selects sets that a drill or a test has proven, or those that none has.</summary>
    public bool? Proven { get; init; }

    /// <summary>Selects sets that are pinned, or those that are not.</summary>
    public bool? Pinned { get; init; }

    /// <summary>Selects sets that have all of these tags.</summary>
    public IReadOnlyList<TagCondition>? Tags { get; init => field = value is null ? null : Indexable.Of(value); }

    /// <summary>Selects sets that were made at a commit that begins with these hexadecimal digits.</summary>
    public string? Commit { get; init; }

    /// <summary>Selects the sets of each database that are older than its first one with this tag; an error where none has it.</summary>
    public TagCondition? BeforeTag { get; init; }

    /// <summary>True where the query says more than ids.</summary>
    internal bool HasConditions => this with { Ids = null, Latest = false } != new BackupQuery();

    /// <summary>Selects the newest set that is Complete; an error if several databases fit, or if the newest set is Suspicious.</summary>
    public bool Latest { get; init; }
}

/// <summary>The selection of one set. Exactly one of Id, BackupFile, Latest and Before is given.</summary>
public sealed record BackupSelector
{
    public string? Id { get; init; }

    /// <summary>Path of an artefact or of its manifest, inside the backup root or not.</summary>
    public string? BackupFile { get; init; }

    /// <summary>The newest good set of the target's database; an error where a newer one is Suspicious.</summary>
    public bool Latest { get; init; }

    /// <summary>The newest good set of the target's database before this time (UTC).</summary>
    public DateTime? Before { get; init; }

    /// <summary>Narrows Latest to the sets that are older than the first one of the database with this tag; an error where none has
    /// it.</summary>
    public TagCondition? BeforeTag { get; init; }

    /// <summary>Logical name of the database the set must belong to; narrows Latest and Before.</summary>
    public string? Database { get; init; }
}
