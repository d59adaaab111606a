using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Smoke checks of the staged copy of a SQLite file: they decide before anything live is touched.</summary>
public sealed class PreSwapSmokeTests : IDisposable
{
    private const string Passing = """{ "tables": [{ "table": "t", "columns": ["a"], "atLeastBackup": true }] }""";
    private const string Failing = """
        { "sql": [{ "name": "is now", "query": "SELECT a FROM t", "expectValue": "now" }], "tables": [{ "table": "t" }] }
        """;

    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    private string Value => Commands.Sqlite(App, "SELECT a FROM t");

    public void Dispose() => _work.Dispose();

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_copy_that_passes_goes_live_with_the_checks_on_record(string mode)
    {
        var set = await BackUpAsync(mode);
        var request = Request(set, Passing) with
        {
            Hooks = new RestoreHooks { BeforeSwap = $"ls -A '{_work.Folder}' >'{_work["listed"]}'" },
        };
        var plan = await _work.Engine.PlanRestoreAsync(request);
        Assert.Contains("Before the swap 1 smoke check is made (table t) of the staged copy; nothing is swapped unless all pass.", plan.Summary,
            StringComparison.Ordinal);
        var record = await _work.Engine.RestoreAsync(plan);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(CheckStatus.Passed, Assert.Single(record.Checks, check => check.Name == "Smoke before the swap table t").Status);
        Assert.Equal("backup", Value);
        // The checks leave no file beside the copy.
        var stage = Assert.Single(File.ReadLines(_work["listed"]), file => file.Contains("postry-stage", StringComparison.Ordinal));
        Assert.EndsWith(record.RestoreId, stage, StringComparison.Ordinal);
    }

