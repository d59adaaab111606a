using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>Limits of the machine, the server and the role: a full disk, no connection left, timeouts and formats set on the role, a
/// standby.</summary>
public sealed class ServerLimitTests
{
    [SmallDiskFact]
    public async Task A_backup_that_fills_the_disk_leaves_nothing()
    {
        if (PostgresRequirements.Missing() is not null) return;
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        site.Server
            .Psql(site.App,
            "CREATE TABLE dense AS SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS b FROM generate_series(1, 40000) i GROUP " +
            "BY i % 100");
        var live = site.Now;
        using var disk = new SmallDisk(8);
        using var work = new Workspace(disk.Folder);
        Directory.CreateDirectory(Path.Combine(work.BackupRoot, "db"));
        foreach (var free in new[] { 8_192, 60_000, 200_000, 500_000 })
        {
            disk.FillBut(free);
            await Assert.ThrowsAsync<NotEnoughSpaceException>(() => work.Engine.BackUpAsync(new BackupRequest { Source = site.Address }));
            Assert.Equal([], work.AllFiles());
            site.AssertNothingRuns();
        }

        disk.FillBut(4_000_000);
        Assert.Equal(BackupStatus.Complete, (await work.Engine.BackUpAsync(new BackupRequest { Source = site.Address })).Status);
        Assert.Equal(live, site.Now);
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_role_without_enough_connections_gets_a_plain_error_and_nothing_is_left(int limit)
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        var role = await OwnerAsync(site, $"CREATEDB CONNECTION LIMIT {limit}");
        var address = site.Server.Address(site.App, role.Name, role.Password);
        var files = site.Work.AllFiles();
        try
        {
            await site.Work.Engine.BackUpAsync(new BackupRequest { Source = address });
            Assert.True(limit > 1);
        }
        catch (DatabaseBusyException)
        {
            Assert.Equal(files, site.Work.AllFiles());
        }

        try
        {
            await site.Work.Engine.RestoreAsync(await site.Work.Engine
                .PlanRestoreAsync(site.Request with { Target = address, Postgres = site.Request.Postgres with { NoOwner = true } }));
            Assert.True(limit > 1);
            Assert.Equal(site.Restored, site.Now);
        }
        catch (DatabaseBusyException)
        {
            Assert.Equal(site.Before, site.Now);
        }

        site.AssertNothingRuns();
        if (site.Now == site.Before) await ServerAftermath.OfRestoreAsync(site, Engine.Tests.Crashes.FirstCommand.RestoreAgain);
    }

