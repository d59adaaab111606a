using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Swap;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

/// <summary>What clears the way for a rename, and what measures how long it took.</summary>
public class SwapHelpersTests
{
    [PostgresFact]
    public async Task A_rename_finds_its_moment_among_clients_that_reconnect()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var swapper = (await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default))!;
        await using var helper = (await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default))!;
        var stage = site.Name("stage");
        var kept = site.Name("kept");
        await site.RunAsync($"CREATE DATABASE {stage} OWNER {site.Owner}");
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => ReconnectAsync(site.Address(site.Owner), over.Token)).ToArray();
        await using var probe = await AvailabilityProbe.StartAsync(site.Address(site.Owner));
        await using (SessionTerminator.Start(helper, await site.OidAsync(), [], default))
            await probe.AsideAsync(() => RenameAsync(swapper, site.Live, stage, kept));
        var gap = await probe.StopAsync();
        await over.CancelAsync();
        // How long depends on the machine, but never is it nothing.
        Assert.InRange(gap.TotalMilliseconds, 1, 5000);
        Assert.Equal("stage", await Role(site, stage, kept));
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
    }

    [PostgresFact]
    public async Task A_name_that_always_answers_was_never_away()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(site.Address(site.Owner));
        await Task.Delay(300);
        // A busy machine may take its time; the name was there all the same.
        Assert.Equal(0, probe.Failures);
        Assert.InRange((await probe.StopAsync()).TotalMilliseconds, 0, 1000);
        Assert.True(probe.Attempts > 2);
        Assert.Equal("0",
            await site
            .AskAsync(
            $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{site.Live}' AND application_name = 'postry probe' AND state = " +
            $"'active'"));
    }

    [PostgresFact]
    public async Task The_time_that_a_name_is_away_is_measured()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(site.Address(site.Owner));
        var away = site.Name("away");
        await using var maintenance = await site.OpenAsync(database: "postgres");
        await using var helper = await site.OpenAsync(database: "postgres");
        await using (SessionTerminator.Start(helper, await site.OidAsync(), [], default))
            await TypedQuery.RunAsync(maintenance, $"ALTER DATABASE {RestoreSite.Q(site.Live)} RENAME TO {away}", default);
        var watch = Stopwatch.StartNew();
        await Task.Delay(400);
        await TypedQuery.RunAsync(maintenance, $"ALTER DATABASE {away} RENAME TO {RestoreSite.Q(site.Live)}", default);
        watch.Stop();
        Assert.InRange((await probe.StopAsync()).TotalMilliseconds, watch.ElapsedMilliseconds, watch.ElapsedMilliseconds + 1500);
    }

    [PostgresFact]
    public async Task A_name_that_never_was_there_was_never_away()
    {
        await using var site = await RestoreSite.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(site.Address(site.Owner, "no_such_database"));
        await Task.Delay(100);
        Assert.Equal(TimeSpan.Zero, await probe.StopAsync());
        Assert.True(probe.Failures > 1);
    }

    [PostgresFact]
    public async Task The_terminator_spares_whom_it_must_and_whom_it_may_not_end()
    {
        await using var site = await RestoreSite.CreateAsync();
        var other = await site.AddRoleAsync("other");
        NpgsqlConnection super = await site.OpenAsync(), mine = await site.OpenAsync(site.Owner), own = await site.OpenAsync(site.Owner),
            others = await site.OpenAsync(other);
        await using var maintenance = await site.OpenAsync(site.Owner, "postgres");
        await using (var terminator = SessionTerminator.Start(maintenance, await site.OidAsync(), [own.ProcessID], default))
        {
            await Task.Delay(200);
            Assert.Null(terminator.Failure);
            Assert.True(terminator.Ended > 0);
        }

        Assert.True(await RestoreSite.IsAliveAsync(super));
        Assert.True(await RestoreSite.IsAliveAsync(own));
        Assert.True(await RestoreSite.IsAliveAsync(others));
        Assert.False(await RestoreSite.IsAliveAsync(mine));

        await site.RunAsync($"GRANT pg_signal_backend TO {site.Owner}");
        await using (SessionTerminator.Start(maintenance, await site.OidAsync(), [own.ProcessID], default)) await Task.Delay(200);
        Assert.True(await RestoreSite.IsAliveAsync(super));
        Assert.False(await RestoreSite.IsAliveAsync(others));
        Assert.True(await RestoreSite.IsAliveAsync(maintenance));
    }

    private static async Task RenameAsync(NpgsqlConnection swapper, string live, string stage, string kept)
    {
        while (true)
        {
            await using var transaction = await swapper.BeginTransactionAsync();
            try
            {
                await TypedQuery.RunAsync(swapper, $"ALTER DATABASE {RestoreSite.Q(live)} RENAME TO {kept}", default);
                await TypedQuery.RunAsync(swapper, $"ALTER DATABASE {stage} RENAME TO {RestoreSite.Q(live)}", default);
                await transaction.CommitAsync();
                return;
            }
            catch (PostgresException e) when (e.SqlState == "55006")
            {
                await transaction.RollbackAsync();
            }
        }
    }

    private static async Task<int> ReconnectAsync(PostgresAddress address, CancellationToken over)
    {
        var count = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                await using var connection = await PostgresConnector.OpenAsync(address, "Client", default);
                count++;
                await TypedQuery.RunAsync(connection, "SELECT pg_sleep(0.01)", default);
            }
            catch (Exception e) when (e is OpsException or NpgsqlException)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }

        return count;
    }

    private static async Task<string?> Role(RestoreSite site, string stage, string kept) =>
        await site
            .AskAsync(
            $"SELECT CASE WHEN EXISTS (SELECT FROM pg_database WHERE datname = '{kept}') AND NOT EXISTS (SELECT FROM pg_database WHERE " +
            $"datname = '{stage}') THEN 'stage' END");
}
