using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The outcome of copying a backup to a destination.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CopyStatus>))]
public enum CopyStatus : long
{
    /// <summary>The backup was written, read back and published.</summary>
    Copied,

    /// <summary>The same backup was there; its bytes were read and are right.</summary>
    AlreadyThere,

    /// <summary>The destination has no good copy of the backup.</summary>
    Failed,
}

/// <summary>A folder that gets copies of backups. It is a backup root of its own.</summary>
/// <param name="Name">The name in postry.json; null for a folder that only the caller names.</param>
/// <param name="Path">Full path of the folder.</param>
/// <param name="Timeout">How long the folder may take to answer, and how long a copy may stand still.</param>
public sealed record CopyDestination(string? Name, string Path, TimeSpan Timeout)
{
    /// <summary>The time limit where nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public override string ToString() => Name is null ? Path : $"{Name} ({Path})";
}

/// <summary>The outcome for one backup and one destination.</summary>
/// <param name="BackupId">The backup's id. The property is not called Id, so that a copy never binds to a parameter that names a backup
/// of another folder.</param>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Mode">The engine.</param>
/// <param name="SnapshotAt">The moment whose data the backup holds, in UTC.</param>
/// <param name="DestinationName">The name of the destination in postry.json, or null.</param>
/// <param name="Destination">Full path of the destination.</param>
/// <param name="Status">Copied, AlreadyThere or Failed.</param>
/// <param name="SizeBytes">Size of the backup in bytes, with its runtime files.</param>
/// <param name="BackupFile">Full path of the copy; null where there is no good one.</param>
/// <param name="ErrorId">The stable id of the error, for example "NotEnoughSpace"; null where the copy is there.</param>
/// <param name="Problem">The error in words, or null.</param>
/// <param name="Hint">The next step, or null.</param>
/// <param name="Duration">The duration.</param>
public sealed record BackupCopy(
    [property: JsonPropertyName("id")] string BackupId, string Database, DatabaseMode Mode, DateTime SnapshotAt, string? DestinationName,
    string Destination, CopyStatus Status, long SizeBytes, string? BackupFile, string? ErrorId, string? Problem, string? Hint,
    TimeSpan Duration)
{
    /// <summary>Errors: CopyFailed where the destination has no good copy.</summary>
    public void Require()
    {
        if (Status == CopyStatus.Failed)
            throw new CopyFailedException(Destination,
                $"{BackupId} was not copied to {DestinationName ?? Destination} ({ErrorId}): {Problem}", Hint ?? "");
    }
}

/// <summary>The plan of a copy.</summary>
/// <param name="BackupId">The backup's id.</param>
/// <param name="Database">Logical name of the database.</param>
/// <param name="DestinationName">The name of the destination in postry.json, or null.</param>
/// <param name="Destination">Full path of the destination.</param>
/// <param name="SizeBytes">Size of the backup in bytes, with its runtime files.</param>
/// <param name="IsThere">True where all of the backup is there already.</param>
/// <param name="Summary">One sentence that says all of it.</param>
public sealed record CopyPlan([property: JsonPropertyName("id")] string BackupId, string Database, string? DestinationName,
    string Destination, long SizeBytes, bool IsThere, string Summary);
