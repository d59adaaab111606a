using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The paths of a target's journal and lock: beside a file; for a database on a server, among the records of the backup root.
/// </summary>
/// <param name="Name">The name of the target in records: a full path, or a URL without user and password.</param>
/// <param name="Identity">The identity of the database if its name does not give it; null for a file, whose path is its identity.</param>
/// <param name="JournalFile">Full path of the journal.</param>
/// <param name="LockFile">Full path of the lock.</param>
internal sealed record RestoreTarget(string Name, string? Identity, string JournalFile, string LockFile)
{
    private const string RuntimeName = "postry-runtime-files";

    /// <summary>True where the target is no database but the runtime files of a repo root.</summary>
    public bool IsRuntime { get; private init; }

    /// <summary>The target that is a file.</summary>
    public static RestoreTarget OfFile(string path) => new(path, null, RestoreJournal.PathFor(path), RestoreJournal.LockFor(path));

    /// <summary>The target that is a database on a server.</summary>
    public static RestoreTarget OnServer(string backupRoot, string name, string identity)
    {
        var stem = BackupLayout.ServerTarget(backupRoot, identity);
        return new RestoreTarget(name, identity, stem + ".postry-journal.json", stem + ".postry-lock");
    }

    /// <summary>The target that is the runtime files of a repo root.</summary>
    public static RestoreTarget OfRuntime(string root) => OfFile(Path.Combine(root, RuntimeName)) with { Name = root, IsRuntime = true };

    /// <summary>The target of a record.</summary>
    public static RestoreTarget Of(RestoreRecord record, string backupRoot) =>
        record.Mode == DatabaseMode.Runtime ? OfRuntime(record.Target)
        : record.TargetIdentity is { } identity ? OnServer(backupRoot, record.Target, identity)
        : OfFile(record.Target);

    /// <summary>True where a record is about this target, whatever address it was reached by.</summary>
    public bool Matches(RestoreRecord record) => Identity is null ? record.TargetIdentity is null && record.Target == Name
        : record.TargetIdentity == Identity;

    /// <summary>Waits for another process that works on the target, if the caller of the operation has asked for that.</summary>
    public Task WaitUntilFreeAsync(CancellationToken cancellation) => FileLock.WaitWhileHeldAsync(LockFile, Name, cancellation);

    /// <summary>The error for a target that another process works on, or null.</summary>
    public DatabaseBusyException? Busy() => FileLock.IsHeldByAnother(LockFile)
        ? new DatabaseBusyException(Name,
            $"{Name} is in use: {FileLock.ReadOwner(LockFile)?.ToString() ?? "another restore"}.",
            $"Wait until that command has finished, then run this one again. {LockWait.Longer}")
        : null;
}
