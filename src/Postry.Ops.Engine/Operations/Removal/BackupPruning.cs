using System.IO.Enumeration;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Operations.Retention;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>Removes the backups that a retention policy does not keep, and the copies that restores and undos have kept long
/// enough.</summary>
/// <param name="settings">The backup root and the policy.</param>
/// <param name="observer">Hears of what was removed, and of problems.</param>
/// <param name="removeCopy">Removes a copy where it lies, which may be a server.</param>
internal sealed class BackupPruning(OpsSettings settings, IOperationObserver observer,
    Func<PreviousCopy, CancellationToken, Task<PreviousCopy>> removeCopy)
{
    private const int MostNamed = 20;

    private readonly BackupCatalog _catalog = new(settings);
    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>Says what the policy would keep and remove. Reads only. Errors: IntegrityKeyMissing, InvalidRequest,
    /// ConfigurationInvalid, SourceNotFound where no backup is of such a database, AccessDenied.</summary>
    public RetentionReport Plan(RetentionRequest request)
    {
        var policy = EffectivePolicy.Of(settings, request);
        var facts = Facts(policy);
        var copies = Decide(facts, request, out _);
        var gone = copies.Where(copy => copy.Action == RetentionAction.Remove).Select(copy => copy.Path).ToHashSet(StringComparer.Ordinal);
        return Report(policy, Decide(facts, request, gone), copies);
    }

    /// <summary>
    /// Removes what the policy does not keep, under the lock of the one writer, by a decision that is made there once more. A backup that
    /// cannot be removed stays, with the problem in its verdict, and does not keep the others. Errors: those of <see cref="Plan"/>,
    /// DatabaseBusy.
    /// </summary>
    public async Task<RetentionReport> RunAsync(RetentionRequest request, CancellationToken cancellation)
    {
        var policy = EffectivePolicy.Of(settings, request);
        // A restore holds the lock of its target when it waits for that of the backup root, so the copies come first.
        RequireKey();
        var copies = new PreviousCopies(settings).List(null).Count == 0 ? []
            : await RemoveCopiesAsync(Facts(policy), request, cancellation);
        using var writer = await BackupStores.Of(settings).OpenForWritingAsync(cancellation);
        var facts = Facts(policy);
        var verdicts = Decide(facts, request, new HashSet<string>());
        var sets = facts.Sets.ToDictionary(set => set.BackupFile, StringComparer.Ordinal);
        var removal = new BackupRemoval(settings, observer, facts.Sets);
        removal.RequireOthers([.. from verdict in verdicts where verdict.Action == RetentionAction.Remove select sets[verdict.BackupFile]]);
        var done = new List<RetentionVerdict>();
        foreach (var verdict in verdicts)
        {
            cancellation.ThrowIfCancellationRequested();
            done.Add(verdict.Action == RetentionAction.Keep ? verdict : Remove(removal, writer, verdict, sets[verdict.BackupFile]));
        }

        return Report(policy, done, copies);
    }

    private async Task<IReadOnlyList<PreviousCopyVerdict>> RemoveCopiesAsync(RetentionCase facts, RetentionRequest request,
        CancellationToken cancellation)
    {
        var done = new List<PreviousCopyVerdict>();
        foreach (var verdict in Decide(facts, request, out var copies))
        {
            cancellation.ThrowIfCancellationRequested();
            done.Add(verdict.Action == RetentionAction.Keep ? verdict : await RemoveAsync(verdict, copies[verdict.Path], cancellation));
        }

        return done;
    }

    private async Task<PreviousCopyVerdict> RemoveAsync(PreviousCopyVerdict verdict, PreviousCopy copy, CancellationToken cancellation)
    {
        try
        {
            await removeCopy(copy, cancellation);
            return verdict with { IsRemoved = true };
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException)
        {
            observer.Warning($"{copy.Path} was not removed: {e.Message}");
            return verdict with { Problem = e.Message };
        }
    }

    private RetentionVerdict Remove(BackupRemoval removal, IStoreWriter writer, RetentionVerdict verdict, BackupSet set)
    {
        try
        {
            removal.Remove(writer, set);
            return verdict with { IsRemoved = true };
        }
        catch (Exception e) when (e is BackupPinnedException or DatabaseBusyException)
        {
            return verdict with { Action = RetentionAction.Keep, Reasons = [e.Message] };
        }
        catch (Exception e) when (e is OpsException or IOException)
        {
            observer.Warning($"{set.Id} was not removed: {e.Message}");
            return verdict with { Problem = e.Message };
        }
    }

    // Without the key nobody can tell a good backup from a forged one, which could push the good ones out.
    private void RequireKey() => settings.Keys.SigningKey(settings.BackupRoot, allowWeak: true);

    private RetentionCase Facts(RetentionPolicy policy)
    {
        RequireKey();
        return new RetentionCase([.. _catalog.All()], policy, EffectivePolicy.ZoneOf(policy), DateTime.UtcNow,
            new Dictionary<string, string>());
    }

    /// <summary>The decisions on backups.</summary>
    /// <param name="facts">The case, with all backups.</param>
    /// <param name="request">Narrows it to a database.</param>
    /// <param name="gone">Copies that will be removed first, so that nothing is needed for them.</param>
    private IReadOnlyList<RetentionVerdict> Decide(RetentionCase facts, RetentionRequest request, IReadOnlySet<string> gone)
    {
        var sets = facts.Sets.Where(set => IsMeant(request, set.Database, set.Mode, set.SourceIdentity)).ToList();
        if (sets.Count == 0 && request.Database is { } name)
            throw new SourceNotFoundException(name, $"There is no backup of {name} in {settings.BackupRoot}.",
                $"{CommandName.ListBackups} lists what is there.");
        foreach (var set in sets.Where(set => set.PinProblem is not null))
            observer.Warning($"{set.Id} stays, because it has a pin that cannot be trusted. {set.PinProblem} " +
                $"{CommandName.UnpinBackup} {set.Id} removes the pin.");
        var verdicts = RetentionDecision.Decide(facts with { Sets = sets, Needed = Needed(gone, sets) });
        foreach (var (database, why) in verdicts.Where(verdict => verdict.Stopped is not null)
            .Select(verdict => (verdict.Database, verdict.Stopped)).Distinct())
            observer.Warning($"Nothing of {database} is removed: {why}.");
        return verdicts;
    }

    private IReadOnlyList<PreviousCopyVerdict> Decide(RetentionCase facts, RetentionRequest request,
        out IReadOnlyDictionary<string, PreviousCopy> copies)
    {
        var restores = new RestoreRecords(settings).All().ToDictionary(record => record.RestoreId, StringComparer.Ordinal);
        var found = new PreviousCopies(settings).List(null).Where(copy => restores.ContainsKey(copy.RestoreId)
            && restores[copy.RestoreId] is var record
            && IsMeant(request, record.Database, record.Mode, record.TargetIdentity ?? record.Target)).ToList();
        copies = found.ToDictionary(copy => copy.Path, StringComparer.Ordinal);
        return CopyDecision.Decide([.. found.Select(copy => (copy, restores[copy.RestoreId]))], facts);
    }

    private static bool IsMeant(RetentionRequest request, string database, DatabaseMode mode, string identity) =>
        request.Source is { } source ? source == (mode, identity)
            : request.Database is null || FileSystemName.MatchesSimpleExpression(request.Database, database, ignoreCase: false);

    /// <summary>The backups that restores and drills still need, by id, with the reason.</summary>
    private Dictionary<string, string> Needed(IReadOnlySet<string> gone, IReadOnlyList<BackupSet> sets)
    {
        var needed = new Dictionary<string, string>(StringComparer.Ordinal);
        var undoable = new PreviousCopies(settings).List(null).Where(copy => !gone.Contains(copy.Path)).ToLookup(copy => copy.RestoreId);
        foreach (var record in new RestoreRecords(settings).All())
        {
            if (record.Status is RestoreStatus.InProgress or RestoreStatus.AwaitingVerdict)
                needed.TryAdd(record.BackupId, $"in use by the restore {record.RestoreId}, which is {record.Status}");
            else if (undoable.Contains(record.RestoreId))
                needed.TryAdd(record.BackupId, $"the restore {record.RestoreId} came from it and can still be undone or repeated");
            // A restore in place, and its undo, keep what they replaced as a backup.
            foreach (var id in new[] { record.PreviousCopy, record.UndoneCopy }.OfType<string>().Where(copy => !gone.Contains(copy)))
                needed.TryAdd(id, $"what the restore {record.RestoreId} replaced");
        }

        foreach (var set in sets)
            if (_store.ReaderOf($"{BackupLayout.FolderOf(set.Mode)}/{Path.GetFileName(set.ManifestFile)}") is { } reader)
                needed.TryAdd(set.Id, $"in use: {reader}");
        foreach (var drill in new BegunDrills(settings).List())
            if (drill.Backup is { } backup) needed.TryAdd(backup.Id, $"in use by the drill {drill.DrillId}");
        return needed;
    }

    private static RetentionReport Report(RetentionPolicy policy, IReadOnlyList<RetentionVerdict> verdicts,
        IReadOnlyList<PreviousCopyVerdict> copies)
    {
        var gone = verdicts.Where(verdict => verdict.Action == RetentionAction.Remove).ToList();
        var old = copies.Where(copy => copy.Action == RetentionAction.Remove).ToList();
        var bytes = gone.Sum(verdict => verdict.SizeBytes) + old.Sum(copy => copy.SizeBytes);
        var words = EffectivePolicy.InWords(policy);
        var what = new[]
        {
            gone.Count == 0 ? null
                : Invariant($"{gone.Count} of {verdicts.Count} backups: {Some(gone.Select(verdict => verdict.BackupId))}"),
            old.Count == 0 ? null : Invariant($"{old.Count} of {copies.Count} previous copies: {Some(old.Select(copy => copy.Path))}"),
        }.OfType<string>().ToList();
        return new RetentionReport(words, verdicts, copies, bytes, what.Count == 0
            ? Invariant($"No backup of {verdicts.Count} is removed ({words}).")
            : Invariant($"Remove {string.Join("; and ", what)} ({bytes:N0} bytes). The rules: {words}. ") + "Nothing can bring them back.");
    }

    private static string Some(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(MostNamed)) + (all.Count > MostNamed ? " and others" : "");
    }
}
