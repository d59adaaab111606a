using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>The commands of tests on a database of a server.</summary>
internal static class ServerCommands
{
    public static Task<BackupSet> BackUpAsync(this Workspace work, PostgresAddress source, FingerprintKind fingerprint =
        FingerprintKind.Content, PostgresBackupOptions? options = null) =>
        work.Engine.BackUpAsync(new BackupRequest { Source = source, Fingerprint = fingerprint, Postgres = options ?? new() });

    public static Task<RestorePlan> PlanAsync(this Workspace work, BackupSet set, PostgresAddress target, RestoreStrategy strategy =
        RestoreStrategy.Auto, bool allowDifferentSource = false,
        PostgresRestoreOptions? options = null, RestoreHooks? hooks = null) => work.Engine.PlanRestoreAsync(new RestoreRequest
    {
        Backup = new BackupSelector { Id = set.Id },
        Target = target,
        AllowDifferentSource = allowDifferentSource,
        Postgres = (options ?? new()) with { Strategy = options is { Strategy: not RestoreStrategy.Auto } ? options.Strategy : strategy },
        Hooks = hooks ?? new(),
    });

    public static async Task<RestoreRecord> RestoreAsync(this Workspace work, BackupSet set, PostgresAddress target,
        RestoreStrategy strategy = RestoreStrategy.Auto, bool allowDifferentSource = false,
        PostgresRestoreOptions? options = null, RestoreHooks? hooks = null) =>
            await work.Engine.RestoreAsync(await work.PlanAsync(set, target, strategy, allowDifferentSource, options, hooks));

    public static async Task<RestoreRecord> UndoAsync(this Workspace work, RestoreRecord restore, PostgresAddress connection) =>
        await work.Engine.UndoAsync(await work.PlanUndoAsync(restore, connection));

    public static Task<UndoPlan> PlanUndoAsync(this Workspace work, RestoreRecord restore, PostgresAddress connection) =>
        work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restore.RestoreId, Connection = connection });

    public static async Task<VerificationReport> PassesAsync(this Workspace work, BackupSet set, VerificationLevel level,
        DatabaseAddress? trialServer = null)
    {
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, level, trialServer);
        Assert.True(report.Status == CheckStatus.Passed,
            string.Join('\n', report.Checks.Where(check => check.Status != CheckStatus.Passed)));
        return report;
    }

    /// <summary>An error of the engine, with something that helps in its hint.</summary>
    public static async Task<T> RefusedAsync<T>(Func<Task> work, params string[] says) where T : OpsException
    {
        var e = await Assert.ThrowsAsync<T>(work);
        foreach (var word in says) Assert.Contains(word, $"{e.Message} Hint: {e.Hint}", StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(e.Hint));
        return e;
    }
}
