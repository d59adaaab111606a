using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>Copies backups to one destination. A copy that fails is a result.</summary>
internal sealed class BackupCopying(OpsSettings settings, CopyDestination to, IOperationObserver observer)
{
    // Backups of several databases may end at the same time, and each of them is to get its turn.
    private static readonly TimeSpan WaitForOtherWriter = TimeSpan.FromMinutes(10);

    private readonly IBackupStore _store = BackupStores.At(to.Path, WaitForOtherWriter);
    private readonly StallGuard _guard = new(to.Timeout);

    /// <summary>Says what a copy would do. Reads only. Errors: those that a copy would fail with.</summary>
    public async Task<CopyPlan> PlanAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        try
        {
            var copy = SetOf(backup);
            await RequireFolderAsync(backup, cancellation);
            var missing = await FindMissingAsync(copy, cancellation);
            var set = backup.Set;
            return new CopyPlan(set.Id, set.Database, to.Name, to.Path, copy.Bytes, missing.Count == 0, missing.Count == 0
                ? $"{set.Id} of {set.Database} is in {to} already; its bytes are read and compared."
                : Invariant($"Copy the backup {set.Id} of {set.Database}, taken {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC ")
                    + Invariant($"({SetCopy.BytesOf(missing):N0} bytes), to {to}."));
        }
        catch (Exception e) when (Explain(e) is { } known)
        {
            throw known;
        }
    }

    /// <summary>Copies a backup, reads it back and publishes it; what is there already is read and compared.</summary>
    public async Task<BackupCopy> RunAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var set = backup.Set;
        BackupCopy Result(CopyStatus status, long bytes = 0, string? file = null, OpsException? problem = null, string? errorId = null)
        {
            var copy = new BackupCopy(set.Id, set.Database, set.Mode, set.SnapshotAt, to.Name, to.Path, status, bytes, file,
                problem?.ErrorId ?? errorId, problem?.Message, problem?.Hint, clock.Elapsed);
            observer.Report(new BackupCopied(set, copy));
            return copy;
        }

        try
        {
            using var lease = BackupLease.Take(settings, set);
            var copy = SetOf(backup);
            var isNew = await CopyAsync(copy, backup, cancellation);
            if (set.DatabaseStatus == BackupStatus.Unverified)
                observer.Warning($"{set.Id} is in {to} as it is here, but its signature could not be checked. " +
                    $"{CommandName.TestBackup} with the key that signed it says whether it is genuine.");
            return Result(isNew ? CopyStatus.Copied : CopyStatus.AlreadyThere, copy.Bytes, _store.NameOf(copy.Key));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Result(CopyStatus.Failed, errorId: "Interrupted");
            throw;
        }
        // A folder that cannot be meant is the caller's mistake; one of postry.json must not end a backup that is made.
        catch (Exception e) when (Explain(e) is { } known && (known is not InvalidRequestException || to.Name is not null))
        {
            return Result(CopyStatus.Failed, problem: known);
        }
    }

    /// <summary>Copies what the destination lacks. Returns false where it had everything.</summary>
    private async Task<bool> CopyAsync(SetCopy copy, LoadedBackup backup, CancellationToken cancellation)
    {
        await RequireFolderAsync(backup, cancellation);
        var writer = await OpenAsync(cancellation);
        return await _guard.RunAsync(async stop =>
        {
            using (writer)
            {
                // The writer has swept what a killed copy left, and another copy may have ended while this one waited.
                var missing = copy.FindMissing(_store);
                RequireSpace(missing);
                await copy.CheckAsync(copy.Except(missing), _store, stop);
                if (missing.Count > 0) await copy.CopyAsync(missing, writer, stop);
                await CopyEvidenceAsync(backup, stop);
                return missing.Count > 0;
            }
        }, Stalled, cancellation);
    }

    // The copy is as good without it, so that only a warning is due.
    private async Task CopyEvidenceAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        try
        {
            await new EvidenceCopy(backup.Store, _store, to.Path).RunAsync(_guard.Alive, cancellation);
        }
        catch (Exception e) when (Explain(e) is { } known)
        {
            observer.Warning($"The evidence of drills and tests was not copied to {to}: {known.Message}");
        }
    }

    private Task<bool> RequireFolderAsync(LoadedBackup backup, CancellationToken cancellation) => _guard.RunAsync(_ =>
        {
            DestinationFolder.Require(to, backup.Store.Name);
            return Task.FromResult(true);
        }, Stalled, cancellation);

    private Task<IReadOnlyList<SetPart>> FindMissingAsync(SetCopy copy, CancellationToken cancellation) => _guard.RunAsync(_ =>
        {
            var missing = copy.FindMissing(_store);
            RequireSpace(missing);
            return Task.FromResult(missing);
        }, Stalled, cancellation);

    private async Task<IStoreWriter> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            DestinationFolder.Make(to);
            return await _store.OpenForWritingAsync(cancellation);
        }
        catch (AccessDeniedException e)
        {
            throw Denied(e.InnerException ?? e);
        }
    }

    private SetCopy SetOf(LoadedBackup backup) =>
        new(backup, SetPart.Of(backup, settings.Keys), observer, _guard.Alive);

    private void RequireSpace(IReadOnlyList<SetPart> missing)
    {
        var needed = SetCopy.BytesOf(missing);
        if (missing.Count == 0 || _store.FreeBytes is not { } free || free >= needed) return;
        throw new NotEnoughSpaceException(to.Path,
            Invariant($"{to} has {free:N0} bytes free, and the copy needs {needed:N0}. Nothing was written."), "Free space there.");
    }

    private OpsException? Explain(Exception e) => e switch
    {
        OpsException known => known,
        _ when Files.IsDiskFull(e) => new NotEnoughSpaceException(to.Path,
            $"The disk (or a quota or size limit) of {to} became full; nothing of the copy was kept.", "Free space there.", e),
        UnauthorizedAccessException => Denied(e),
        IOException => new DestinationUnreachableException(to.Path, $"{to}: {e.Message}",
            "See that the folder and the disk or the share below it are in order, then copy again.", e),
        _ => null,
    };

    private AccessDeniedException Denied(Exception e) => new(to.Path, $"{to} cannot be written: {e.Message}",
        "Run as a user who may write there.", e);

    private DestinationUnreachableException Stalled() => new(to.Path,
        $"{to} has not answered for {Durations.Write(to.Timeout)}; the copy was given up.",
        "See whether the share is mounted and its server is up, then copy again.");
}
