using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.IO;
using static System.FormattableString;

namespace Postry.Ops.Engine.Model;

/// <summary>The steps of a restore or an undo. The order is the order of work.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalStep>))]
internal enum JournalStep
{
    /// <summary>The journal exists; nothing else does.</summary>
    Started,

    /// <summary>The backup is unpacked beside the target and equal to its manifest.</summary>
    Staged,

    /// <summary>The target is locked against writers.</summary>
    Locked,

    /// <summary>The copy of the live database is complete and durable.</summary>
    PreviousCopyTaken,

    /// <summary>The swap is about to be committed: from here only the contents of the live name tell which side it is on.</summary>
    Swapping,

    /// <summary>The new contents are live.</summary>
    Swapped,
}

/// <summary>The kinds of operations that write a journal.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalKind>))]
internal enum JournalKind
{
    Restore,
    Undo,
}

/// <summary>The file beside a target that says how far a restore has come, durable at every step, so that the next command can
/// recover from a crash.</summary>
internal sealed record RestoreJournal
{
    public required JournalKind Kind { get; init; }
    public required string RestoreId { get; init; }
    public required JournalStep Step { get; init; }

    /// <summary>Full path of the restore's record.</summary>
    public required string RecordFile { get; init; }

    /// <summary>The name of the target: a full path, or a URL without user and password.</summary>
    [JsonPropertyName("target")]
    public required string TargetName { get; init; }

    /// <summary>PostgreSQL: the server's system identifier and the database's name; null for a file.</summary>
    public string? TargetIdentity { get; init; }

    /// <summary>The database that is to go live: a full path, or its name on the server.</summary>
    public required string Stage { get; init; }

    /// <summary>The copy of what is live now: a full path, or its name on the server.</summary>
    public required string Previous { get; init; }

    /// <summary>False where the target did not exist.</summary>
    public required bool TargetExisted { get; init; }

    /// <summary>True where the file itself is replaced rather than its contents; then the file's identity tells which side it is
    /// on.</summary>
    public bool ReplacesFile { get; init; }

    /// <summary>SQLite: the schema version of what is live before the swap. Every swap of contents raises it, and nothing ever lowers
    /// it.</summary>
    public long? SchemaVersion { get; init; }

    /// <summary>PostgreSQL: what tells the sides of the swap apart, and what must be lifted again.</summary>
    public ServerJournal? Server { get; init; }

    /// <summary>The runtime files that are replaced together with the database, or alone.</summary>
    public RuntimeJournal? Runtime { get; init; }

    public required DateTime StartedAt { get; init; }

    /// <summary>True for an undo on a server that makes the kept copy itself live again, so that it is no copy any more.</summary>
    [JsonIgnore]
    public bool TakesKeptCopy => Kind == JournalKind.Undo && Server is { Strategy: not RestoreStrategy.InPlace };

    /// <summary>The target, with the paths of this journal and of the lock.</summary>
    [JsonIgnore]
    public RestoreTarget Target { get; init; } = null!;

    /// <summary>The journal's path for a target.</summary>
    public static string PathFor(string target) => Beside(target, "journal.json");

    /// <summary>The lock's path for a target.</summary>
    public static string LockFor(string target) => Beside(target, "lock");

    /// <summary>The stage's path for a target.</summary>
    public static string StageFor(string target, string restoreId) => Beside(target, $"stage-{restoreId}");

    /// <summary>Takes the place of a restore's id in the name of a stage that is a copy of a kept copy.</summary>
    public const string KeptCopy = "copy";

    /// <summary>True where a path is that of a stage of the target, rather than of a kept copy.</summary>
    public static bool IsStage(string target, string path) =>
        System.IO.Path.GetFileName(path).StartsWith(StagePrefix(target), StringComparison.Ordinal);

    /// <summary>True where a path is that of a copy that a restore or an undo of the target keeps.</summary>
    public static bool IsKept(string target, string path) =>
        path.StartsWith(target + ".previous-", StringComparison.Ordinal) || path.StartsWith(target + ".undone-", StringComparison.Ordinal);

