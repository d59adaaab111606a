using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

/// <summary>Sessions on another database of the target's server.</summary>
public class MaintenanceConnectionTests
{
    private const string WithoutUsual = "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC";

    [PostgresFact]
    public async Task Goes_to_postgres_also_where_the_target_is_missing()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var connection = await MaintenanceConnection
            .TryOpenAsync(site.Address(site.Owner, "no such database"), "Restore", default);
        Assert.Equal("postgres", connection!.Database);
    }

    [PostgresFact]
    public async Task Goes_elsewhere_where_postgres_itself_is_the_target()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var connection = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner, "postgres"), "Restore", default);
        // A session on template1 would keep everybody from creating databases.
        Assert.DoesNotContain(connection!.Database, (string[])["postgres", "template1"]);
    }

    [PostgresFact]
    public async Task Finds_any_database_that_lets_the_role_in_but_no_leftover_of_ours_and_is_null_without_one()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var site = await RestoreSite.CreateAsync(server);
        var other = site.Name("other");
        foreach (var name in (string[])["postry_stage_" + other, "0closed_" + other, other])
            await site.RunAsync($"CREATE DATABASE \"{name}\" OWNER {site.Owner}");

        await site.RunAsync($"ALTER DATABASE \"0closed_{other}\" ALLOW_CONNECTIONS false");
        await site.RunAsync(WithoutUsual);
        await using (var connection = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default)) Assert
            .Equal(other, connection!.Database);

        await site.RunAsync($"REVOKE CONNECT ON DATABASE {other} FROM PUBLIC, {site.Owner}");
        Assert.Null(await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default));
        Assert.Null(await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner, "no_such_database"), "Restore", default));
    }

    [PostgresFact]
    public async Task Says_so_where_no_server_answers()
    {
        await using var site = await RestoreSite.CreateAsync();
        var address = site.Address() with { Hosts = [new("127.0.0.1", 1)] };
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => MaintenanceConnection.TryOpenAsync(address, "Restore", default));
    }

    [PostgresFact]
    public async Task Says_so_where_the_role_does_not_exist()
    {
        await using var site = await RestoreSite.CreateAsync();
        await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            MaintenanceConnection.TryOpenAsync(site.Address("no_such_role"), "Restore", default));
    }

    [PostgresFact]
    public async Task Can_write_although_the_role_is_read_only_by_default()
    {
        await using var site = await RestoreSite.CreateAsync();
        await site.RunAsync($"ALTER ROLE {site.Owner} SET default_transaction_read_only = on");
        await using var connection = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default);
        await TypedQuery.RunAsync(connection!, $"COMMENT ON DATABASE {RestoreSite.Q(site.Live)} IS 'written'", default);
    }
}
