using Npgsql;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>A database that is read-only for the time of a restore.</summary>
public class WriteFreezeTests
{
    [PostgresFact]
    public async Task Ends_writers_refuses_writes_and_lifts_both_again()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        using var workspace = new Workspace();
        await fixture.RunAsync("CREATE TABLE public.t (a int)", fixture.Live, fixture.Owner);
        var writer = await fixture.OpenAsync(fixture.Owner);
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default);
        var log = await JournalAsync(fixture, workspace);

        Assert.Empty(await WriteFreeze.FreezeAsync(maintenance!, fixture.Live, log, default));

        Assert.False(await RestoreFixture.IsAliveAsync(writer));
        Assert.True(RestoreJournal.Read(log.Journal.Target)!.Server!.Frozen);
        var frozen = await fixture.OpenAsync(fixture.Owner);
        Assert.Equal("25006", await InsertAsync(frozen));

        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);

        // The session began read-only, and would stay so in its pool.
        Assert.False(await RestoreFixture.IsAliveAsync(frozen));
        Assert.Null(await InsertAsync(await fixture.OpenAsync(fixture.Owner)));
        Assert.Null(await SettingsAsync(fixture, fixture.Live));
    }

    [PostgresFact]
    public async Task Puts_back_what_was_set_before_under_whatever_name_the_database_has_now_and_as_often_as_asked()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        using var workspace = new Workspace();
        await fixture
            .RunAsync(
            $"ALTER DATABASE {RestoreFixture.Q(fixture.Live)} SET default_transaction_read_only = 'off';; ALTER DATABASE " +
            $"{RestoreFixture.Q(fixture.Live)} SET work_mem = '5MB';; "
            + $"ALTER ROLE {fixture.Owner} IN DATABASE {RestoreFixture.Q(fixture.Live)} SET default_transaction_read_only = 'on'");
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default);
        var log = await JournalAsync(fixture, workspace);
        await WriteFreeze.FreezeAsync(maintenance!, fixture.Live, log, default);
        await WriteFreeze.FreezeAsync(maintenance!, fixture.Live, log, default);
        Assert.Equal("off", RestoreJournal.Read(log.Journal.Target)!.Server!.ReadOnlyBefore);

        var kept = $"kept \"{fixture.Live}\"";
        await fixture.RunAsync($"ALTER DATABASE {RestoreFixture.Q(fixture.Live)} RENAME TO {RestoreFixture.Q(kept)}");
        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);
        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);

        Assert.Equal("default_transaction_read_only=off,work_mem=5MB", await SettingsAsync(fixture, kept));
    }

    [PostgresFact]
    public async Task Lifting_is_nothing_where_the_database_is_gone_or_was_never_frozen()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        await fixture.RunAsync($"ALTER DATABASE {RestoreFixture.Q(fixture.Live)} SET default_transaction_read_only = 'on'");
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default);
        await WriteFreeze.LiftAsync(maintenance!, new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = await fixture.OidAsync() },
            default);
        Assert.Equal("default_transaction_read_only=on", await SettingsAsync(fixture, fixture.Live));
        await WriteFreeze.LiftAsync(maintenance!,
            new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = 4294967295, Frozen = true }, default);
    }

    [PostgresFact]
    public async Task Works_from_within_the_database_for_an_owner_who_reaches_no_other()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        using var workspace = new Workspace();
        await fixture.RunAsync("CREATE TABLE public.t (a int)", fixture.Live, fixture.Owner);
        var log = await JournalAsync(fixture, workspace);
        await WriteFreeze.FreezeAsync(await fixture.OpenAsync(fixture.Owner), fixture.Live, log, default);
        var later = await fixture.OpenAsync(fixture.Owner);
        var own = await fixture.OpenAsync(fixture.Owner);
        await WriteFreeze.LiftAsync(later, log.Journal.Server!, default, [own.ProcessId]);
        Assert.True(await RestoreFixture.IsAliveAsync(own));
        Assert.Null(await SettingsAsync(fixture, fixture.Live));
    }

    [PostgresFact]
    public async Task Tells_whose_sessions_can_still_write()
    {
        await using var fixture = await RestoreFixture.CreateAsync();
        using var workspace = new Workspace();
        var super = await fixture.OpenAsync();
        var mine = await fixture.OpenAsync(fixture.Owner);
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(fixture.Address(fixture.Owner), default);
        var still = await WriteFreeze.FreezeAsync(maintenance!, fixture.Live, await JournalAsync(fixture, workspace), default);
        Assert.Equal($"postgres, process {super.ProcessId}", Assert.Single(still));
        Assert.True(await RestoreFixture.IsAliveAsync(super));
        Assert.False(await RestoreFixture.IsAliveAsync(mine));
    }

    private static async Task<SwapLog> JournalAsync(RestoreFixture fixture, Workspace workspace)
    {
        var target = RestoreTarget.OnServer(workspace.BackupRoot, fixture.Address().Name, "test/" + fixture.Live);
        Directory.CreateDirectory(Path.GetDirectoryName(target.JournalFile)!);
        return new SwapLog(new RestoreJournal
        {
            Kind = JournalKind.Restore, RestoreId = "r1", RecordFile = "", TargetName = target.Name, TargetIdentity = target.Identity, Stage =
                "", Previous = "", TargetExisted = true,
            StartedAt = DateTime.UtcNow, Target = target, Step = JournalStep.Started,
            Server = new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = await fixture.OidAsync() },
        }, null);
    }

    private static async Task<string?> InsertAsync(PostgresSession session)
    {
        try
        {
            await session.ExecuteAsync("INSERT INTO public.t VALUES (1)", default);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static Task<string?> SettingsAsync(RestoreFixture fixture, string database) => fixture.AskAsync(
        $"SELECT string_agg(setting, ',' ORDER BY setting) FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting JOIN " +
            $"pg_database ON pg_database.oid = setdatabase WHERE setrole = 0 AND datname = '{database}'");
}