    [PostgresFact]
    public async Task What_is_set_on_the_role_neither_stops_nor_changes_anything()
    {
        using var site = await ServerSite.PrepareAsync(PostgresServer.Shared, ServerScene.Swap);
        var role = await OwnerAsync(site, "CREATEDB");
        site.Server
            .Psql(site.App,
            "CREATE TABLE prices(id int PRIMARY KEY, price money, at timestamptz, raw bytea, took interval, x float8); INSERT INTO " +
            "prices VALUES (1, 1234.5, '2026-03-29 02:30+01', '\\x00ff', '1 day 02:00', 0.1::float8 + 0.2); "
            + $"ALTER TABLE prices OWNER TO {role.Name};");
        foreach (var setting in new[] { "statement_timeout = '1500ms'", "lock_timeout = '1ms'",
            "idle_in_transaction_session_timeout = '1ms'", "lc_monetary = 'C'", "bytea_output = 'escape'", "DateStyle = 'German'",
                     "TimeZone = 'Pacific/Chatham'", "IntervalStyle = 'iso_8601'", "extra_float_digits = 0",
                     "default_transaction_read_only = on", "default_transaction_isolation = 'serializable'", "search_path = pg_temp" })
            await site.Server.RunAsync($"ALTER ROLE {role.Name} SET {setting}");
        var (live, address) = (site.Now, site.Server.Address(site.App, role.Name, role.Password));
        // Longer than the role's limits: once a lock to wait for, once an index to build.
        site.Server
            .Psql(site.App,
            $"CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN $1; END'; ALTER " +
            $"FUNCTION slow OWNER TO {role.Name}; CREATE INDEX ON prices(slow(id));");
        var backup = Task.Run(() => site.Work.Engine
            .BackUpAsync(new BackupRequest { Source = address, Fingerprint = FingerprintKind.Live }));
        await using (var holder = await site.Server.ConnectAsync(site.App))
        await using (var command = new NpgsqlCommand("BEGIN; LOCK TABLE prices; SELECT pg_sleep(2.5); COMMIT;", holder)) await command
            .ExecuteNonQueryAsync();
        var set = await backup;
        Assert.Equal(CheckStatus.Passed, (await site.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        site.Server.Psql(site.App, "DELETE FROM prices; DELETE FROM tags WHERE id % 2 = 0;");
        var changed = site.Now;
        var record = await site.Work.Engine.RestoreAsync(await site.Work.Engine
            .PlanRestoreAsync(site.Request with { Backup = new BackupSelector { Id = set.Id }, Target = address, Postgres =
            site.Request.Postgres with { FreezeWrites = true } }));
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(live, site.Now);
        Assert.Equal(RestoreStatus.Undone, (await site.Work.Engine
            .UndoAsync(await site.Work.Engine.PlanUndoAsync(
            new RestoreSelector { RestoreId = record.RestoreId, Connection = address }))).Status);
        Assert.Equal(changed, site.Now);
        site.AssertTidy();
    }

    [PostgresFact]
    public async Task A_server_without_a_free_connection()
    {
        await using var server = await PostgresServer
            .StartAsync(false, "max_connections=6", "superuser_reserved_connections=0", "max_wal_senders=0");
        using var site = await ServerSite.PrepareAsync(server, ServerScene.Swap);
        var files = site.Work.AllFiles();
        var taken = new List<NpgsqlConnection>();
        // Leaves 4, 3, ... and at last no connection for the product.
        while (taken.Count < 6)
        {
            taken.Add(await ConnectSoonAsync(server));
            foreach (var command in new Func<Task>[] { () => site.BackUpAsync(), site.RestoreAsync })
            {
                if (taken.Count < 2) continue;
                try
                {
                    await command();
                }
                catch (DatabaseBusyException)
                {
                    Assert.True(true);
                }
            }
        }

        foreach (var connection in taken) await connection.DisposeAsync();
        Assert.All(site.Work.Engine.ListRestores(), record => Assert.NotEqual(RestoreStatus.AwaitingVerdict, record.Status));
        Assert.Contains(site.Now, new[] { site.Before, site.Restored });
        Assert.Equal(RestoreStatus.Committed, (await site.RestoreAsync()).Status);
        Assert.Equal(site.Restored, site.Now);
        site.AssertTidy();
    }

    // A session that its client has ended counts until its server process has gone.
    private static async Task<NpgsqlConnection> ConnectSoonAsync(PostgresServer server)
    {
        for (var until = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(20))
        {
            try
            {
                return await server.ConnectAsync("postgres");
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections && DateTime.UtcNow < until)
            {
            }
        }
    }

    [PostgresFact]
    public async Task A_standby_is_backed_up_and_refuses_a_restore()
    {
        await using var server = await PostgresServer.StartAsync(false, "hot_standby=on");
        using var site = await ServerSite.PrepareAsync(server, ServerScene.Swap);
        await server.BecomeStandbyAsync();
        var set = await site.BackUpAsync();
        Assert.Equal(CheckStatus.Passed, (await site.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        var refused = await Assert.ThrowsAnyAsync<OpsException>(site.RestoreAsync);
        Assert.Equal("AccessDenied", refused.ErrorId);
        Assert.Contains("standby", refused.Message + refused.Hint);
        Assert.Equal(site.Before, site.Now);
        Assert.All(site.Work.Engine.ListRestores(), record => Assert.Equal(RestoreStatus.Failed, record.Status));
        Assert.Empty(site.Work.Engine.PendingWarnings());
        site.AssertTidy();
    }

    private static async Task<(string Name, string Password)> OwnerAsync(ServerSite site, string options)
    {
        var role = await site.Server.CreateRoleAsync(options);
        await site.Server.RunAsync($"ALTER DATABASE {site.App} OWNER TO {role.Name}");
        site.Server.Psql(site.App, $"""
            ALTER SCHEMA public OWNER TO {role.Name};
            SELECT format('ALTER %s %s OWNER TO {role.Name}', CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass) FROM pg_class c
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'i') \gexec
            """);
        return role;
    }
}
