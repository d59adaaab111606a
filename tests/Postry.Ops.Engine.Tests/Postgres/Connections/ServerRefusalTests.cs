using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Connections;

/// <summary>
/// The server's refusals reach the operator in the server's words, with the object and the next step, and never as "a defect".
/// </summary>
public sealed class ServerRefusalTests
{
    [PostgresTheory]
    [InlineData("-c foo=bar", "unrecognized configuration parameter \"foo\"", "options=...")]
    [InlineData("-c work_mem=much", "invalid value for parameter \"work_mem\": \"much\"", "options=...")]
    [InlineData("-c max_connections=7", "max_connections", "options=...")]
    [InlineData("-c session_preload_libraries=no_such_library", "no_such_library", "session_preload_libraries")]
    public async Task Options_that_the_server_does_not_take(string options, string says, string hint)
    {
        using var work = new Workspace();
        var database = await PostgresServer.Shared.CreateDatabaseAsync();
        var e = await Assert.ThrowsAsync<ServerErrorException>(() => work.Engine.BackUpAsync(
            new BackupRequest { Source = database with { Parameters = new Dictionary<string, string> { ["options"] = options } } }));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains("SQLSTATE", e.Message, StringComparison.Ordinal);
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_key_that_is_there_twice_is_told_with_its_detail()
    {
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        await using var session = await PostgresConnector.OpenAsync(database, default);
        var e = PostgresErrors.Explain(
            await Record.ExceptionAsync(() => ConnectorTests
                .Scalar(
                    session.Connection, "CREATE TABLE public.t (i int PRIMARY KEY); INSERT INTO public.t VALUES (7), (7)")),
                    database)!;
        Assert.Contains("violates unique constraint \"t_pkey\" | DETAIL: Key (i)=(7) already exists. (SQLSTATE 23505).", e.Message,
            StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_role_that_does_not_exist_is_named()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        await server.AdmitAsync("host all all 127.0.0.1/32 trust");
        var e = await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            work.Engine.BackUpAsync(new BackupRequest { Source = server.Address("postgres", "nobody-here") }));
        Assert.Contains("role \"nobody-here\" does not exist", e.Message, StringComparison.Ordinal);
        Assert.Contains("CREATE ROLE", e.Hint, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_parameter_of_another_driver_is_warned_of_once_in_an_operation()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        var set = await work.Engine.BackUpAsync(new BackupRequest { Source = PostgresAddress
            .Parse(server.Url(database.Database) + "?command_timeout=60&pool=5") });
        Assert.Equal("Ignored in the database's address, because PostgreSQL does not know them: command_timeout, pool.",
            Assert.Single(work.Reporter.Warnings));
        await work.PassesAsync(set, VerificationLevel.Restore,
            PostgresAddress.Parse(server.Url("postgres") + "?search_path=x"));
        Assert.Single(work.Reporter.Warnings, warning => warning.EndsWith(": search_path.", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task A_name_that_programs_cannot_be_given_is_refused_with_the_way_out()
    {
        using var work = new Workspace();
        var database = await PostgresServer.Shared.CreateDatabaseAsync();
        foreach (var source in new[] { database with { Database = "caf\uF7E9" }, database with { User = "caf\uF7E9" } })
            await ServerCommands.RefusedAsync<InvalidRequestException>(() => work.BackUpAsync(source), "bytes that are no UTF-8",
                "RENAME TO");
        await ServerCommands.RefusedAsync<InvalidRequestException>(
            () => work.BackUpAsync(database, options: new PostgresBackupOptions { Schemas = ["caf\uF7E9"] }),
            "schema or table in a pattern", "Put ? or *");
    }

    [PostgresFact]
    public async Task An_error_of_a_statement_in_the_middle_of_an_operation_is_explained()
    {
        // The engine has no code for a server without this function.
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        await server.RunAsync("SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.pg_database_size(name) RENAME TO no_size",
            database.Database);
        await server.RunAsync("SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.pg_database_size(oid) RENAME TO no_size_either",
            database.Database);
        var e = await Assert.ThrowsAsync<ServerErrorException>(() => work.Engine.PlanBackupAsync(new BackupRequest { Source = database }));
        Assert.Contains("pg_database_size(name) does not exist | HINT: No function matches", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("(SQLSTATE 42883).", e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Hint);
    }
}
