using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Unattended.Jobs;

namespace Postry.Ops.Engine.Tests.Unattended;

/// <summary>Jobs: the steps of a night, what a failed one means, and what is left to see in the morning.</summary>
public sealed class JobTests : IDisposable
{
    private readonly Workspace _work = new();

    public JobTests()
    {
        foreach (var name in new[] { "app", "shop" })
            Commands.Sqlite(_work[$"{name}.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
        Directory.CreateDirectory(_work["nas"]);
    }

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_night_backs_up_tests_copies_prunes_and_writes_metrics()
    {
        var report = await RunAsync("""
            { "kind": "backup" }, { "kind": "test", "level": "Contents" }, { "kind": "copy" }, { "kind": "prune" },
            { "kind": "metrics", "path": "postry.prom" }
            """, "\"destinations\": { \"nas\": { \"path\": \"nas\" } }, \"retention\": { \"keepLast\": 3 },");
        Assert.Equal(("nightly", CheckStatus.Passed, "5 of 5 steps passed"), (report.Job, report.Status, report.Detail));
        Assert.Equal(["Backup", "Test Contents", "Copy", "Prune", "Metrics"], report.Steps.Select(step => step.Name));
        Assert.All(report.Steps, step => Assert.Equal((CheckStatus.Passed, 0), (step.Status, step.Problems.Count)));
        var sets = _work.Engine.ListBackups(new BackupQuery());
        Assert.Equal(["app", "shop"], sets.Select(set => set.Database).Order());
        Assert.Equal(2, new OpsEngine(_work.Settings() with { BackupRoot = _work["nas"] }, []).ListBackups(new BackupQuery()).Count);
        Assert.Contains("postry_last_backup_timestamp_seconds{database=\"app\"}", File.ReadAllText(_work["postry.prom"]), StringComparison.Ordinal);

        var entry = _work.Engine.History(new HistoryQuery { Operations = ["Job"] }).Entries.Single();
        Assert.Equal(("nightly", HistoryResult.Succeeded, "Passed", "5 of 5 steps passed", CheckStatus.Passed),
            (entry.Job, entry.Result, entry.Outcome, entry.Detail, entry.Integrity));
        Assert.Equal(entry.Number, _work.Engine.History(new HistoryQuery()).Entries[0].Number);
        Assert.True((await _work.Engine.CheckCatalogAsync()).IsClean);
    }

    [StockFact]
    public async Task A_failed_step_ends_the_job_unless_it_is_to_go_on_and_one_database_does_not_stop_the_others()
    {
        File.Delete(_work["app.db"]);
        var stopped = await RunAsync("""{ "kind": "backup" }, { "kind": "command", "command": "touch after" }""");
        Assert.Equal((CheckStatus.Failed, "0 of 2 steps passed; Backup failed"), (stopped.Status, stopped.Detail));
        var problem = Assert.Single(stopped.Steps[0].Problems);
        Assert.Equal(("app", "SourceNotFound"), (problem.Subject, problem.ErrorId));
        Assert.Equal("shop", Assert.Single(_work.Engine.ListBackups(new BackupQuery())).Database);
        Assert.Equal((CheckStatus.Skipped, "Backup did not succeed."), (stopped.Steps[1].Status, stopped.Steps[1].Detail));
        Assert.False(File.Exists(_work["after"]));

        var going = await RunAsync("""{ "kind": "backup", "onFailure": "continue" }, { "kind": "command", "command": "touch after" }""");
        Assert.Equal((CheckStatus.Failed, "1 of 2 steps passed; Backup failed"), (going.Status, going.Detail));
        Assert.True(File.Exists(_work["after"]));
        Assert.Equal(["Failed", "Failed"],
            _work.Engine.History(new HistoryQuery { Operations = ["Job"] }).Entries.Select(entry => $"{entry.Result}"));
    }

    [StockFact]
    public async Task The_backup_of_the_day_before_is_not_tested_in_place_of_one_that_failed()
    {
        await RunAsync("""{ "kind": "backup" }""");
        File.Delete(_work["app.db"]);
        var report = await RunAsync("""
            { "kind": "backup", "onFailure": "continue" }, { "kind": "test", "onFailure": "continue" }, { "kind": "drill" }
            """);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Failed, CheckStatus.Failed], report.Steps.Select(step => step.Status));
        Assert.All(report.Steps.Skip(1), step => Assert.Equal("This run of the job has made no backup of app.",
            Assert.Single(step.Problems).Message));
        Assert.StartsWith("shop: ", report.Steps[1].Detail, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_Suspicious_backup_is_no_success_and_nothing_is_pruned_after_it()
    {
        await RunAsync("""{ "kind": "backup" }""");
        Commands.Sqlite(_work["app.db"], "DELETE FROM t");
        var report = await RunAsync("""{ "kind": "backup" }, { "kind": "prune" }""", "\"retention\": { \"keepLast\": 1, \"minimumAge\": \"0s\" },");
        Assert.Equal((CheckStatus.Inconclusive, CheckStatus.Skipped), (report.Status, report.Steps[1].Status));
        Assert.Contains("is Suspicious", Assert.Single(report.Steps[0].Problems).Message, StringComparison.Ordinal);
        Assert.Equal(4, _work.Engine.ListBackups(new BackupQuery()).Count);
        var later = await RunAsync("""{ "kind": "test", "databases": ["app"] }""");
        Assert.Equal("SuspiciousBackup", Assert.Single(later.Steps[0].Problems).ErrorId);
    }

    [StockFact]
    public async Task A_prune_that_could_not_decide_is_no_success()
    {
        await RunAsync("""{ "kind": "backup" }""");
        var engine = With("""{ "kind": "prune" }""", "\"retention\": { \"keepLast\": 1 },");
        var report = await new JobRunner(new OpsEngine(engine.Settings with
        {
            Keys = _work.Settings("another key of the tests, long enough").Keys,
        }, [_work.Reporter])).RunAsync("nightly");
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        Assert.Equal(["app", "shop"], report.Steps[0].Problems.Select(problem => problem.Subject));
        Assert.Equal(HistoryResult.Inconclusive, _work.Engine.History(new HistoryQuery { Operations = ["Prune"] }).Entries.Single().Result);
    }

    [StockFact]
    public async Task Tests_and_drills_take_the_newest_backup_where_the_job_has_made_none()
    {
        await RunAsync("""{ "kind": "backup" }""");
        var report = await RunAsync("""{ "kind": "test", "level": "Restore", "databases": ["a*"] }, { "kind": "drill", "databases": ["app"] }""");
        Assert.Equal(CheckStatus.Passed, report.Status);
        var set = _work.Engine.ListBackups(new BackupQuery { Database = "app" })[0];
        Assert.True(set.Proven);
        Assert.StartsWith($"app: {set.Id} Passed", report.Steps[0].Detail, StringComparison.Ordinal);
        Assert.False(_work.Engine.ListBackups(new BackupQuery { Database = "shop" })[0].Proven);

        File.WriteAllBytes(set.BackupFile, new byte[(int)set.SizeBytes]);
        var damaged = await RunAsync("""{ "kind": "test", "level": "Artefact", "databases": ["app"] }""");
        Assert.Equal(CheckStatus.Failed, damaged.Status);
        Assert.Null(Assert.Single(damaged.Steps[0].Problems).ErrorId);
    }

    [StockFact]
    public async Task Commands_around_a_step_run_in_the_repo_root_and_the_one_after_it_always()
    {
        var report = await RunAsync("""
            { "kind": "backup", "databases": ["app"], "before": "echo $POSTRY_JOB $POSTRY_STEP > before",
              "after": "echo $POSTRY_STEP_RESULT > after" },
            { "kind": "command", "name": "broken", "command": "echo $POSTRY_JOB password=hunter2 >&2; exit 3", "onFailure": "continue" },
            { "kind": "backup", "name": "guarded", "databases": ["shop"], "before": "exit 1", "after": "echo $POSTRY_STEP_RESULT > after2" }
            """);
        Assert.Equal("nightly Backup\n", File.ReadAllText(_work["before"]));
        Assert.Equal(("Passed\n", "Failed\n"), (File.ReadAllText(_work["after"]), File.ReadAllText(_work["after2"])));
        Assert.Equal([CheckStatus.Passed, CheckStatus.Failed, CheckStatus.Failed], report.Steps.Select(step => step.Status));
        Assert.Contains("exit code 3: nightly password=", Assert.Single(report.Steps[1].Problems).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", string.Join('\n', _work.Reporter.VerboseMessages.Append(report.ToString())), StringComparison.Ordinal);
        Assert.DoesNotContain(_work.Engine.ListBackups(new BackupQuery()), set => set.Database == "shop");
    }

    [StockFact]
    public async Task A_step_that_takes_too_long_is_stopped_with_all_that_it_started()
    {
        var report = await RunAsync("""
            { "kind": "command", "command": "sleep 300 & echo $! > pid; wait", "timeout": "1s", "onFailure": "continue" },
            { "kind": "command", "command": "exit 0" }
            """);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Passed], report.Steps.Select(step => step.Status));
        Assert.Contains("was stopped", Assert.Single(report.Steps[0].Problems).Message, StringComparison.Ordinal);
        // A process that has ended may stay in the list until somebody takes note; it has no command line then.
        var commandLine = $"/proc/{File.ReadAllText(_work["pid"]).Trim()}/cmdline";
        Assert.True(!File.Exists(commandLine) || File.ReadAllText(commandLine).Length == 0);
    }

    [StockFact]
    public async Task A_job_that_is_stopped_runs_the_command_after_its_step_and_says_so_in_the_history()
    {
        using var cancel = new CancellationTokenSource();
        var running = new JobRunner(With("""
            { "kind": "command", "command": "touch begun; sleep 300", "after": "touch after" }, { "kind": "command", "command": "touch next" }
            """), _work.Reporter).RunAsync("nightly", cancellation: cancel.Token);
        while (!File.Exists(_work["begun"])) await Task.Delay(20);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(File.Exists(_work["after"]));
        Assert.False(File.Exists(_work["next"]));
        var entry = _work.Engine.History(new HistoryQuery { Operations = ["Job"] }).Entries.Single();
        Assert.Equal((HistoryResult.Failed, "Interrupted", "nightly"), (entry.Result, entry.ErrorId, entry.Job));
    }

    [StockFact]
    public async Task A_job_that_runs_already_is_refused_skipped_or_waited_for()
    {
        var engine = With("""{ "kind": "command", "command": "touch begun; while [ ! -e go ]; do sleep 0.05; done" }""");
        var first = new JobRunner(engine).RunAsync("nightly");
        while (!File.Exists(_work["begun"])) await Task.Delay(20);
        var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => new JobRunner(engine).RunAsync("nightly"));
        Assert.Contains($"The job nightly is in use: Job by process {Environment.ProcessId} on ", busy.Message, StringComparison.Ordinal);
        var skipped = await new JobRunner(engine).RunAsync("nightly", skipIfRunning: true);
        Assert.Equal((CheckStatus.Skipped, 0), (skipped.Status, skipped.Steps.Count));
        Assert.Contains($"It is running already: Job by process {Environment.ProcessId} on ", skipped.Detail, StringComparison.Ordinal);
        var waiting = new OpsEngine(engine.Settings with { WaitTimeout = TimeSpan.FromMinutes(1) }, [_work.Reporter]);
        Assert.Equal(CheckStatus.Skipped, (await new JobRunner(waiting).RunAsync("nightly", skipIfRunning: true)).Status);
        var second = new JobRunner(waiting).RunAsync("nightly");
        await Task.Delay(200);
        File.WriteAllText(_work["go"], "");
        Assert.Equal([CheckStatus.Passed, CheckStatus.Passed], (await Task.WhenAll(first, second)).Select(report => report.Status));
        Assert.Equal(2, _work.Engine.History(new HistoryQuery { Operations = ["Job"] }).Entries.Count);
    }

