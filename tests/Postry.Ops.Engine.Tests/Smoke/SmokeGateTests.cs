using Microsoft.AspNetCore.Http;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>A restore that smoke checks decide: the application is asked before it and after the swap, and the database tells the
/// outcome.</summary>
public sealed class SmokeGateTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    /// <summary>The application's database holds "backup" in the backup, and "now" in the live one.</summary>
    private string Value => Commands.Sqlite(App, "SELECT a FROM t");

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_restore_whose_checks_pass_is_committed_with_the_checks_on_record()
    {
        using var application = new SmallApplication(() => 200);
        var record = await RestoreAsync(await BackUpAsync(), application.Health);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        var check = Assert.Single(record.Checks, check => check.Name == $"Smoke {application.Health}");
        Assert.Equal(CheckStatus.Passed, check.Status);
        Assert.Equal("backup", Value);
        Assert.True(application.Requests >= 2, "The application was not asked before and after.");
    }

    [StockFact]
    public async Task A_check_that_fails_after_the_restore_undoes_it()
    {
        using var application = new SmallApplication(() => Value == "now" ? 200 : 500);
        var set = await BackUpAsync();
        var e = await Assert.ThrowsAsync<RestoreUndoneException>(() => RestoreAsync(set, application.Health, deadline: 2));
        Assert.Contains(application.Health, e.Message, StringComparison.Ordinal);
        Assert.Contains("500", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Use another backup", e.Hint, StringComparison.Ordinal);
        Assert.Equal("now", Value);
        var record = Assert.Single(_work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Undone, record.Status);
        Assert.Equal("backup", Commands.Sqlite(record.UndoneCopy!, "SELECT a FROM t"));
        Assert.Contains(record.Checks, check => check is { Status: CheckStatus.Failed } && check.Name == $"Smoke {application.Health}");
    }

    [StockFact]
    public async Task An_application_that_starts_late_is_waited_for()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var application = new SmallApplication(() => Value == "now" || clock.Elapsed > TimeSpan.FromSeconds(3) ? 200 : 503);
        clock.Restart();
        Assert.Equal(RestoreStatus.Committed, (await RestoreAsync(await BackUpAsync(), application.Health, deadline: 60)).Status);
    }

    [StockFact]
    public async Task A_check_that_failed_before_as_well_is_no_reason_to_go_back()
    {
        using var application = new SmallApplication(() => 500);
        var record = await RestoreAsync(await BackUpAsync(), application.Health, deadline: 2);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains("as it did before the restore", record.Detail, StringComparison.Ordinal);
        Assert.Equal("backup", Value);
        Assert.Equal("now", Commands.Sqlite(record.PreviousCopy!, "SELECT a FROM t"));
        // Both ways stay open.
        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(record.RestoreId)).Status);
        Assert.Equal("now", Value);
    }

    [StockTheory]
    [InlineData("header", "the file was no readable database")]
    [InlineData("page", "malformed")]
    public async Task A_previous_database_that_was_damaged_is_not_put_back(string part, string says)
    {
        var set = await BackUpAsync();
        Commands.Sqlite(App, "INSERT INTO t SELECT randomblob(500) FROM generate_series(1, 500)");
        using (var file = File.OpenWrite(App))
        {
            file.Position = part == "header" ? 0 : file.Length / 2 / 4096 * 4096;
            file.Write(new byte[part == "header" ? 100 : 4096]);
        }

        var (damaged, asked) = (StockTools.Hash(App), 0);
        using var application = new SmallApplication(() => asked++ == 0 ? 200 : 500);
        var record = await RestoreAsync(set, application.Health, deadline: 2);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains("500), and the previous database is damaged (", record.Detail, StringComparison.Ordinal);
        Assert.Contains(says, record.Detail, StringComparison.Ordinal);
        Assert.Contains(_work.Reporter.Warnings, warning => warning.Contains($"undo it with {CommandName.UndoRestore}", StringComparison.Ordinal));
        Assert.Equal("backup", Value);
        // The operator can still go back.
        Assert.Equal(RestoreStatus.Undone, (await _work.UndoAsync(record.RestoreId)).Status);
        if (part == "header") Assert.Equal(damaged, StockTools.Hash(App));
        else Assert.Contains("malformed", Assert.ThrowsAny<Exception>(() => Commands.Sqlite(App, "SELECT sum(length(a)) FROM t")).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain(_work.AllFiles(), file => file.EndsWith("-wal", StringComparison.Ordinal) || file.EndsWith("-shm", StringComparison.Ordinal));
    }

    [StockFact]
    public async Task Keep_leaves_the_decision_to_the_operator()
    {
        using var application = new SmallApplication(() => Value == "now" ? 200 : 500);
        var record = await RestoreAsync(await BackUpAsync(), application.Health, deadline: 2, SmokeFailureAction.Keep);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Equal("backup", Value);
        Assert.Equal(RestoreStatus.Committed, (await _work.Engine.CompleteAsync(new RestoreSelector { Latest = true })).Status);
    }

    [StockFact]
    public async Task What_could_not_be_asked_awaits_a_verdict()
    {
        File.WriteAllText(_work["checks.json"], """{ "http": [ { "name": "health", "url": "http://127.0.0.1:9/", "bearerTokenVariable": "POSTRY_TESTS_NO_TOKEN" } ] }""");
        var record = await RestoreAsync(await BackUpAsync(), new SmokeRequest { File = _work["checks.json"], Deadline = TimeSpan.FromSeconds(5) });
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains("POSTRY_TESTS_NO_TOKEN", record.Detail, StringComparison.Ordinal);
        Assert.Equal("backup", Value);
    }

    [StockTheory]
    [InlineData(true, RestoreStatus.AwaitingVerdict)]
    [InlineData(false, RestoreStatus.Undone)]
    public async Task An_alert_undoes_a_restore_only_if_it_is_known_to_be_new(bool wasDown, RestoreStatus expected)
    {
        // An application whose database is broken may not answer before the restore: its alert may be the old one.
        await using var web = await TestWeb.StartAsync(async context =>
        {
            context.Response.StatusCode = wasDown && Value == "now" ? 503 : 200;
            var alerts = Value == "now" ? "" : """{"severity":"critical","id":"db_down"}""";
            await context.Response.WriteAsync($$"""{"data":{"requests_total":10,"errors_5xx_total":0,"alerts":[{{alerts}}] } }""");
        });
        File.WriteAllText(_work["checks.json"], $$"""{ "monitoring": { "url": "{{web.Url}}" } }""");
        var checks = new SmokeRequest { File = _work["checks.json"], Deadline = TimeSpan.FromSeconds(2) };
        var set = await BackUpAsync();
        if (expected == RestoreStatus.Undone) await Assert.ThrowsAsync<RestoreUndoneException>(() => RestoreAsync(set, checks));
        else Assert.Contains("alerts of before the restore are not known", (await RestoreAsync(set, checks)).Detail, StringComparison.Ordinal);
        Assert.Equal(expected, Assert.Single(_work.Engine.ListRestores()).Status);
        Assert.Equal(wasDown ? "backup" : "now", Value);
    }

    [StockFact]
    public async Task Ctrl_C_during_the_checks_undoes_nothing()
    {
        using var stop = new CancellationTokenSource();
        var set = await BackUpAsync();
        using var application = new SmallApplication(() =>
        {
            if (Value == "now") return 200;
            stop.CancelAfter(300);
            return 503;
        });
        var plan = await _work.Engine.PlanRestoreAsync(Request(set, new SmokeRequest { Urls = [application.Health] }));
        var record = await _work.Engine.RestoreAsync(plan, stop.Token);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains("interrupted", record.Detail, StringComparison.Ordinal);
        Assert.Equal("backup", Value);
    }

    [StockFact]
    public async Task Checks_that_are_not_there_are_refused_before_anything_changes()
    {
        var set = await BackUpAsync();
        var before = _work.AllFiles();
        var e = await Assert.ThrowsAsync<SourceNotFoundException>(() => RestoreAsync(set, new SmokeRequest { Names = ["nothing"] }));
        Assert.Contains("postry.json", e.Hint, StringComparison.Ordinal);
        Assert.Equal(before, _work.AllFiles());
        Assert.Equal("now", Value);
    }

    [Fact]
    public void A_consequence_or_a_deadline_without_a_check_is_refused()
    {
        var e = Assert.Throws<InvalidRequestException>(() => RestoreSmoke.Of(null, null, SmokeFailureAction.Undo, null, path => path));
        Assert.Contains($"{OptionName.OnSmokeFailure}", e.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidRequestException>(() => RestoreSmoke.Of([], [], null, TimeSpan.FromSeconds(1), path => path));
        Assert.Null(RestoreSmoke.Of(null, null, null, null, path => path));
        Assert.Equal(["health"], RestoreSmoke.Of(null, ["health"], null, null, path => path)!.Checks!.Names);
    }

    private async Task<string> BackUpAsync()
    {
        Commands.Sqlite(App, "CREATE TABLE t(a); INSERT INTO t VALUES ('backup');");
        var set = await _work.BackUpAsync(App);
        Commands.Sqlite(App, "UPDATE t SET a = 'now'");
        return set.Id;
    }

    private Task<RestoreRecord> RestoreAsync(string id, string url, int deadline = 30,
        SmokeFailureAction onFailure = SmokeFailureAction.Undo) =>
        RestoreAsync(id, new SmokeRequest { Urls = [url], Deadline = TimeSpan.FromSeconds(deadline) }, onFailure);

    private async Task<RestoreRecord> RestoreAsync(string id, SmokeRequest checks,
        SmokeFailureAction onFailure = SmokeFailureAction.Undo) =>
        await _work.Engine.RestoreAsync(await _work.Engine.PlanRestoreAsync(Request(id, checks, onFailure)));

    private RestoreRequest Request(string id, SmokeRequest checks, SmokeFailureAction onFailure = SmokeFailureAction.Undo) => new()
    {
        Backup = new BackupSelector { Id = id },
        Target = new SqliteAddress(App),
        Smoke = new RestoreSmoke(checks, onFailure),
    };
}
