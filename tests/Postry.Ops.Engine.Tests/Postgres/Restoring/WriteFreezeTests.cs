using Npgsql;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restoring;

/// <summary>A database that is read-only for the time of a restore.</summary>
public class WriteFreezeTests
{
    [PostgresFact]
    public async Task Ends_writers_refuses_writes_and_lifts_both_again()
    {
        await using var site = await RestoreSite.CreateAsync();
        using var workspace = new Workspace();
        await site.RunAsync("CREATE TABLE public.t (a int)", site.Live, site.Owner);
        var writer = await site.OpenAsync(site.Owner);
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default);
        var log = await JournalAsync(site, workspace);

        Assert.Empty(await WriteFreeze.FreezeAsync(maintenance!, site.Live, log, default));

        Assert.False(await RestoreSite.IsAliveAsync(writer));
        Assert.True(RestoreJournal.Read(log.Journal.Place)!.Server!.Frozen);
        var frozen = await site.OpenAsync(site.Owner);
        Assert.Equal("25006", await InsertAsync(frozen));

        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);

        // It began read-only, and would stay so in its pool.
        Assert.False(await RestoreSite.IsAliveAsync(frozen));
        Assert.Null(await InsertAsync(await site.OpenAsync(site.Owner)));
        Assert.Null(await SettingsAsync(site, site.Live));
    }

    [PostgresFact]
    public async Task Puts_back_what_was_set_before_under_whatever_name_the_database_has_now_and_as_often_as_asked()
    {
        await using var site = await RestoreSite.CreateAsync();
        using var workspace = new Workspace();
        await site
            .RunAsync(
            $"ALTER DATABASE {RestoreSite.Q(site.Live)} SET default_transaction_read_only = 'off';; ALTER DATABASE " +
            $"{RestoreSite.Q(site.Live)} SET work_mem = '5MB';; "
            + $"ALTER ROLE {site.Owner} IN DATABASE {RestoreSite.Q(site.Live)} SET default_transaction_read_only = 'on'");
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default);
        var log = await JournalAsync(site, workspace);
        await WriteFreeze.FreezeAsync(maintenance!, site.Live, log, default);
        await WriteFreeze.FreezeAsync(maintenance!, site.Live, log, default);
        Assert.Equal("off", RestoreJournal.Read(log.Journal.Place)!.Server!.ReadOnlyBefore);

        var kept = $"kept \"{site.Live}\"";
        await site.RunAsync($"ALTER DATABASE {RestoreSite.Q(site.Live)} RENAME TO {RestoreSite.Q(kept)}");
        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);
        await WriteFreeze.LiftAsync(maintenance!, log.Journal.Server!, default);

        Assert.Equal("default_transaction_read_only=off,work_mem=5MB", await SettingsAsync(site, kept));
    }

    [PostgresFact]
    public async Task Lifting_is_nothing_where_the_database_is_gone_or_was_never_frozen()
    {
        await using var site = await RestoreSite.CreateAsync();
        await site.RunAsync($"ALTER DATABASE {RestoreSite.Q(site.Live)} SET default_transaction_read_only = 'on'");
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default);
        await WriteFreeze.LiftAsync(maintenance!, new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = await site.OidAsync() },
            default);
        Assert.Equal("default_transaction_read_only=on", await SettingsAsync(site, site.Live));
        await WriteFreeze.LiftAsync(maintenance!,
            new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = 4294967295, Frozen = true }, default);
    }

    [PostgresFact]
    public async Task Works_from_within_the_database_for_an_owner_who_reaches_no_other()
    {
        await using var site = await RestoreSite.CreateAsync();
        using var workspace = new Workspace();
        await site.RunAsync("CREATE TABLE public.t (a int)", site.Live, site.Owner);
        var log = await JournalAsync(site, workspace);
        await WriteFreeze.FreezeAsync(await site.OpenAsync(site.Owner), site.Live, log, default);
        var later = await site.OpenAsync(site.Owner);
        var own = await site.OpenAsync(site.Owner);
        await WriteFreeze.LiftAsync(later, log.Journal.Server!, default, [own.ProcessID]);
        Assert.True(await RestoreSite.IsAliveAsync(own));
        Assert.Null(await SettingsAsync(site, site.Live));
    }

    [PostgresFact]
    public async Task Tells_whose_sessions_can_still_write()
    {
        await using var site = await RestoreSite.CreateAsync();
        using var workspace = new Workspace();
        var super = await site.OpenAsync();
        var mine = await site.OpenAsync(site.Owner);
        await using var maintenance = await MaintenanceConnection.TryOpenAsync(site.Address(site.Owner), "Restore", default);
        var still = await WriteFreeze.FreezeAsync(maintenance!, site.Live, await JournalAsync(site, workspace), default);
        Assert.Equal($"postgres, process {super.ProcessID}", Assert.Single(still));
        Assert.True(await RestoreSite.IsAliveAsync(super));
        Assert.False(await RestoreSite.IsAliveAsync(mine));
    }

    private static async Task<SwapLog> JournalAsync(RestoreSite site, Workspace workspace)
    {
        var place = RestoreTarget.OnServer(workspace.BackupRoot, site.Address().Name, "test/" + site.Live);
        Directory.CreateDirectory(Path.GetDirectoryName(place.JournalFile)!);
        return new SwapLog(new RestoreJournal
        {
            Kind = JournalKind.Restore, RestoreId = "r1", RecordFile = "", Target = place.Target, TargetIdentity = place.Identity, Stage =
                "", Previous = "", TargetExisted = true,
            StartedAt = DateTime.UtcNow, Place = place, Step = JournalStep.Started,
            Server = new ServerJournal { Strategy = RestoreStrategy.Swap, LiveOid = await site.OidAsync() },
        }, null);
    }

    private static async Task<string?> InsertAsync(NpgsqlConnection connection)
    {
        try
        {
            await TypedQuery.RunAsync(connection, "INSERT INTO public.t VALUES (1)", default);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static Task<string?> SettingsAsync(RestoreSite site, string database) => site.AskAsync(
        $"SELECT string_agg(setting, ',' ORDER BY setting) FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting JOIN " +
            $"pg_database ON pg_database.oid = setdatabase WHERE setrole = 0 AND datname = '{database}'");
}