    [StockFact]
    public async Task A_lock_of_another_host_is_an_error_also_where_a_running_job_is_skipped_and_can_be_removed()
    {
        var engine = With("""{ "kind": "command", "command": "exit 0" }""");
        Directory.CreateDirectory(_work["backups/.jobs"]);
        File.WriteAllText(_work["backups/.jobs/nightly.lock"],
            """{"token":"t","host":"elsewhere.example","processId":7,"operation":"Job","since":"2026-03-01T02:00:00Z"}""");
        foreach (var skip in new[] { false, true })
        {
            var busy = await Assert.ThrowsAsync<DatabaseBusyException>(() => new JobRunner(engine).RunAsync("nightly", skip));
            Assert.Contains("elsewhere.example", busy.Message, StringComparison.Ordinal);
            Assert.Contains($"{CommandName.UnlockBackupRoot}", busy.Hint, StringComparison.Ordinal);
        }

        // A night that did not run leaves a trace.
        Assert.Equal(["DatabaseBusy", "DatabaseBusy"],
            engine.History(new HistoryQuery { Operations = ["Job"] }).Entries.Select(entry => entry.ErrorId));

        Assert.Equal(FindingKind.Locked, Assert.Single((await engine.CheckCatalogAsync()).Findings).Kind);
        Assert.Contains("elsewhere.example", await engine.UnlockBackupRootAsync(), StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Passed, (await new JobRunner(engine).RunAsync("nightly")).Status);
    }

