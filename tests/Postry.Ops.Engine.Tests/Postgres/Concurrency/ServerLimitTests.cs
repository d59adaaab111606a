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
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        fixture.Server
            .Psql(fixture.App,
            "CREATE TABLE dense AS SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS b FROM generate_series(1, 40000) i GROUP " +
            "BY i % 100");
        var live = fixture.Now;
        using var disk = new SmallDisk(8);
        using var work = new Workspace(disk.Folder);
        Directory.CreateDirectory(Path.Combine(work.BackupRoot, "db"));
        foreach (var free in new[] { 8_192, 60_000, 200_000, 500_000 })
        {
            disk.FillBut(free);
            await Assert.ThrowsAsync<NotEnoughSpaceException>(() =>
                work.Engine.BackUpAsync(new BackupRequest { Source = fixture.Address }));
            Assert.Equal([], work.AllFiles());
            fixture.AssertNothingRuns();
        }

        disk.FillBut(4_000_000);
        Assert.Equal(BackupStatus.Complete, (await work.Engine.BackUpAsync(new BackupRequest { Source = fixture.Address })).Status);
        Assert.Equal(live, fixture.Now);
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_role_without_enough_connections_gets_a_plain_error_and_nothing_is_left(int limit)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        var role = await OwnerAsync(fixture, $"CREATEDB CONNECTION LIMIT {limit}");
        var address = fixture.Server.Address(fixture.App, role.Name, role.Password);
        var files = fixture.Work.AllFiles();
        try
        {
            await fixture.Work.Engine.BackUpAsync(new BackupRequest { Source = address });
            Assert.True(limit > 1);
        }
        catch (DatabaseBusyException)
        {
            Assert.Equal(files, fixture.Work.AllFiles());
        }

        try
        {
            await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine
                .PlanRestoreAsync(fixture.Request with { Target = address, Postgres = fixture.Request.Postgres with { NoOwner = true } }));
            Assert.True(limit > 1);
            Assert.Equal(fixture.Restored, fixture.Now);
        }
        catch (DatabaseBusyException)
        {
            Assert.Equal(fixture.Before, fixture.Now);
        }

        fixture.AssertNothingRuns();
        if (fixture.Now == fixture.Before) await ServerCrashOutcome.OfRestoreAsync(fixture, Engine.Tests.Crashes.FirstCommand.RestoreAgain);
    }

    [PostgresFact]
    public async Task What_is_set_on_the_role_neither_stops_nor_changes_anything()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        var role = await OwnerAsync(fixture, "CREATEDB");
        fixture.Server
            .Psql(fixture.App,
            "CREATE TABLE prices(id int PRIMARY KEY, price money, at timestamptz, raw bytea, took interval, x float8); INSERT INTO " +
            "prices VALUES (1, 1234.5, '2026-03-29 02:30+01', '\\x00ff', '1 day 02:00', 0.1::float8 + 0.2); "
            + $"ALTER TABLE prices OWNER TO {role.Name};");
        foreach (var setting in new[] { "statement_timeout = '1500ms'", "lock_timeout = '1ms'",
            "idle_in_transaction_session_timeout = '1ms'", "lc_monetary = 'C'", "bytea_output = 'escape'", "DateStyle = 'German'",
                     "TimeZone = 'Pacific/Chatham'", "IntervalStyle = 'iso_8601'", "extra_float_digits = 0",
                     "default_transaction_read_only = on", "default_transaction_isolation = 'serializable'", "search_path = pg_temp" })
            await fixture.Server.RunAsync($"ALTER ROLE {role.Name} SET {setting}");
        var (live, address) = (fixture.Now, fixture.Server.Address(fixture.App, role.Name, role.Password));
        // Longer than the role's limits: once a lock to wait for, once an index to build.
        fixture.Server
            .Psql(fixture.App,
            $"CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN $1; END'; ALTER " +
            $"FUNCTION slow OWNER TO {role.Name}; CREATE INDEX ON prices(slow(id));");
        var backup = Task.Run(() => fixture.Work.Engine
            .BackUpAsync(new BackupRequest { Source = address, Fingerprint = FingerprintKind.Live }));
        await using (var holder = await fixture.Server.ConnectAsync(fixture.App))
        await using (var command = new NpgsqlCommand("BEGIN; LOCK TABLE prices; SELECT pg_sleep(2.5); COMMIT;", holder)) await command
            .ExecuteNonQueryAsync();
        var set = await backup;
        Assert.Equal(CheckStatus.Passed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        fixture.Server.Psql(fixture.App, "DELETE FROM prices; DELETE FROM tags WHERE id % 2 = 0;");
        var changed = fixture.Now;
        var record = await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine
            .PlanRestoreAsync(fixture.Request with { Backup = new BackupSelector { Id = set.Id }, Target = address, Postgres =
            fixture.Request.Postgres with { FreezeWrites = true } }));
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(live, fixture.Now);
        Assert.Equal(RestoreStatus.Undone, (await fixture.Work.Engine
            .UndoAsync(await fixture.Work.Engine.PlanUndoAsync(
            new RestoreSelector { RestoreId = record.RestoreId, Connection = address }))).Status);
        Assert.Equal(changed, fixture.Now);
        fixture.AssertTidy();
    }

    [PostgresFact]
    public async Task A_server_without_a_free_connection()
    {
        await using var server = await PostgresServer
            .StartAsync(false, "max_connections=6", "superuser_reserved_connections=0", "max_wal_senders=0");
        using var fixture = await ServerFixture.PrepareAsync(server, ServerScenario.Swap);
        var files = fixture.Work.AllFiles();
        var taken = new List<NpgsqlConnection>();
        // Leaves 4, 3, ... and at last no connection for the product.
        while (taken.Count < 6)
        {
            taken.Add(await ConnectSoonAsync(server));
            foreach (var command in new Func<Task>[] { () => fixture.BackUpAsync(), fixture.RestoreAsync })
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
        Assert.All(fixture.Work.Engine.ListRestores(), record => Assert.NotEqual(RestoreStatus.AwaitingVerdict, record.Status));
        Assert.Contains(fixture.Now, new[] { fixture.Before, fixture.Restored });
        Assert.Equal(RestoreStatus.Committed, (await fixture.RestoreAsync()).Status);
        Assert.Equal(fixture.Restored, fixture.Now);
        fixture.AssertTidy();
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
        using var fixture = await ServerFixture.PrepareAsync(server, ServerScenario.Swap);
        await server.BecomeStandbyAsync();
        var set = await fixture.BackUpAsync();
        Assert.Equal(CheckStatus.Passed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        var refused = await Assert.ThrowsAnyAsync<OpsException>(fixture.RestoreAsync);
        Assert.Equal("AccessDenied", refused.ErrorId);
        Assert.Contains("standby", refused.Message + refused.Hint);
        Assert.Equal(fixture.Before, fixture.Now);
        Assert.All(fixture.Work.Engine.ListRestores(), record => Assert.Equal(RestoreStatus.Failed, record.Status));
        Assert.Empty(fixture.Work.Engine.PendingWarnings());
        fixture.AssertTidy();
    }

    private static async Task<(string Name, string Password)> OwnerAsync(ServerFixture fixture, string options)
    {
        var role = await fixture.Server.CreateRoleAsync(options);
        await fixture.Server.RunAsync($"ALTER DATABASE {fixture.App} OWNER TO {role.Name}");
        fixture.Server.Psql(fixture.App, $"""
            ALTER SCHEMA public OWNER TO {role.Name};
            SELECT format('ALTER %s %s OWNER TO {role.Name}', CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass) FROM pg_class c
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'i') \gexec
            """);
        return role;
    }
}
