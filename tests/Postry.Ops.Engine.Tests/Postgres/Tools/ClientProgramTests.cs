using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Tests.Postgres.Connections;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>The real client programs against a real server.</summary>
public sealed class ClientProgramTests
{
    [PostgresFact]
    public async Task A_child_has_the_same_settings_whatever_the_role_has()
    {
        CurrentOperation.Begin("Test");
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync("odd 'n\\ame=x" + Guid.NewGuid().ToString("N")[..4]);
        var (role, password) = await server.CreateRoleAsync();
        await server
            .RunAsync(
            $"ALTER ROLE {role} SET TimeZone='Asia/Kathmandu'; ALTER ROLE {role} SET DateStyle='German, DMY'; ALTER ROLE {role} SET " +
            $"lc_monetary='C.UTF-8'; "
            + $"ALTER ROLE {role} SET statement_timeout='1ms'; ALTER ROLE {role} SET bytea_output=escape; ALTER ROLE {role} SET " +
                $"client_encoding='LATIN1'");
        var command = Command(server, "psql", database.As(role, password), "-XAtc",
            "SELECT concat_ws(' ', current_setting('TimeZone'), current_setting('DateStyle'), current_setting('lc_monetary'), "
            + "current_setting('statement_timeout'), current_setting('bytea_output'), current_setting('client_encoding'), " +
                "current_setting('application_name'), pg_sleep(0.01)::text)", "-d", PgEnvironment.DatabaseArgument(database));
        Assert.Equal("UTC ISO, YMD C 0 hex UTF8 postry test \n", await PgProcess.ReadAsync(command, default));
    }

    [PostgresFact]
    public async Task A_cancelled_dump_leaves_no_session()
    {
        var server = PostgresServer.Shared;
        var database = await LockedAsync(server);
        await using var locker = await server.ConnectAsync(database.Database);
        await ConnectorTests.Scalar(locker, "BEGIN; LOCK TABLE t1");
        using var work = new Workspace();
        CurrentOperation.Begin("Test");
        using var cancel = new CancellationTokenSource();
        var dump = PgProcess.RunAsync(Command(server, "pg_dump", database, "-Fd", "-j2", "-f", work["dump"]), cancel.Token);
        await SessionsAsync(server, database, more: true);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dump);
        await SessionsAsync(server, database, more: false);
    }

    [PostgresFact]
    public async Task A_lost_server_a_wrong_password_and_a_table_that_may_not_be_read_have_errors_of_their_own()
    {
        CurrentOperation.Begin("Test");
        await using var server = await PostgresServer.StartAsync();
        var database = await LockedAsync(server);
        using var work = new Workspace();
        var (role, password) = await server.CreateRoleAsync();
        var denied = await Assert.ThrowsAsync<AccessDeniedException>(() =>
            PgProcess.RunAsync(Command(server, "pg_dump", database.As(role, password), "-Fd", "-f", work["a"]), default));
        Assert.Contains("t1", denied.Message, StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            PgProcess.RunAsync(Command(server, "pg_dump", database.As("postgres", "wrong-" + password), "-Fd", "-f", work["b"]), default));
        Assert.DoesNotContain(password, wrong.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SourceNotFoundException>(() =>
            PgProcess.RunAsync(Command(server, "pg_dump", database.For("none"), "-Fd", "-f", work["c"]), default));
        await using var locker = await server.ConnectAsync(database.Database);
        await ConnectorTests.Scalar(locker, "BEGIN; LOCK TABLE t1");
        var dump = PgProcess.RunAsync(Command(server, "pg_dump", database, "-Fd", "-f", work["d"]), default);
        await SessionsAsync(server, database, more: true);
        await server.CrashAsync();
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => dump);
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            PgProcess.RunAsync(Command(server, "pg_dump", database, "-Fd", "-f", work["e"]), default));
    }

    [PostgresFact]
    public void The_fixture_says_what_the_stock_programs_say()
    {
        var server = PostgresServer.Shared;
        Assert.Equal("1|a b", server.Psql("postgres", "SELECT 1, 'a b';"));
        Assert.Contains("PostgreSQL database dump", server.PgDumpSchema("postgres"), StringComparison.Ordinal);
        Assert.DoesNotContain("restrict ", server.PgDumpSchema("postgres"), StringComparison.Ordinal);
    }

    private static async Task<PostgresAddress> LockedAsync(PostgresServer server)
    {
        var database = await server.CreateDatabaseAsync();
        await server.RunAsync("CREATE TABLE t1 (i int); CREATE TABLE t2 (i int)", database.Database);
        return database;
    }

    private static async Task SessionsAsync(PostgresServer server, PostgresAddress database, bool more)
    {
        await using var connection = await server.ConnectAsync("postgres");
        for (var attempts = 500; attempts > 0; attempts--)
        {
            var count = (long)(await ConnectorTests
                .Scalar(connection,
                $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.Database}' AND application_name = 'postry test'"))!;
            if (count > 0 == more) return;
            await Task.Delay(20);
        }

        Assert.Fail(more ? "No session appeared." : "A session stayed.");
    }

    private static PgCommand Command(PostgresServer server, string program, PostgresAddress address, params string[] arguments) => new()
    {
        Tool = PgTools.Find(program, server.Major, "x"), Arguments = arguments, Target = address.Name, Address =
            address, ServerMajor = server.Major,
    };
}
