using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>A restore of a PostgreSQL database that smoke checks decide, by each strategy.</summary>
public sealed class PostgresSmokeGateTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task A_check_that_fails_after_the_restore_undoes_it(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var (role, password) = await Server.CreateRoleAsync("CREATEDB");
        var app = (await Server.CreateDatabaseAsync(options: $"OWNER {role}")).As(role, password);
        Server.Psql(app.Database, $"SET ROLE {role}; CREATE TABLE t (a text); INSERT INTO t VALUES ('backup')");
        string Value() => Server.Psql(app.Database, "SELECT a FROM t").Trim();
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 'now'");
        using var application = new SmallApplication(() => Value() == "now" ? 200 : 500);
        var e = await Assert.ThrowsAsync<RestoreUndoneException>(() => RestoreAsync(work, set, app, strategy, application.Health));
        Assert.Contains(application.Health, e.Message, StringComparison.Ordinal);
        Assert.Equal("now", Value());
        Assert.Equal(RestoreStatus.Undone, Assert.Single(work.Engine.ListRestores()).Status);

        using var well = new SmallApplication(() => 200);
        Assert.Equal(RestoreStatus.Committed, (await RestoreAsync(work, set, app, strategy, well.Health)).Status);
        Assert.Equal("backup", Value());
    }

    [PostgresFact]
    public async Task A_previous_database_that_was_damaged_is_not_put_back()
    {
        await using var server = await PostgresServer.StartAsync();
        using var work = new Workspace();
        var app = await server.CreateDatabaseAsync();
        server.Psql(app.Database, "CREATE TABLE t (a text); INSERT INTO t SELECT repeat('x', 500) FROM generate_series(1, 100)");
        var set = await work.BackUpAsync(app);
        server.Psql(app.Database, "CHECKPOINT");
        var table = Path.Combine(server.DataFolder, server.Psql(app.Database, "SELECT pg_relation_filepath('t')").Trim());
        await server.StopAsync();
        using (var file = File.OpenWrite(table))
        {
            file.Position = 8192;
            file.Write(Enumerable.Repeat((byte)0xA5, 8192).ToArray());
        }

        await server.RestartAsync();
        var asked = 0;
        using var application = new SmallApplication(() => asked++ == 0 ? 200 : 500);
        var record = await RestoreAsync(work, set, app, RestoreStrategy.Swap, application.Health);
        Assert.Equal(RestoreStatus.AwaitingVerdict, record.Status);
        Assert.Contains("and the previous database is damaged (", record.Detail, StringComparison.Ordinal);
        Assert.Contains("invalid page", record.Detail, StringComparison.Ordinal);
        Assert.Equal("100", server.Psql(app.Database, "SELECT count(*) FROM t").Trim());
        Assert.Equal(RestoreStatus.Undone, (await work.Engine.UndoAsync(await work.Engine.PlanUndoAsync(
            new RestoreSelector { RestoreId = record.RestoreId, Connection = app }))).Status);
    }

    [PostgresFact]
    public async Task A_staged_copy_that_fails_does_not_go_live_and_one_that_passes_does()
    {
        using var work = new Workspace();
        var (app, set) = await MakeAsync(work);
        var oid = Oid(app);
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => RestoreAsync(work, Request(set, app,
            RestoreStrategy.Swap, Staged(work, "now"))));
        Assert.Contains("is as wanted (Failed): expected the value now, found backup", e.Message, StringComparison.Ordinal);
        Assert.Equal("now", Server.Psql(app.Database, "SELECT a FROM t").Trim());
        Assert.Equal(oid, Oid(app));
        var record = Assert.Single(work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Failed, record.Status);
        Assert.Contains(record.Checks, check => check is { Name: "Smoke before the swap is as wanted", Status: CheckStatus.Failed });
        AssertNoStage(app);

        var restored = await RestoreAsync(work, Request(set, app, RestoreStrategy.Swap, Staged(work, "backup")));
        Assert.Equal(RestoreStatus.Committed, restored.Status);
        Assert.Contains(restored.Checks, check => check is { Name: "Smoke before the swap is as wanted", Status: CheckStatus.Passed });
        Assert.Equal("backup", Server.Psql(app.Database, "SELECT a FROM t").Trim());
        AssertNoStage(app);
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task A_strategy_without_a_copy_is_refused_when_the_restore_is_planned(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var (app, set) = await MakeAsync(work);
        var request = Request(set, app, strategy, Staged(work, "backup"));
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => work.Engine.PlanRestoreAsync(request));
        Assert.Contains($"the strategy {strategy} makes none", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{OptionName.Smoke}", e.Hint, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Killed_during_the_checks_of_the_staged_copy_it_is_rolled_back_by_the_next_command()
    {
        using var work = new Workspace();
        var (app, set) = await MakeAsync(work);
        File.WriteAllText(work["slow.json"], """{ "sql": [{ "query": "SELECT pg_sleep(60)", "timeout": "60s" }] }""");
        using var host = HostProcess.Start("restore", work.BackupRoot, Server.Url(app.Database), $"id={set.Id}", "strategy=Swap",
            $"preswapsmoke={work["slow.json"]}");
        Assert.NotNull(host.WaitFor("step Staged"));
        const string asking = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND wait_event = 'PgSleep'";
        for (var i = 0; i < 100 && Server.Psql("postgres", asking).Trim() == "0"; i++) await Task.Delay(100);
        Assert.NotEqual("0", Server.Psql("postgres", asking).Trim());
        host.Kill();
        host.WaitForEnd();
        Assert.Equal("now", Server.Psql(app.Database, "SELECT a FROM t").Trim());

        var killed = Assert.Single(work.Engine.ListRestores());
        await RestoreAsync(work, Request(set, app, RestoreStrategy.Swap, Staged(work, "backup")));
        Assert.Equal(RestoreStatus.Failed, work.Engine.ListRestores(new RestoreSelector { RestoreId = killed.RestoreId })[0].Status);
        Assert.Equal("backup", Server.Psql(app.Database, "SELECT a FROM t").Trim());
        AssertNoStage(app);
    }

    private static async Task<(PostgresAddress App, BackupSet Set)> MakeAsync(Workspace work)
    {
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, "CREATE TABLE t (a text); INSERT INTO t VALUES ('backup')");
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 'now'");
        return (app, set);
    }

    private static RestoreSmoke Staged(Workspace work, string value)
    {
        File.WriteAllText(work["checks.json"], $$"""
            { "sql": [{ "name": "is as wanted", "query": "SELECT a FROM t", "expectValue": "{{value}}" }],
              "tables": [{ "table": "public.t", "atLeastBackup": true }] }
            """);
        return new RestoreSmoke(null) { BeforeSwap = new SmokeRequest { File = work["checks.json"] } };
    }

    private static string Oid(PostgresAddress app) =>
        Server.Psql("postgres", $"SELECT oid FROM pg_database WHERE datname = '{app.Database}'");

    private static void AssertNoStage(PostgresAddress app) => Assert.Equal("0", Server.Psql("postgres",
        $"SELECT count(*) FROM pg_database WHERE datname LIKE '%stage%{app.Database}%'").Trim());

    private static Task<RestoreRecord> RestoreAsync(Workspace work, BackupSet set, PostgresAddress app, RestoreStrategy strategy,
        string health) => RestoreAsync(work, Request(set, app, strategy,
        new RestoreSmoke(new SmokeRequest { Urls = [health], Deadline = TimeSpan.FromSeconds(2) })));

    private static async Task<RestoreRecord> RestoreAsync(Workspace work, RestoreRequest request) =>
        await work.Engine.RestoreAsync(await work.Engine.PlanRestoreAsync(request));

    private static RestoreRequest Request(BackupSet set, PostgresAddress app, RestoreStrategy strategy, RestoreSmoke smoke) => new()
    {
        Backup = new BackupSelector { Id = set.Id },
        Target = app,
        Postgres = new PostgresRestoreOptions { Strategy = strategy },
        Smoke = smoke,
    };
}
