using System.IO.Enumeration;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Retention;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>Removes the backups that a retention policy does not keep.</summary>
internal sealed class BackupPruning(OpsSettings settings, IOperationObserver observer)
{
    private readonly BackupCatalog _catalog = new(settings);

    /// <summary>Says what the policy would keep and remove. Reads only. Errors: IntegrityKeyMissing, InvalidRequest,
    /// ConfigurationInvalid, SourceNotFound where no backup is of such a database, AccessDenied.</summary>
    public RetentionReport Plan(RetentionRequest request)
    {
        var policy = EffectivePolicy.Of(settings, request);
        return Report(policy, Decide(policy, request).Verdicts);
    }

    /// <summary>
    /// Removes what the policy does not keep, under the lock of the one writer, by a decision that is made there once more. A backup that
    /// cannot be removed stays, with the problem in its verdict, and does not keep the others. Errors: those of <see cref="Plan"/>,
    /// DatabaseBusy.
    /// </summary>
    public async Task<RetentionReport> RunAsync(RetentionRequest request, CancellationToken cancellation)
    {
        var policy = EffectivePolicy.Of(settings, request);
        using var writer = await BackupStores.Of(settings).OpenForWritingAsync(cancellation);
        var (verdicts, all) = Decide(policy, request);
        var sets = all.ToDictionary(set => set.BackupFile, StringComparer.Ordinal);
        var removal = new BackupRemoval(settings, observer, all);
        removal.RequireOthers([.. from verdict in verdicts where verdict.Action == RetentionAction.Remove select sets[verdict.BackupFile]]);
        var done = new List<RetentionVerdict>();
        foreach (var verdict in verdicts)
        {
            cancellation.ThrowIfCancellationRequested();
            done.Add(verdict.Action == RetentionAction.Keep ? verdict : Remove(removal, writer, verdict, sets[verdict.BackupFile]));
        }

        return Report(policy, done);
    }

    private RetentionVerdict Remove(BackupRemoval removal, IStoreWriter writer, RetentionVerdict verdict, BackupSet set)
    {
        try
        {
            removal.Remove(writer, set);
            return verdict with { IsRemoved = true };
        }
        catch (BackupPinnedException e)
        {
            return verdict with { Action = RetentionAction.Keep, Reasons = [e.Message] };
        }
        catch (Exception e) when (e is OpsException or IOException)
        {
            observer.Warning($"{set.Id} was not removed: {e.Message}");
            return verdict with { Problem = e.Message };
        }
    }

    private (IReadOnlyList<RetentionVerdict> Verdicts, IReadOnlyCollection<BackupSet> All) Decide(RetentionPolicy policy,
        RetentionRequest request)
    {
        // Without the key nobody can tell a good backup from a forged one, which could push the good ones out.
        settings.Keys.SigningKey(settings.BackupRoot, allowWeak: true);
        var all = _catalog.All();
        var sets = all.Where(set => request.Database is null
            || FileSystemName.MatchesSimpleExpression(request.Database, set.Database, ignoreCase: false)).ToList();
        if (sets.Count == 0 && request.Database is { } name)
            throw new SourceNotFoundException(name, $"There is no backup of {name} in {settings.BackupRoot}.",
                $"{CommandName.ListBackups} lists what is there.");
        foreach (var set in sets.Where(set => set.PinProblem is not null))
            observer.Warning($"{set.Id} stays, because it has a pin that cannot be trusted. {set.PinProblem} " +
                $"{CommandName.UnpinBackup} {set.Id} removes the pin.");
        var facts = new RetentionCase(sets, policy, EffectivePolicy.ZoneOf(policy), DateTime.UtcNow, Needed());
        return (RetentionDecision.Decide(facts), all);
    }

    /// <summary>The backups that restores and drills still need, by id, with the reason.</summary>
    private Dictionary<string, string> Needed()
    {
        var needed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in new RestoreRecords(settings).All())
        {
            if (record.Status is RestoreStatus.InProgress or RestoreStatus.AwaitingVerdict)
                needed.TryAdd(record.BackupId, $"in use by the restore {record.RestoreId}, which is {record.Status}");
            else if (record.PreviousCopy is not null || record.UndoneCopy is not null)
                needed.TryAdd(record.BackupId, $"the restore {record.RestoreId} came from it and can still be undone or repeated");
        }

        foreach (var drill in new BegunDrills(settings).List())
            if (drill.Backup is { } backup) needed.TryAdd(backup.Id, $"in use by the drill {drill.DrillId}");
        return needed;
    }

    private static RetentionReport Report(RetentionPolicy policy, IReadOnlyList<RetentionVerdict> verdicts)
    {
        var gone = verdicts.Where(verdict => verdict.Action == RetentionAction.Remove).ToList();
        var (bytes, words) = (gone.Sum(verdict => verdict.SizeBytes), EffectivePolicy.InWords(policy));
        var summary = gone.Count == 0 ? Invariant($"No backup of {verdicts.Count} is removed ({words}).")
            : Invariant($"Remove {gone.Count} of {verdicts.Count} backups ({bytes:N0} bytes): {string.Join(", ", gone.Take(20)
                .Select(verdict => verdict.BackupId))}{(gone.Count > 20 ? " and others" : "")}. The rules: {words}. ")
                + "Nothing can bring them back.";
        return new RetentionReport(words, verdicts, bytes, summary);
    }
}
