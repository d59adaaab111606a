using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Deployment;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>The notes of a plan: what an operator should know before the restore, and what does not forbid it.</summary>
/// <param name="settings">The settings.</param>
/// <param name="mode">The kind of database that is restored.</param>
internal sealed class RestoreNotes(OpsSettings settings, DatabaseMode mode)
{
    /// <summary>The notes on the backup itself, on its parts, and on the commands around the swap.</summary>
    public static IEnumerable<string> OfBackup(BackupSet set, RestoreTarget target, RestoreRequest request)
    {
        if (request.AllowUnverified && set.Status == BackupStatus.Unverified)
            yield return $"The signature is NOT verified: {set.StatusDetail}";
        if (set.Runtime.File is not null && !target.IsRuntime && !request.WithRuntime && request.RuntimeBackupFile is null)
            yield return $"The backup's runtime files ({set.Runtime}) are left alone; {OptionName.WithRuntime} restores them as " +
                $"well.{(set.Status == BackupStatus.Damaged ? $" {set.StatusDetail}" : "")}";
        if (Doubts(set) is { } doubts) yield return doubts;
        if (set.Scope is { } scope) yield return $"The backup is NOT the whole database: {scope}.";
        if (set.NotHeld.Count > 0) yield return $"The backup does not contain: {Omission.List(set.NotHeld)}.";
        if (set.Migration is { } migration) yield return $"The backup is at schema migration {migration}.";
        if (set.Legacy)
            yield return $"The backup was made by the old scripts: nothing proves that it holds all that " +
                $"{(target.IsRuntime ? "was there" : "the database held")}. {LegacyManifest.TimeNote}";
        else if (set.Fingerprint is not (FingerprintKind.Content or FingerprintKind.Live))
            yield return $"The backup was made with {OptionName.Fingerprint} {set.Fingerprint}: its bytes are proven, but not " +
                "its contents.";
        if (set.Tables.Count(table => table.Inconclusive is not null) is > 0 and var unread)
            yield return $"{unread} tables could not be fingerprinted when the backup was made.";
        if (set.SourceIdentity != (target.Identity ?? target.Name))
            yield return set.Legacy ? $"The {RestorePlanner.Source(target)} that the backup comes from is not known."
                : $"The backup comes from {set.Source}.";
        // The commands may come from a file that another user has written.
        if (request.Hooks.BeforeSwap is { } before) yield return $"Before the swap this command is run: {SecretMask.Text(before)}";
        if (request.Hooks.AfterSwap is { } after) yield return $"After the swap this command is run: {SecretMask.Text(after)}";
        if (RestoreJournal.Read(target) is { } journal)
            yield return
                $"The restore first recovers from an interrupted {journal.Kind.ToString().ToLowerInvariant()} ({journal.RestoreId}).";
    }

    /// <summary>The tags of the backup, the version of the application that was deployed when it was made, and that which is deployed
    /// now.</summary>
    public IEnumerable<string> OfDeployed(BackupSet set)
    {
        if (DeployedText.Tags(set.Tags) is { } tags) yield return $"The backup's tags: {tags}.";
        if (set.Deployed is not { } then) yield break;
        var now = new DeploymentReader(settings, SilentObserver.Instance).Read();
        yield return $"When the backup was made, this was deployed: {then}.";
        if (now is not null && then.FindDifference(now) is { } difference)
            yield return $"Now another version is deployed in {settings.RepoRoot}: {difference}.";
    }

    /// <summary>The smoke checks that decide before and after the swap. Errors: InvalidRequest, SourceNotFound,
    /// ConfigurationInvalid.</summary>
    public IEnumerable<string> OfSmoke(RestoreRequest request)
    {
        var operation = new SmokeOperation(settings, SilentObserver.Instance);
        if (SmokeGate.OfStage(request) is { } staged)
        {
            var before = operation.Plan(staged);
            if (before.Count == 0) throw SmokeGate.NothingToAsk(request);
            yield return $"Before the swap {Listed(before)} of the staged copy; nothing is swapped unless all pass.";
        }

        if (request.Smoke is not { Checks: { } checks } smoke) yield break;
        yield return $"After the swap {Listed(operation.Plan(checks with { Database = request.Target }))}; " +
            (smoke.OnFailure == SmokeFailureAction.Undo ? "a failed one undoes the restore." : "a failed one leaves the decision to you.");
    }

    private static string Listed(IReadOnlyList<SmokePlan> plans) =>
        $"{(plans.Count == 1 ? "1 smoke check is" : $"{plans.Count} smoke checks are")} made " +
        $"({string.Join(", ", plans.Select(plan => plan.Name))})";

    /// <summary>The objects that the rows of the backup do not allow: only a restore finds them, and its record keeps them for the next
    /// one.</summary>
    public IEnumerable<string> OfBrokenObjects(BackupSet set, RestoreRequest request)
    {
        if (mode != DatabaseMode.Postgres) yield break;
        var leave = request.Postgres.OnBrokenObject == BrokenObjectRule.Leave;
        var earlier = new RestoreRecords(settings).All().Where(record => record.BackupId == set.Id && record.BrokenObjects.Count > 0)
            .MaxBy(record => record.StartedAt);
        if (earlier is not null)
        {
            yield return $"The restore {earlier.RestoreId} of this backup found objects that cannot be created: " +
                (leave ? "every row comes back, and these are left out:"
                    : $"this restore will be refused for them, unless {OptionName.OnBrokenObject} Leave is added:");
            foreach (var one in earlier.BrokenObjects) yield return $"  {one}. To create it later: {one.Sql}";
        }
        else if (leave)
        {
            yield return "Objects that the rows or functions of the backup do not allow (keys, unique indexes, checks, views with " +
                "contents) are " +
                $"left out with {OptionName.OnBrokenObject} Leave; the record will list them with the SQL to make them later.";
        }
    }

    private static string? Doubts(BackupSet set) => set.Plausibility switch
    {
        { IsSuspicious: true } doubts => $"The backup is SUSPICIOUS: it may have been made after a loss of data. {doubts}",
        { Accepted: true } doubts => $"The backup was accepted when it was made ({OptionName.AcceptSmaller}): {doubts}",
        { MissingTables.Count: > 0 } small => $"Tables that held rows in {small.ComparedWith} are not in the backup: {small.MissingNames}.",
        _ => null,
    };

    /// <summary>The newer backups that Latest or Before skipped: an operator must know that the newest good one is not the newest of
    /// all.</summary>
    public IEnumerable<string> OfNewerBackups(BackupSet chosen, RestoreTarget target, BackupSelector selector)
    {
        if (selector is { Latest: false, Before: null }) return [];
        var catalog = new BackupCatalog(settings);
        return (target.IsRuntime ? catalog.RuntimeArchives() : catalog.All())
            .Where(set => set.SourceIdentity == chosen.SourceIdentity && set.SnapshotAt > chosen.SnapshotAt
                && (selector.Before is null || set.SnapshotAt < selector.Before))
            .OrderBy(set => set.SnapshotAt)
            .Select(set => FormattableString.Invariant(
                $"A newer backup was skipped: {set.Id}, {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, ")
                + (set.BeforeRestore is { } restore
                    ? $"holds what the restore {restore}, or its undo, replaced." : $"is {set.Status}. {set.StatusDetail}"));
    }
}
