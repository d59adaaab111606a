using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Events;

/// <summary>The events by which operations tell what came of them: each once, in order, with the record that is on the disk by
/// then.</summary>
public sealed class OperationEventTests : IDisposable
{
    private readonly Workspace _work = new();

    public OperationEventTests() => Commands.Sqlite(App, "CREATE TABLE t(a); INSERT INTO t VALUES ('backed up');");

    private string App => _work["app.db"];

    private OperationEvent Outcome => Assert.Single(_work.Reporter.Outcomes);

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_backup()
    {
        var set = await _work.BackUpAsync(App);
        Assert.Same(set, Assert.IsType<BackupCompleted>(Outcome).Backup);
    }

    [StockFact]
    public async Task A_backup_that_fails()
    {
        var error = await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(_work["none.db"]));
        Assert.Equal(new BackupFailed(_work["none.db"], error), Outcome);
    }

    [StockFact]
    public async Task A_backup_that_is_stopped()
    {
        using var cancel = new CancellationTokenSource();
        _work.Reporter.OnProgress = _ => cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _work.BackUpAsync(App, cancellation: cancel.Token));
        Assert.IsAssignableFrom<OperationCanceledException>(Assert.IsType<BackupFailed>(Outcome).Error);
    }

    [StockFact]
    public async Task A_restore_and_its_undo()
    {
        var plan = await PlanAsync();
        var onDisk = new List<RestoreStatus>();
        var engine = new OpsEngine(_work.Settings(), [new Callback(_ => onDisk.AddRange(_work.Engine.ListRestores().Select(r => r.Status))),
            _work.Reporter]);
        var record = await engine.RestoreAsync(plan);
        Assert.Collection(_work.Reporter.Outcomes,
            happened => Assert.Equal((record.RestoreId, true), Staged(happened)),
            happened => Assert.Same(record, Assert.IsType<RestoreCommitted>(happened).Restore));

        _work.Reporter.Forget();
        var undone = await _work.UndoAsync(record.RestoreId);
        Assert.Equal(new RestoreUndone(undone, null), Outcome);
        Assert.Equal([RestoreStatus.InProgress, RestoreStatus.Committed], onDisk);
    }

    [StockFact]
    public async Task A_restore_that_undoes_itself()
    {
        var plan = await PlanAsync(new RestoreHooks { AfterSwap = "exit 1" });
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => _work.Engine.RestoreAsync(plan));
        var undone = Assert.IsType<RestoreUndone>(AfterStaged());
        Assert.Same(error, undone.Error);
        Assert.Equal((RestoreStatus.Undone, _work.Engine.ListRestores()[0].Detail), (undone.Restore.Status, undone.Restore.Detail));
    }

    [StockFact]
    public async Task A_restore_that_awaits_its_verdict_and_gets_it()
    {
        var plan = await PlanAsync();
        var operation = new RestoreOperation(_work.Settings(), new SqliteDatabase(_work.Settings(), new SqliteAddress(App),
            _work.Reporter), _work.Reporter)
        {
            LiveChecks = [(_, _) => Task.FromResult(new Check("Smoke", CheckStatus.Inconclusive, "up", "no answer"))],
        };
        var record = await operation.RunAsync(plan, CancellationToken.None);
        Assert.Equal(new RestoreAwaitingVerdict(record), AfterStaged());

        _work.Reporter.Forget();
        var accepted = await _work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId });
        Assert.Equal(new RestoreCommitted(accepted), Outcome);
    }

    [StockFact]
    public async Task A_restore_that_fails_before_its_swap()
    {
        var plan = await PlanAsync(new RestoreHooks { BeforeSwap = "exit 1" });
        var error = await Assert.ThrowsAsync<ToolFailedException>(() => _work.Engine.RestoreAsync(plan));
        var failed = Assert.IsType<RestoreFailed>(AfterStaged());
        Assert.Equal((App, RestoreStatus.Failed), (failed.Target, failed.Restore?.Status));
        Assert.Same(error, failed.Error);
    }

    [StockFact]
    public async Task A_restore_that_is_refused_before_it_begins()
    {
        var plan = await PlanAsync();
        File.Delete(App);
        var error = await Assert.ThrowsAsync<RestoreRefusedException>(() => _work.Engine.RestoreAsync(plan));
        Assert.Equal(new RestoreFailed(App, null, error), Outcome);
    }

    [StockTheory]
    [InlineData("Swapping")]
    [InlineData("Swapped")]
    public async Task A_restore_whose_process_died_is_told_of_by_the_command_that_recovers_it(string step)
    {
        var plan = await PlanAsync();
        using var host = HostProcess.RunToEnd("restore", _work.BackupRoot, App, $"id={plan.Backup.Id}", $"kill={step}");
        host.WaitForEnd();
        await _work.Engine.CompleteAsync(new RestoreSelector { Latest = true });
        var record = Assert.Single(_work.Engine.ListRestores());
        if (step == "Swapped")
        {
            Assert.Collection(_work.Reporter.Outcomes, happened => Assert.IsType<RestoreAwaitingVerdict>(happened),
                happened => Assert.IsType<RestoreCommitted>(happened));
            return;
        }

        var failed = Assert.IsType<RestoreFailed>(Outcome);
        Assert.Equal((record.RestoreId, RestoreStatus.Failed, null), (failed.Restore!.RestoreId, failed.Restore.Status, failed.Error));
    }

    [StockFact]
    public async Task An_undo_that_fails()
    {
        var record = await _work.Engine.RestoreAsync(await PlanAsync());
        var plan = await _work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId });
        File.Delete(record.PreviousCopy!);
        _work.Reporter.Forget();
        var error = await Assert.ThrowsAnyAsync<OpsException>(() => _work.Engine.UndoAsync(plan));
        Assert.Equal(new UndoFailed(plan.Restore, error), Outcome);
    }

    [StockFact]
    public async Task A_test_whose_trial_restore_is_its_own_affair()
    {
        var set = await _work.BackUpAsync(App);
        _work.Reporter.Forget();
        var report = await _work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal(CheckStatus.Passed, report.Status);
        Assert.Equal([typeof(EvidenceWritten), typeof(TestCompleted)], _work.Reporter.Outcomes.Select(outcome => outcome.GetType()));
        Assert.Equal(new TestCompleted(report), _work.Reporter.Outcomes[1]);
        Assert.NotNull(report.DrillId);
    }

    [StockFact]
    public async Task A_test_that_the_backup_does_not_pass()
    {
        var set = await _work.BackUpAsync(App);
        await using (var file = File.OpenWrite(set.BackupFile)) file.SetLength(10);
        _work.Reporter.Forget();
        await _work.TestAsync(set.Id, VerificationLevel.Contents);
        // The evidence is signed before the result is reported.
        Assert.Equal([typeof(EvidenceWritten), typeof(TestCompleted)], _work.Reporter.Outcomes.Select(outcome => outcome.GetType()));
        Assert.Equal(CheckStatus.Failed, ((TestCompleted)_work.Reporter.Outcomes[^1]).Report.Status);
    }

    [StockFact]
    public async Task A_removal()
    {
        var set = await _work.BackUpAsync(App);
        _work.Reporter.Forget();
        var removed = await _work.Engine.RemoveBackupAsync(_work.Engine.PlanRemoval(new BackupSelector { Id = set.Id }), allowLast: true);
        var happened = Assert.IsType<BackupRemoved>(Outcome);
        Assert.Equal((set.Id, removed.Bytes), (happened.Backup.Id, happened.Bytes));
    }

    [StockFact]
    public async Task An_observer_that_throws_harms_neither_the_operation_nor_the_others()
    {
        var engine = new OpsEngine(_work.Settings(), [new Callback(_ => throw new IOException("The mail server is down.")),
            _work.Reporter]);
        var set = await engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(App) });
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Equal(new BackupCompleted(set), Outcome);
    }

    private async Task<RestorePlan> PlanAsync(RestoreHooks? hooks = null)
    {
        var set = await _work.BackUpAsync(App);
        Commands.Sqlite(App, "UPDATE t SET a = 'live';");
        _work.Reporter.Forget();
        return await _work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(App),
            Hooks = hooks ?? new RestoreHooks(),
        });
    }

    private OperationEvent AfterStaged()
    {
        Assert.Equal(2, _work.Reporter.Outcomes.Count);
        Assert.IsType<RestoreStaged>(_work.Reporter.Outcomes[0]);
        return _work.Reporter.Outcomes[1];
    }

    private static (string Id, bool HasChecks) Staged(OperationEvent happened)
    {
        var record = Assert.IsType<RestoreStaged>(happened).Restore;
        return (record.RestoreId, record.Checks.Count > 0);
    }

    /// <summary>Does something at every outcome.</summary>
    private sealed class Callback(Action<OperationEvent> act) : IOperationObserver
    {
        public void Report(OperationEvent happened)
        {
            if (happened is not (OperationProgress or OperationDetail or OperationWarning)) act(happened);
        }
    }
}