    [StockTheory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_copy_that_fails_ends_the_restore_and_nothing_live_changes(string mode)
    {
        var set = await BackUpAsync(mode);
        var before = StockTools.Tree(_work.Folder);
        var request = Request(set, Failing) with { Hooks = new RestoreHooks { BeforeSwap = $"touch '{_work["stopped"]}'" } };
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => RestoreAsync(request));
        Assert.Contains($"1 of 2 smoke checks of the copy that was made of {set} did not pass. is now (Failed): expected the value now, " +
            "found backup", e.Message, StringComparison.Ordinal);
        Assert.Contains("Restore another backup.", e.Hint, StringComparison.Ordinal);
        var record = Assert.Single(_work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Failed, record.Status);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Passed],
            record.Checks.Where(check => check.Name.StartsWith("Smoke before the swap ", StringComparison.Ordinal)).Select(check => check.Status));
        Assert.Contains("The live database was not changed.", record.Detail, StringComparison.Ordinal);
        AssertUntouched(before, record);
    }

    [StockFact]
    public async Task What_could_not_be_asked_ends_the_restore_too()
    {
        var set = await BackUpAsync("delete");
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => RestoreAsync(Request(set,
            """{ "tables": [{ "table": "t", "atLeastBackup": true }], "freshness": [{ "table": "t", "column": "a", "maximumAge": "1h" }] }""")));
        Assert.Contains("newest t.a (Inconclusive)", e.Message, StringComparison.Ordinal);
        Assert.Equal("now", Value);
    }

    [StockFact]
    public async Task The_deadline_bounds_the_checks_and_Ctrl_C_rolls_back()
    {
        var set = await BackUpAsync("delete");
        var before = StockTools.Tree(_work.Folder);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAsync<RestoreRefusedException>(() => RestoreAsync(Request(set, Endless, deadline: 2)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"It took {clock.Elapsed}.");
        AssertUntouched(before, _work.Engine.ListRestores()[0]);

        using var stop = new CancellationTokenSource();
        var plan = await _work.Engine.PlanRestoreAsync(Request(set, Endless));
        stop.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _work.Engine.RestoreAsync(plan, stop.Token));
        var record = _work.Engine.ListRestores()[0];
        Assert.Equal(RestoreStatus.Failed, record.Status);
        Assert.Contains("Interrupted. The live database was not changed.", record.Detail, StringComparison.Ordinal);
        Assert.Equal("now", Value);
        Assert.DoesNotContain(_work.AllFiles(), file => file.Contains("postry-stage", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task Killed_during_the_checks_it_is_rolled_back_by_the_next_command()
    {
        var set = await BackUpAsync("wal");
        File.WriteAllText(_work["checks.json"], Endless);
        using var host = HostProcess.Start("restore", _work.BackupRoot, App, $"id={set}", $"preswapsmoke={_work["checks.json"]}");
        Assert.NotNull(host.WaitFor("step Staged"));
        await Task.Delay(500);
        Assert.False(host.HasExited);
        host.Kill();
        host.WaitForEnd();
        Assert.Equal("now", Value);
        Assert.Contains(_work.AllFiles(), file => file.Contains("postry-stage", StringComparison.Ordinal));

        var killed = Assert.Single(_work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Committed, (await RestoreAsync(Request(set, Passing))).Status);
        Assert.Equal(RestoreStatus.Failed, _work.Engine.ListRestores(new RestoreSelector { RestoreId = killed.RestoreId })[0].Status);
        Assert.Equal("backup", Value);
        Assert.DoesNotContain(_work.AllFiles(), file => file.Contains("postry-stage", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task Checks_that_the_copy_cannot_answer_are_refused_when_the_restore_is_planned()
    {
        var set = await BackUpAsync("delete");
        const string applications = """{ "http": [{ "name": "health", "url": "http://127.0.0.1:9/" }], "sql": [{ "name": "data", "query": "SELECT 1" }] }""";
        var named = Request(set, applications);
        named = named with { Smoke = named.Smoke! with { BeforeSwap = named.Smoke.BeforeSwap! with { Names = ["health", "data"] } } };
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _work.Engine.PlanRestoreAsync(named));
        Assert.Contains("and health is none", e.Message, StringComparison.Ordinal);
        Assert.Contains("These ask its data: data.", e.Hint, StringComparison.Ordinal);

        e = await Assert.ThrowsAsync<InvalidRequestException>(() => _work.Engine.PlanRestoreAsync(Request(set,
            """{ "http": [{ "name": "health", "url": "http://127.0.0.1:9/" }], "freshness": [{ "backup": true, "maximumAge": "1h" }] }""")));
        Assert.Contains($"no check in {_work["checks.json"]} does", e.Message, StringComparison.Ordinal);

        File.WriteAllText(_work[".env"], "A=1");
        var runtime = await _work.Engine.BackUpAsync(new BackupRequest { Source = new RuntimeAddress(_work.Folder) });
        e = await Assert.ThrowsAsync<InvalidRequestException>(() => _work.Engine.PlanRestoreAsync(
            Request(runtime.Id, Passing) with { Target = new RuntimeAddress(_work.Folder) }));
        Assert.Contains("runtime files have none", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deadline_may_be_that_of_the_copy_and_a_consequence_may_not()
    {
        var smoke = RestoreSmoke.Of(null, null, null, TimeSpan.FromSeconds(3), path => path, ["posts"])!;
        Assert.Null(smoke.Checks);
        Assert.Equal(["posts"], smoke.BeforeSwap!.Names);
        Assert.Equal(TimeSpan.FromSeconds(3), smoke.BeforeSwap.Deadline);
        Assert.Throws<InvalidRequestException>(() => RestoreSmoke.Of(null, null, SmokeFailureAction.Keep, null, path => path, ["posts"]));
    }

    private static string Endless => """
        { "sql": [{ "query": "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c", "timeout": "60s" }] }
        """;

    private async Task<string> BackUpAsync(string mode)
    {
        Commands.Sqlite(App, $"PRAGMA journal_mode={mode}; CREATE TABLE t(a); INSERT INTO t VALUES ('backup');");
        var set = await _work.BackUpAsync(App);
        Commands.Sqlite(App, "UPDATE t SET a = 'now'");
        return set.Id;
    }

    // The live file, and all others but the record and what the test itself wrote, are byte for byte those of before.
    private void AssertUntouched(string before, RestoreRecord record)
    {
        Assert.Equal("now", Value);
        string[] own = [Path.GetRelativePath(_work.Folder, record.RecordFile!), "checks.json"];
        Assert.Equal(before.Split('\n').Where(line => !own.Any(line.Contains)), StockTools.Tree(_work.Folder).Split('\n')
            .Where(line => !own.Any(line.Contains)));
    }

    private async Task<RestoreRecord> RestoreAsync(RestoreRequest request) =>
        await _work.Engine.RestoreAsync(await _work.Engine.PlanRestoreAsync(request));

    private RestoreRequest Request(string id, string checks, int deadline = 30)
    {
        File.WriteAllText(_work["checks.json"], checks);
        return new RestoreRequest
        {
            Backup = new BackupSelector { Id = id },
            Target = new SqliteAddress(App),
            Smoke = RestoreSmoke.Of(null, null, null, TimeSpan.FromSeconds(deadline), path => path, [_work["checks.json"]]),
        };
    }
}
