using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;

namespace Postry.Ops.Engine.Restoring;

/// <summary>How far a restore or an undo has come. The order is the order of work.</summary>
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

/// <summary>What a journal is about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalKind>))]
internal enum JournalKind
{
    Restore,
    Undo,
}

/// <summary>The file beside a target that says how far a restore has come, durable at every step, so that whoever comes after a crash can settle it.</summary>
internal sealed record RestoreJournal
{
    public required JournalKind Kind { get; init; }
    public required string RestoreId { get; init; }
    public required JournalStep Step { get; init; }

    /// <summary>Full path of the restore's record.</summary>
    public required string RecordFile { get; init; }

    public required string Target { get; init; }

    /// <summary>Full path of the database that is to go live.</summary>
    public required string Stage { get; init; }

    /// <summary>Full path of the copy of what is live now.</summary>
    public required string Previous { get; init; }

    /// <summary>False where the target did not exist.</summary>
    public required bool TargetExisted { get; init; }

    /// <summary>True where the file itself is replaced rather than its contents; then the file's identity tells which side it is on.</summary>
    public bool ReplacesFile { get; init; }

    /// <summary>SQLite: the schema version of what is live before the swap. Every swap of contents raises it, and nothing ever lowers it.</summary>
    public long? SchemaVersion { get; init; }

    public required DateTime StartedAt { get; init; }

    /// <summary>The journal's path for a target.</summary>
    public static string PathFor(string target) => Beside(target, "journal.json");

    /// <summary>The lock's path for a target.</summary>
    public static string LockFor(string target) => Beside(target, "lock");

    /// <summary>The stage's path for a target.</summary>
    public static string StageFor(string target, string restoreId) => Beside(target, $"stage-{restoreId}");

    /// <summary>Takes the place of a restore's id in the name of a stage that is a copy of a kept copy.</summary>
    public const string KeptCopy = "copy";

    /// <summary>True where a path is that of a stage of the target, rather than of a kept copy.</summary>
    public static bool IsStage(string target, string path) => System.IO.Path.GetFileName(path).StartsWith(StagePrefix(target), StringComparison.Ordinal);

    /// <summary>True where a path is that of a file which only a process at work on the target needs: a stage, or a journal that was not finished.</summary>
    public static bool IsUnfinished(string target, string path) => IsStage(target, path)
        || (path.StartsWith(PathFor(target) + ".", StringComparison.Ordinal) && path.EndsWith(Files.PartialSuffix, StringComparison.Ordinal));

    /// <summary>Start of the names of all stages of a target.</summary>
    public static string StagePrefix(string target) => System.IO.Path.GetFileName(Beside(target, "stage-"));

    /// <summary>The path for a copy of what was live. Not hidden: operators should see what takes their space.</summary>
    public static string PreviousFor(string target, DateTime at, string restoreId, JournalKind kind) =>
        $"{target}.{(kind == JournalKind.Restore ? "previous" : "undone")}-{at:yyyyMMdd'T'HHmmss'Z'}-{restoreId}";

    /// <summary>Reads the journal of a target; null where there is none.</summary>
    public static RestoreJournal? Read(string target)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathFor(target)), EngineJson.Default.RestoreJournal);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes this state durable.</summary>
    public void Save() => Files.WriteAtomically(PathFor(Target), JsonSerializer.SerializeToUtf8Bytes(this, EngineJson.Readable.RestoreJournal), replace: true);

    /// <summary>Takes the journal away, durably: the restore is settled.</summary>
    public void Remove()
    {
        File.Delete(PathFor(Target));
        Files.SyncFolder(System.IO.Path.GetDirectoryName(Target)!);
    }

    private static string Beside(string target, string what) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(target)!, $".{System.IO.Path.GetFileName(target)}.postry-{what}");
}
