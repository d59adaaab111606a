using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Swap;

/// <summary>Sessions on another database of the target's server.</summary>
public class MaintenanceConnectionTests
{
    private const string WithoutUsual = "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC";

    [PostgresFact]
    public async Task Goes_to_postgres_also_where_the_target_is_missing()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var connection = await MaintenanceConnection
            .TryOpenAsync(fixture.Address(fixture.Owner, "no such database"), default);
        Assert.Equal("postgres", connection!.Connection.Database);
    }

    [PostgresFact]
    public async Task Goes_elsewhere_where_postgres_itself_is_the_target()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var connection = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner, "postgres"),
            default);
        // A session on template1 would keep everybody from creating databases.
        Assert.DoesNotContain(connection!.Connection.Database, (string[])["postgres", "template1"]);
    }

    [PostgresFact]
    public async Task Finds_any_database_that_lets_the_role_in_but_no_leftover_of_ours_and_is_null_without_one()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fixture = await RestoreFixture.CreateAsync(server);
        var other = fixture.Name("other");
        foreach (var name in (string[])["postry_stage_" + other, "0closed_" + other, other])
            await fixture.RunAsync($"CREATE DATABASE \"{name}\" OWNER {fixture.Owner}");

        await fixture.RunAsync($"ALTER DATABASE \"0closed_{other}\" ALLOW_CONNECTIONS false");
        await fixture.RunAsync(WithoutUsual);
        await using (var connection = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default)) Assert
            .Equal(other, connection!.Connection.Database);

        await fixture.RunAsync($"REVOKE CONNECT ON DATABASE {other} FROM PUBLIC, {fixture.Owner}");
        Assert.Null(await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default));
        Assert.Null(await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner, "no_such_database"), default));
    }

    [PostgresFact]
    public async Task Says_so_where_no_server_answers()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        var address = fixture.Address() with { Hosts = [new("127.0.0.1", 1)] };
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => MaintenanceConnection.TryOpenAsync(address, default));
    }

    [PostgresFact]
    public async Task Says_so_where_the_role_does_not_exist()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            MaintenanceConnection.TryOpenAsync(fixture.Address("no_such_role"), default));
    }

    [PostgresFact]
    public async Task Can_write_although_the_role_is_read_only_by_default()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await fixture.RunAsync($"ALTER ROLE {fixture.Owner} SET default_transaction_read_only = on");
        await using var connection = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default);
        await connection!.ExecuteAsync($"COMMENT ON DATABASE {RestoreFixture.Q(fixture.Live)} IS 'written'", default);
    }
}
