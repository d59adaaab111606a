using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Connections;

/// <summary>Connections to a real server: which they reach, what they are set to, and what is said where there is none.</summary>
public sealed class ConnectorTests
{
    [PostgresFact]
    public async Task Every_form_of_an_address_reaches_the_database()
    {
        var server = PostgresServer.Shared;
        var database = (await server.CreateDatabaseAsync("odd 'name\\ \"ü=x" + Guid.NewGuid().ToString("N")[..4])).Database;
        var quoted = database.Replace("\\", "\\\\").Replace("'", "\\'");
        var password = server.Password.Replace("\\", "\\\\").Replace("'", "\\'");
        CurrentOperation.Begin("Test");
        foreach (var address in new[]
        {
            PostgresAddress.Parse(server.Url(database)),
            PostgresAddress.Parse($"host=127.0.0.1 port={server.Port} dbname='{quoted}' user=postgres password='{password}'"),
            PostgresAddress.Parse(new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = server.Port, Database = database,
                Username = "postgres", Password = server.Password }.ConnectionString),
            server.SocketAddress(database),
            PostgresAddress.Parse(server.SocketAddress(database).Name).As("postgres", server.Password),
        })
        {
            await using var session = await PostgresConnector.OpenAsync(address, default);
            Assert.Equal(database, await Scalar(session.Connection, "SELECT current_database()::text"));
            Assert.Equal("postry test", await Scalar(session.Connection, "SELECT current_setting('application_name')"));
            Assert.Equal(address.Name, PostgresConnector.ConnectedAddress(session, address).Name);
        }
    }

    [PostgresFact]
    public async Task What_a_role_or_a_database_sets_does_not_change_a_session()
    {
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        var (role, password) = await server.CreateRoleAsync();
        await server.RunAsync(string.Concat(new[]
        {
            "TimeZone='Asia/Kathmandu'", "DateStyle='German, DMY'", "IntervalStyle='iso_8601'", "extra_float_digits=-5",
                "bytea_output=escape", "quote_all_identifiers=on",
            "search_path='public'", "statement_timeout='1min'", "lock_timeout='1min'", "idle_in_transaction_session_timeout='1min'",
            "row_security=on", "standard_conforming_strings=off",
        }.Select(setting => $"ALTER ROLE {role} SET {setting};")));
        await server
            .RunAsync(
            $"ALTER DATABASE {database.Database} SET lc_monetary='C.UTF-8'; ALTER DATABASE {database.Database} SET " +
            $"client_encoding='LATIN1'; ALTER ROLE {role} IN DATABASE {database.Database} SET TimeZone='Asia/Tokyo'");
        var address = database.As(role, password) with { Parameters = new Dictionary<string,
            string> { ["options"] = "-c timezone=America/Caracas -c geqo=off" } };
        await using var session = await PostgresConnector.OpenAsync(address, default);
        foreach (var (name, value) in new[]
        {
            ("TimeZone", "UTC"), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("extra_float_digits", "3"),
                ("bytea_output", "hex"), ("lc_monetary", "C"), ("quote_all_identifiers", "off"),
            ("standard_conforming_strings", "on"), ("client_encoding", "UTF8"), ("search_path", ""), ("row_security", "off"),
            ("statement_timeout", "0"), ("lock_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"), ("geqo", "off"),
        }) Assert.Equal((name, value), (name, await Scalar(session.Connection, $"SELECT current_setting('{name}')")));
    }

    [PostgresFact]
    public async Task Of_several_hosts_the_first_that_answers_is_taken_and_known_afterwards()
    {
        var server = PostgresServer.Shared;
        var address = server.Address("postgres");
        address = address with { Hosts = [new("127.0.0.1", 1), new("nowhere.invalid", 5432), address.Hosts[0]] };
        await using var session = await PostgresConnector.OpenAsync(address, default);
        Assert.Equal(server.Address("postgres").Name, PostgresConnector.ConnectedAddress(session, address).Name);
        var e = await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            PostgresConnector.OpenAsync(address with { Hosts = [.. address.Hosts.Take(2)] }, default));
        Assert.Contains("127.0.0.1:1", e.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere.invalid", e.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_role_whose_statements_get_no_time_at_all_is_let_in()
    {
        var server = PostgresServer.Shared;
        var (role, password) = await server.CreateRoleAsync();
        await server.RunAsync($"ALTER ROLE {role} SET statement_timeout = '1ms'");
        var hasty = server.Address("postgres", role, password);
        for (var i = 0; i < 5; i++)
        {
            await using var session = await PostgresConnector.OpenAsync(hasty, default);
            Assert.Equal("0", await Scalar(session.Connection, "SELECT current_setting('statement_timeout') FROM pg_sleep(0.01)"));
        }
    }

    [PostgresFact]
    public async Task A_standby_is_told_from_a_primary()
    {
        await using var standby = await PostgresServer.StartAsync();
        await standby.BecomeStandbyAsync();
        var both = PostgresServer.Shared.Address("postgres").As("postgres", standby.Password);
        var primary = PostgresServer.Shared.Address("postgres");
        var address = standby.Address("postgres");
        await using (await PostgresConnector.OpenAsync(Asking(address, "standby"), default)) { }
        await using (await PostgresConnector.OpenAsync(Asking(address, "read-only"), default)) { }
        await using (await PostgresConnector.OpenAsync(Asking(primary, "prefer-standby"), default)) { }
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            PostgresConnector.OpenAsync(Asking(address, "read-write"), default));
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            PostgresConnector.OpenAsync(Asking(primary, "standby"), default));
        var e = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var session = await PostgresConnector.OpenAsync(address, default);
            await Scalar(session.Connection, "CREATE TABLE t (i int)");
        });
        Assert.IsType<AccessDeniedException>(PostgresErrors.Explain(e, both));
        static PostgresAddress Asking(PostgresAddress address, string role) =>
            address with { Parameters = new Dictionary<string, string> { ["target_session_attrs"] = role } };
    }

    [PostgresTheory("pgbouncer")]
    [InlineData("pool_mode=transaction", "")]
    [InlineData("pool_mode=transaction", "server_round_robin=1")]
    [InlineData("pool_mode=transaction", "default_pool_size=1")]
    [InlineData("pool_mode=statement", "")]
    public async Task A_transaction_pooler_is_refused_and_left_as_it_was(string mode, string more)
    {
        await using var pooler = await Pooler.StartAsync(PostgresServer.Shared, mode, more);
        var e = await Assert.ThrowsAsync<PoolerNotSupportedException>(() =>
            PostgresConnector.OpenAsync(pooler.Address("postgres"), default));
        Assert.Contains("5432", e.Hint, StringComparison.Ordinal);
        // The application that gets the same session afterwards finds no setting of ours in it.
        for (var i = 0; i < 4; i++)
        {
            await using var application = new NpgsqlConnection(
                $"Host=127.0.0.1;Port={pooler.Address("x").Hosts[0].Port}" +
                $";Database=postgres;Username=postgres;Password=x;Pooling=false;No Reset On Close=true;GSS Encryption Mode=Disable");
            await application.OpenAsync();
            Assert.Equal("\"$user\", public", await Scalar(application, "SELECT current_setting('search_path')"));
        }
    }

    [PostgresFact("pgbouncer")]
    public async Task A_session_pooler_is_as_good_as_the_server()
    {
        await using var pooler = await Pooler.StartAsync(PostgresServer.Shared, "pool_mode=session");
        await using var session = await PostgresConnector.OpenAsync(pooler.Address("postgres"), default);
        Assert.Equal("UTC", await Scalar(session.Connection, "SELECT current_setting('TimeZone')"));
    }

    [PostgresFact]
    public async Task A_cancelled_wait_ends()
    {
        using var deaf = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        var address = PostgresServer.Shared.Address("postgres") with { Hosts =
            [new("127.0.0.1", ((System.Net.IPEndPoint)deaf.LocalEndpoint).Port)] };
        using var cancel = new CancellationTokenSource(200);
        var waited = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PostgresConnector.OpenAsync(address, cancel.Token));
        Assert.True(waited.Elapsed < TimeSpan.FromSeconds(3), $"{waited.Elapsed}");
        var e = await Assert.ThrowsAsync<DatabaseUnreachableException>(() =>
            PostgresConnector.OpenAsync(address with { Parameters = new Dictionary<string, string> { ["connect_timeout"] = "1" } },
            default));
        Assert.Contains("did not answer in time", e.Message, StringComparison.Ordinal);
    }

    internal static async Task<object?> Scalar(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
