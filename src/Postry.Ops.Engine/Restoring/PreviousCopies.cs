using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Restoring;

/// <summary>The copies that restores and undos keep of what they replaced.</summary>
internal sealed class PreviousCopies(OpsSettings settings, IDatabaseEngine engine)
{
    private const string Operation = "RemovePreviousCopy";
    private readonly RestoreRecords _records = new(settings);

    /// <summary>The copies that are still there, oldest first.</summary>
    public IReadOnlyList<PreviousCopy> List(string? target) => [.. _records.All()
        .Where(record => target is null || record.Target == target)
        .SelectMany(record => new[] { (Path: record.PreviousCopy, At: record.SwappedAt ?? record.StartedAt), (Path: record.UndoneCopy, At: record.EndedAt ?? record.StartedAt) }
            .Where(copy => copy.Path is not null && engine.SizeOf(copy.Path) > 0)
            .Select(copy => new PreviousCopy(record.RestoreId, record.Target, copy.Path!, engine.SizeOf(copy.Path!), copy.At)))
        .OrderBy(copy => copy.TakenAt)];

    /// <summary>Removes a copy for good.</summary>
    public PreviousCopy Remove(PreviousCopy copy)
    {
        using var held = FileLock.TryAcquire(RestoreJournal.LockFor(copy.Target), Operation, copy.Target)
            ?? throw new DatabaseBusyException(Operation, copy.Target, $"{copy.Target} is being restored or undone.", "Wait until that has finished.");
        // Only what a record says is a copy is removed, whatever the caller's object says.
        var record = _records.All().FirstOrDefault(r => r.RestoreId == copy.RestoreId && (r.PreviousCopy == copy.Path || r.UndoneCopy == copy.Path))
            ?? throw new SourceNotFoundException(Operation, copy.Path, $"No restore record names {copy.Path} as its copy.", "Get-PostryPreviousCopy lists the copies.");
        if (record.Status is RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress) throw UndoOperation.AwaitsVerdict(record);
        engine.RemoveCopy(copy.Path);
        RestoreRecords.Save(record.PreviousCopy == copy.Path ? record with { PreviousCopy = null } : record with { UndoneCopy = null });
        return copy with { Removed = true };
    }
}