    /// <summary>True where a path is that of a file which only a process at work on the target needs: a stage, or a journal that was not
    /// finished.</summary>
    public static bool IsUnfinished(string target, string path) => IsStage(target, path)
        || (path.StartsWith(PathFor(target) + ".", StringComparison.Ordinal)
            && path.EndsWith(Files.PartialSuffix, StringComparison.Ordinal));

    /// <summary>Start of the names of all stages of a target.</summary>
    public static string StagePrefix(string target) => System.IO.Path.GetFileName(Beside(target, "stage-"));

    /// <summary>
    /// The path for a copy of the database that was live. The name has no leading dot, because operators should see what takes their space.
    /// </summary>
    public static string PreviousFor(string target, DateTime at, string restoreId, JournalKind kind) =>
        Invariant($"{target}.{(kind == JournalKind.Restore ? "previous" : "undone")}-{at:yyyyMMdd'T'HHmmss'Z'}-{restoreId}");

    /// <summary>Reads the journal of a target; null where there is none.</summary>
    public static RestoreJournal? Read(RestoreTarget target)
    {
        try
        {
            return JsonSerializer.Deserialize(Files.ReadAllBytes(target.JournalFile), EngineJson.Default.RestoreJournal) is { } journal
                ? journal with { Target = target } : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes this state durable.</summary>
    public void Save() => Files.WriteAtomically(Target.JournalFile,
        JsonSerializer.SerializeToUtf8Bytes(this, EngineJson.Readable.RestoreJournal), replace: true);

    /// <summary>The first entry of a restore or of its undo, without the names that the database allocates.</summary>
    public static RestoreJournal Begin(JournalKind kind, RestoreRecord record, RestoreTarget target, bool targetExists,
        DateTime startedAt) => new()
    {
        Kind = kind,
        RestoreId = record.RestoreId,
        Step = JournalStep.Started,
        RecordFile = record.RecordFile!,
        Target = target,
        TargetName = record.Target,
        TargetIdentity = record.TargetIdentity,
        Stage = "",
        Previous = "",
        TargetExisted = targetExists,
        StartedAt = startedAt,
    };

    /// <summary>Removes the journal, durably: nothing is left to recover from.</summary>
    public void Remove()
    {
        Files.Delete(Target.JournalFile);
        Files.SyncFolder(System.IO.Path.GetDirectoryName(Target.JournalFile)!);
    }

    private static string Beside(string target, string what) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(target)!, $".{System.IO.Path.GetFileName(target)}.postry-{what}");
}

/// <summary>The facts of a restore on a PostgreSQL server that its journal holds.</summary>
internal sealed record ServerJournal
{
    /// <summary>The strategy of the restore.</summary>
    public required RestoreStrategy Strategy { get; init; }

    /// <summary>Number of the live database before the swap; null where there was none.</summary>
    public uint? LiveOid { get; init; }

    /// <summary>Number of the database that is to go live, where it is another one.</summary>
    public uint? StageOid { get; init; }

    /// <summary>The transaction that swaps, as the server numbers it: whether it committed tells the side.</summary>
    public string? Transaction { get; init; }

    /// <summary>The schemas that are renamed, with the names under which they are kept.</summary>
    public IReadOnlyList<KeptSchema> Schemas { get; init; } = [];

    /// <summary>True from just before the live database is made read-only by default until that is lifted.</summary>
    public bool Frozen { get; init; }

    /// <summary>The database's setting of default_transaction_read_only before it was frozen; null if it was not set.</summary>
    public string? ReadOnlyBefore { get; init; }

    /// <summary>InPlace: the id of the full backup that was made first.</summary>
    public string? SafetyBackup { get; init; }
}

/// <summary>A schema and the name under which it is kept.</summary>
internal sealed record KeptSchema(string Name, string Kept);
