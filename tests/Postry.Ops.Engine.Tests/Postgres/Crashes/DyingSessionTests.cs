using Npgsql;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>
/// A server finishes the statement of a client that was killed, and only then notices. The next command waits for that: what it looked at
/// before would change under it.
/// </summary>
public sealed class DyingSessionTests(CrashingServer fixture) : IClassFixture<CrashingServer>
{
    private static readonly TimeSpan MuchLater = TimeSpan.FromSeconds(1.5);

    private PostgresServer Server => fixture.Server;

    [PostgresFact]
    public async Task Killed_while_the_server_makes_the_new_database()
    {
        using var fixture = await ServerFixture.PrepareAsync(Server, ServerScenario.Swap);
        await using var holder = await Server.ConnectAsync("postgres");
        // A session that copies template0 waits for the end of this transaction.
        await RunAsync(holder, "BEGIN; COMMENT ON DATABASE template0 IS 'changing'");
        using var host = fixture.Start("restore");
        Assert.NotNull(host.WaitFor("step Started"));
        WaitFor("query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'");
        host.Kill();
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        var id = Assert.Single(fixture.Work.Engine.ListRestores()).RestoreId;
        var recovering = Task.Run(() => fixture.CompleteAsync(id));
        await Task.Delay(MuchLater);
        await RunAsync(holder, "ROLLBACK");
        Assert.Equal(RestoreStatus.Failed, (await recovering).Status);
        Assert.Equal(fixture.Before, fixture.Now);
        fixture.AssertTidy();
    }

    [PostgresTheory]
    [InlineData("restore")]
    [InlineData("undo")]
    public async Task Killed_while_the_server_commits_the_swap(string verb)
    {
        using var fixture = await ServerFixture.PrepareAsync(Server, ServerScenario.Swap);
        var first = verb == "undo" ? await fixture.FirstRestoreAsync() : null;
        using var host = fixture.Start(verb, "pause=Swapping");
        Assert.NotNull(host.WaitFor("paused"));
        try
        {
            // A commit waits until a standby has it, and nobody sees it before.
            Server.Psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf(), pg_sleep(0.2);");
            host.Resume();
            WaitFor("wait_event = 'SyncRep'");
            host.Kill();
            Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
            var id = Assert.Single(fixture.Work.Engine.ListRestores()).RestoreId;
            var recovering = Task.Run(() => first is null ? fixture.CompleteAsync(id) : fixture.UndoAsync(id));
            await Task.Delay(MuchLater);
            Server.Psql("postgres", "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();");
            Assert.Equal(first is null ? RestoreStatus.Committed : RestoreStatus.Undone, (await recovering).Status);
        }
        finally
        {
            Server.Psql("postgres", "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();");
        }

        Assert.Equal(first is null ? fixture.Restored : fixture.Before, fixture.Now);
        fixture.AssertTidy();
    }

    private void WaitFor(string condition) => Leftovers.AssertSoon(() =>
        Server.Psql("postgres", $"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'postry%' AND {condition}") == "0"
            ? $"no session comes to where {condition}" : null);

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
