using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>The copies that restores and undos keep of what they replaced.</summary>
internal sealed class PreviousCopies(OpsSettings settings)
{
    private readonly RestoreRecords _records = new(settings);

    /// <summary>Lists the existing copies, oldest first. A copy on a server counts as existing until this class removes it.</summary>
    /// <param name="target">The target; null for all.</param>
    /// <param name="address">The address that the operator uses to look into the copies on a server; null for DATABASE_URL.</param>
    public IReadOnlyList<PreviousCopy> List(RestoreTarget? target, PostgresAddress? address = null) => [.. _records.All()
        .Where(record => target is null || target.Matches(record))
        .SelectMany(record => Of(record).Select(copy =>
            copy with { InspectCommand = Inspection.Command(record, copy.Path, Address(record, address)) }))
        .OrderBy(copy => copy.TakenAt)];

    /// <summary>Removes a copy for good.</summary>
    public async Task<PreviousCopy> RemoveAsync(PreviousCopy copy, RestoreRecord record, IRestorable database,
        CancellationToken cancellation)
    {
        await using var held = await database.LockAsync(RestoreTarget.Of(record, settings.BackupRoot), cancellation);
        // The record may have changed before the lock was taken.
        record = Named(copy);
        if (record.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress) throw UndoOperation.AwaitsVerdict(record);
        var previous = IsPrevious(record, copy);
        var files = previous ? record.Runtime?.KeptFolder : record.Runtime?.UndoneFolder;
        if (copy.Path != files) await database.RemoveCopyAsync(copy.Path, cancellation);
        // Files that were replaced together with the database are removed together with its copy.
        if (files is not null) PreviousFiles.Remove(files);
        Forget(copy, previous
            ? record with { PreviousCopy = null, Runtime = record.Runtime is { } kept ? kept with { KeptFolder = null } : null }
            : record with { UndoneCopy = null, Runtime = record.Runtime is { } undone ? undone with { UndoneFolder = null } : null });
        return copy with { Removed = true };
    }

    // The backup root may be on another disk that is full as well. The record of a file that is gone needs no change to be true.
    private static void Forget(PreviousCopy copy, RestoreRecord record)
    {
        try
        {
            RestoreRecords.Save(record);
        }
        catch (Exception e) when (Files.IsDiskFull(e) && record.TargetIdentity is null && !Path.Exists(copy.Path))
        {
            // Lists and undos look whether the file is there.
        }
    }

    /// <summary>The record that names a copy: only what a record says is a copy is removed, whatever the caller's object says.</summary>
    public RestoreRecord Named(PreviousCopy copy) =>
        _records.All().FirstOrDefault(r => r.RestoreId == copy.RestoreId
            && (IsPrevious(r, copy) || r.UndoneCopy == copy.Path || r.Runtime?.UndoneFolder == copy.Path))
        ?? throw new SourceNotFoundException(copy.Path, $"No restore record names {copy.Path} as its copy.",
            $"{CommandName.ListPreviousCopies} lists the copies.");

    private static IEnumerable<PreviousCopy> Of(RestoreRecord record)
    {
        // A server that has taken its kept copy back may leave only the files.
        var database = IsLiveAgain(record) ? null : record.PreviousCopy;
        if ((database ?? record.Runtime?.KeptFolder) is { } previous
            && Size(record, database, record.PreviousCopyBytes, record.Runtime?.KeptFolder) is > 0 and var kept)
            yield return new PreviousCopy(record.RestoreId, record.Target, previous, kept, record.SwappedAt ?? record.StartedAt);
        if ((record.UndoneCopy ?? record.Runtime?.UndoneFolder) is { } undone
            && Size(record, record.UndoneCopy, record.UndoneCopyBytes, record.Runtime?.UndoneFolder) is > 0 and var taken)
            yield return new PreviousCopy(record.RestoreId, record.Target, undone, taken, record.EndedAt ?? record.StartedAt);
    }

    // Records hold no user, but DATABASE_URL may name the role for that server. If it cannot be read, the list is still useful.
    private string Address(RestoreRecord record, PostgresAddress? named)
    {
        try
        {
            return (named ?? settings.DefaultAddress()) is { } address && address.Name == record.Target ? address.Url
                : record.Target;
        }
        catch (OpsException)
        {
            return record.Target;
        }
    }

    private static bool IsPrevious(RestoreRecord record, PreviousCopy copy) => record.PreviousCopy == copy.Path
        || record.Runtime?.KeptFolder == copy.Path;

    // An undo gives a kept database or schema its old name back; a file that it put back is found to be gone, and a backup stays.
    private static bool IsLiveAgain(RestoreRecord record) =>
        record is { Status: RestoreStatus.Undone, TargetIdentity: not null, Strategy: not RestoreStrategy.InPlace };

    private static long Size(RestoreRecord record, string? copy, long? recorded, string? files)
    {
        var database = copy is null || record.Mode == DatabaseMode.Runtime ? 0 : record.TargetIdentity is null ? SqliteFiles.Size(copy)
            : recorded ?? 1;
        return database + PreviousFiles.SizeOf(files);
    }
}
