using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Connections;

/// <summary>Every way in which a server says no has an error of its own, a next step, and no password in it.</summary>
public sealed class ConnectionErrorTests
{
    [PostgresFact]
    public async Task A_wrong_password_and_an_unknown_role_and_no_password()
    {
        var server = PostgresServer.Shared;
        await RefusedAsync<AuthenticationFailedException>(server.Address("postgres", password: "wrong-" + server.Password));
        await RefusedAsync<AuthenticationFailedException>(server.Address("postgres", "nobody-here"));
        var e = await RefusedAsync<AuthenticationFailedException>(server
            .Address("postgres") with { Password = null, Parameters = new Dictionary<string, string> { ["passfile"] = "/none" } });
        Assert.Contains("PGPASSWORD", e.Hint, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_missing_database_a_closed_one_and_one_that_may_not_be_entered()
    {
        var server = PostgresServer.Shared;
        await RefusedAsync<SourceNotFoundException>(server.Address("none"));
        var shut = await server.CreateDatabaseAsync(options: "ALLOW_CONNECTIONS false");
        await RefusedAsync<DatabaseUnreachableException>(shut);
        var own = await server.CreateDatabaseAsync();
        await server.RunAsync($"REVOKE ALL ON DATABASE {own.Database} FROM PUBLIC");
        var (role, password) = await server.CreateRoleAsync();
        await RefusedAsync<AccessDeniedException>(own.As(role, password));
    }

    [PostgresFact]
    public async Task A_refused_port_an_unknown_host_and_a_missing_socket()
    {
        var address = PostgresServer.Shared.Address("postgres");
        await RefusedAsync<DatabaseUnreachableException>(address with { Hosts = [new("127.0.0.1", 1)] });
        await RefusedAsync<DatabaseUnreachableException>(address with { Hosts = [new("nowhere.invalid", 5432)] });
        var e = await RefusedAsync<DatabaseUnreachableException>(address with { Hosts = [new("/none", 5432)] });
        Assert.Contains("socket", e.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_limit_of_connections()
    {
        var server = PostgresServer.Shared;
        var (role, password) = await server.CreateRoleAsync("CONNECTION LIMIT 0");
        await RefusedAsync<DatabaseBusyException>(server.Address("postgres", role, password));
    }

    [PostgresFact]
    public async Task A_server_that_takes_encrypted_connections_only_and_one_that_offers_none()
    {
        await using var server = await PostgresServer.StartAsync(tls: true);
        await server.AdmitAsync("hostssl all all 127.0.0.1/32 scram-sha-256", "local all all scram-sha-256");
        var e = await RefusedAsync<AuthenticationFailedException>(With(server.Address("postgres"), "sslmode", "disable"));
        Assert.Contains("sslmode", e.Hint, StringComparison.Ordinal);
        await using (await PostgresConnector.OpenAsync(server.Address("postgres"), default)) { }
        await using (await PostgresConnector.OpenAsync(With(server.Address("postgres"), "sslmode", "require"), default)) { }
        await using (await PostgresConnector.OpenAsync(
            With(With(server.Address("postgres"), "sslmode", "verify-full"), "sslrootcert", server.Certificate), default)) { }
        var unknown = await RefusedAsync<DatabaseUnreachableException>(With(server.Address("postgres"), "sslmode", "verify-full"));
        Assert.Contains("sslrootcert", unknown.Hint, StringComparison.Ordinal);
        var plain = await RefusedAsync<DatabaseUnreachableException>(With(PostgresServer.Shared.Address("postgres"), "sslmode", "require"));
        Assert.Contains("sslmode", plain.Hint, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_connection_that_is_lost()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var ended = await PostgresConnector.OpenAsync(server.Address("postgres"), default);
        await server.RunAsync($"SELECT pg_terminate_backend({ended.ProcessId})");
        Assert.IsType<DatabaseUnreachableException>(PostgresErrors
            .Explain(await Fails(ended, "SELECT 1"), server.Address("postgres")));
        await using var broken = await PostgresConnector.OpenAsync(server.Address("postgres"), default);
        var waiting = Fails(broken, "SELECT pg_sleep(60)");
        await Task.Delay(200);
        await server.CrashAsync();
        Assert.IsType<DatabaseUnreachableException>(PostgresErrors.Explain(await waiting, server.Address("postgres")));
        await RefusedAsync<DatabaseUnreachableException>(server.Address("postgres"));
        await server.RestartAsync();
        await using (await PostgresConnector.OpenAsync(server.Address("postgres"), default)) { }
    }

    [PostgresFact]
    public async Task What_a_statement_may_not_do_and_what_is_merely_wrong()
    {
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        var (role, password) = await server.CreateRoleAsync();
        await server.RunAsync("CREATE TABLE public.t (i int)", database.Database);
        await using var connection = await PostgresConnector.OpenAsync(database.As(role, password), default);
        Assert.IsType<AccessDeniedException>(PostgresErrors.Explain(await Fails(connection, "SELECT * FROM public.t"), database));
        var wrong = Assert.IsType<ServerErrorException>(PostgresErrors.Explain(await Fails(connection, "SELEKT"), database));
        Assert.Contains("SQLSTATE 42601", wrong.Message, StringComparison.Ordinal);
        await using var locker = await server.ConnectAsync(database.Database);
        await ConnectorTests.Scalar(locker, "BEGIN; LOCK TABLE public.t");
        await using var waiter = await PostgresConnector.OpenAsync(database, default);
        Assert.IsType<DatabaseBusyException>(PostgresErrors
            .Explain(await Fails(waiter, "BEGIN; LOCK TABLE public.t NOWAIT"), database));
    }

    [Theory]
    [InlineData("28P01", "password authentication failed", typeof(AuthenticationFailedException))]
    [InlineData("55006", "database is being accessed by other users", typeof(DatabaseBusyException))]
    [InlineData("53300", "sorry, too many clients already", typeof(DatabaseBusyException))]
    [InlineData("53100", "could not extend file: No space left on device", typeof(NotEnoughSpaceException))]
    [InlineData("57P03", "the database system is starting up", typeof(DatabaseUnreachableException))]
    [InlineData("57P01", "terminating connection due to administrator command", typeof(DatabaseUnreachableException))]
    [InlineData("08006", "connection failure", typeof(DatabaseUnreachableException))]
    [InlineData("08P01", "unsupported startup parameter: options", typeof(PoolerNotSupportedException))]
    [InlineData("40001", "canceling statement due to conflict with recovery", typeof(DatabaseBusyException))]
    [InlineData("42601", "syntax error", typeof(ServerErrorException))]
    [InlineData("0A000", "not supported", typeof(ServerErrorException))]
    [InlineData("25001", "active SQL transaction", typeof(ServerErrorException))]
    [InlineData("53200", "out of shared memory", typeof(ServerLimitException))]
    [InlineData("53400", "temporary file size exceeds temp_file_limit (1kB)", typeof(ServerLimitException))]
    [InlineData("54001", "stack depth limit exceeded", typeof(ServerLimitException))]
    [InlineData("55000", "object not in prerequisite state", typeof(ServerErrorException))]
    [InlineData("57P04", "database dropped", typeof(DatabaseUnreachableException))]
    [InlineData("XX000", "cache lookup failed", typeof(ServerErrorException))]
    [InlineData("XX001", "invalid page in block 3", typeof(DatabaseDamagedException))]
    [InlineData("ZZ999", "never seen", typeof(ServerErrorException))]
    public void Codes_of_the_server_have_errors(string code, string text, Type expected)
    {
        var e = PostgresErrors.Explain(new PostgresException(text, "ERROR", "ERROR", code), "shop");
        Assert.Equal(expected, e?.GetType());
        Assert.Equal($"shop: {text} (SQLSTATE {code}).", e!.Message);
        Assert.NotEmpty(e.Hint);
    }

    [Fact]
    public void A_password_in_a_text_is_taken_out() => Assert.Equal("a *** b", PostgresErrors.Redact("a S3cret b", "S3cret"));

    private static PostgresAddress With(PostgresAddress address, string name, string value) =>
        address with { Parameters = new Dictionary<string, string>(address.Parameters) { [name] = value } };

    private static async Task<TError> RefusedAsync<TError>(PostgresAddress address) where TError : OpsException
    {
        var e = await Assert.ThrowsAsync<TError>(() => PostgresConnector.OpenAsync(address, default));
        var said = e + e.Hint + e.Target;
        if (address.Password is { } password) Assert.DoesNotContain(password, said, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Shared.Password, said, StringComparison.Ordinal);
        Assert.NotEmpty(e.Hint);
        Assert.Equal(address.Name, e.Target);
        return e;
    }

    private static Task<Exception> Fails(NpgsqlSession session, string sql) =>
        Record.ExceptionAsync(() => ConnectorTests.Scalar(session.Connection, sql))!;
}