    [StockFact]
    public async Task A_plan_says_what_each_step_would_do_and_does_nothing()
    {
        var plan = new JobRunner(With("""
            { "kind": "backup", "databases": ["a*"] }, { "kind": "copy" }, { "kind": "smoke" }
            """)).Plan("nightly");
        Assert.Equal(["Back up a*: app.", "Nothing: postry.json names no destinations.", "Make every smoke check."],
            plan.Steps.Select(step => step.Detail));
        Assert.False(Directory.Exists(_work.BackupRoot));
        var report = await RunAsync("""{ "kind": "copy" }""");
        Assert.Equal((CheckStatus.Inconclusive, CheckStatus.Skipped), (report.Status, report.Steps[0].Status));
    }

    [Theory]
    [InlineData("""{ "kind": "bakup" }""", "backup")]
    [InlineData("""{ "kind": "backup", "level": "Contents" }""", "jobs.nightly.steps[0].level has no meaning for a step of kind backup")]
    [InlineData("""{ "kind": "command" }""", "needs the key 'command'")]
    [InlineData("""{ "kind": "metrics" }""", "needs the key 'path'")]
    [InlineData("""{ "kind": "backup", "databases": ["ap"] }""", "There is no 'ap' in databases; did you mean 'app'?")]
    [InlineData("""{ "kind": "copy", "destinations": ["nas"] }""", "There is no 'nas' in destinations.")]
    [InlineData("""{ "kind": "backup", "databases": ["zz*"] }""", "There is no 'zz*' in databases.")]
    [InlineData("", "needs at least one item")]
    public void A_mistake_is_found_when_the_file_is_read(string steps, string problem)
    {
        var refused = Assert.Throws<ConfigurationInvalidException>(() => new JobRunner(With(steps)).Plan("nightly"));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_is_not_there_is_told_with_those_that_are()
    {
        var refused = Assert.Throws<InvalidRequestException>(() => new JobRunner(With("""{ "kind": "smoke" }""")).Plan("nigthly"));
        Assert.Contains("It names: nightly.", refused.Message, StringComparison.Ordinal);
    }

    private Task<JobReport> RunAsync(string steps, string more = "") =>
        new JobRunner(With(steps, more), _work.Reporter).RunAsync("nightly");

    private OpsEngine With(string steps, string more = "")
    {
        var json = $$"""
            { "databases": { "app": { "path": "app.db" }, "shop": { "path": "shop.db" } }, {{more}}
              "runtime": { "enabled": false }, "jobs": { "nightly": { "steps": [ {{steps}} ] } } }
            """;
        return new OpsEngine(_work.Settings() with
        {
            Configuration = OpsConfiguration.Parse(Encoding.UTF8.GetBytes(json), _work["postry.json"], _ => null, []),
        }, [_work.Reporter]);
    }
}
