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

    private static async Task<RestoreRecord> RestoreAsync(Workspace work, BackupSet set, PostgresAddress app, RestoreStrategy strategy,
        string health) => await work.Engine.RestoreAsync(await work.Engine.PlanRestoreAsync(new RestoreRequest
    {
        Backup = new BackupSelector { Id = set.Id },
        Target = app,
        Postgres = new PostgresRestoreOptions { Strategy = strategy },
        Smoke = new RestoreSmoke(new SmokeRequest { Urls = [health], Deadline = TimeSpan.FromSeconds(2) }),
    }));
}
