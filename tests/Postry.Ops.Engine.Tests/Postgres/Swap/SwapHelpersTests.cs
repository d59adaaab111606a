using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Swap;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Swap;

/// <summary>The helpers of a swap: one clears the way for a rename, one measures its duration.</summary>
public class SwapHelpersTests
{
    [PostgresFact]
    public async Task A_rename_finds_its_moment_among_clients_that_reconnect()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var swapper = (await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default))!;
        await using var helper = (await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default))!;
        var stage = fixture.Name("stage");
        var kept = fixture.Name("kept");
        await fixture.RunAsync($"CREATE DATABASE {stage} OWNER {fixture.Owner}");
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => ReconnectAsync(fixture.Address(fixture.Owner), over.Token)).ToArray();
        await using var probe = await AvailabilityProbe.StartAsync(fixture.Address(fixture.Owner));
        await using (SessionTerminator.Start(helper, await fixture.OidAsync(), [], default))
            await probe.RenameBetweenProbesAsync(() => RenameAsync(swapper, fixture.Live, stage, kept));
        var gap = await probe.StopAsync();
        await over.CancelAsync();
        // The duration depends on the machine, but is never zero.
        Assert.InRange(gap.TotalMilliseconds, 1, 5000);
        Assert.Equal("stage", await Role(fixture, stage, kept));
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
    }

    [PostgresFact]
    public async Task A_name_that_always_answers_was_never_away()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(fixture.Address(fixture.Owner));
        await Task.Delay(300);
        // A busy machine may take its time; the name was there all the same.
        Assert.Equal(0, probe.Failures);
        Assert.InRange((await probe.StopAsync()).TotalMilliseconds, 0, 1000);
        Assert.True(probe.Attempts > 2);
        Assert.Equal("0",
            await fixture
            .AskAsync(
            $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{fixture.Live}' AND application_name = 'postry probe' AND state = " +
            $"'active'"));
    }

    [PostgresFact]
    public async Task The_time_that_a_name_is_away_is_measured()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(fixture.Address(fixture.Owner));
        var away = fixture.Name("away");
        await using var maintenance = await fixture.OpenAsync(database: "postgres");
        await using var helper = await fixture.OpenAsync(database: "postgres");
        await using (SessionTerminator.Start(helper, await fixture.OidAsync(), [], default))
            await maintenance.ExecuteAsync($"ALTER DATABASE {RestoreFixture.Q(fixture.Live)} RENAME TO {away}", default);
        var watch = Stopwatch.StartNew();
        await Task.Delay(400);
        await maintenance.ExecuteAsync($"ALTER DATABASE {away} RENAME TO {RestoreFixture.Q(fixture.Live)}", default);
        watch.Stop();
        Assert.InRange((await probe.StopAsync()).TotalMilliseconds, watch.ElapsedMilliseconds, watch.ElapsedMilliseconds + 1500);
    }

    [PostgresFact]
    public async Task A_name_that_never_was_there_was_never_away()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await using var probe = await AvailabilityProbe.StartAsync(fixture.Address(fixture.Owner, "no_such_database"));
        await Task.Delay(100);
        Assert.Equal(TimeSpan.Zero, await probe.StopAsync());
        Assert.True(probe.Failures > 1);
    }

    [PostgresFact]
    public async Task The_terminator_spares_whom_it_must_and_whom_it_may_not_end()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        var other = await fixture.AddRoleAsync("other");
        NpgsqlSession super = await fixture.OpenAsync(), mine = await fixture.OpenAsync(fixture.Owner),
            own = await fixture.OpenAsync(fixture.Owner), others = await fixture.OpenAsync(other);
        await using var maintenance = await fixture.OpenAsync(fixture.Owner, "postgres");
        await using (var terminator = SessionTerminator.Start(maintenance, await fixture.OidAsync(), [own.ProcessId], default))
        {
            await Task.Delay(200);
            Assert.Null(terminator.Failure);
            Assert.True(terminator.Ended > 0);
        }

        Assert.True(await RestoreFixture.IsAliveAsync(super));
        Assert.True(await RestoreFixture.IsAliveAsync(own));
        Assert.True(await RestoreFixture.IsAliveAsync(others));
        Assert.False(await RestoreFixture.IsAliveAsync(mine));

        await fixture.RunAsync($"GRANT pg_signal_backend TO {fixture.Owner}");
        await using (SessionTerminator.Start(maintenance, await fixture.OidAsync(), [own.ProcessId], default)) await Task.Delay(200);
        Assert.True(await RestoreFixture.IsAliveAsync(super));
        Assert.False(await RestoreFixture.IsAliveAsync(others));
        Assert.True(await RestoreFixture.IsAliveAsync(maintenance));
    }

    private static async Task RenameAsync(NpgsqlSession swapper, string live, string stage, string kept)
    {
        while (true)
        {
            await using var transaction = await swapper.Connection.BeginTransactionAsync();
            try
            {
                await swapper.ExecuteAsync($"ALTER DATABASE {RestoreFixture.Q(live)} RENAME TO {kept}", default);
                await swapper.ExecuteAsync($"ALTER DATABASE {stage} RENAME TO {RestoreFixture.Q(live)}", default);
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
                await using var connection = await PostgresConnector.OpenAsync(address, default);
                count++;
                await connection.ExecuteAsync("SELECT pg_sleep(0.01)", default);
            }
            catch (Exception e) when (e is OpsException or NpgsqlException)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }

        return count;
    }

    private static async Task<string?> Role(RestoreFixture fixture, string stage, string kept) =>
        await fixture
            .AskAsync(
            $"SELECT CASE WHEN EXISTS (SELECT FROM pg_database WHERE datname = '{kept}') AND NOT EXISTS (SELECT FROM pg_database WHERE " +
            $"datname = '{stage}') THEN 'stage' END");
}
