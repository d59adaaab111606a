using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>Restores one after the other: what is kept, undone, accepted and removed, and which backup is meant for which
/// database.</summary>
public sealed class LifecycleTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task Kept_copies_are_listed_with_sizes_and_removed_only_where_a_record_names_them()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 2");
        var first = await work.RestoreAsync(set, app);
        Server.Psql(app.Database, "UPDATE t SET a = 3");
        var second = await work.RestoreAsync(set, app);
        var copies = work.Engine.ListPreviousCopies(app);
        Assert.Equal([first.PreviousCopy, second.PreviousCopy], copies.Select(copy => copy.Path));
        Assert.All(copies, copy => Assert.True(copy.SizeBytes > 1_000_000
            && copy.Path.StartsWith("postry_prev_", StringComparison.Ordinal)));
        Assert.Equal(2, (await work.PlanAsync(set, app)).KeptCopies.Count);
        // The server lets no session into a kept copy by accident.
        Assert.Equal("f", Server.Psql("postgres", $"SELECT datallowconn FROM pg_database WHERE datname = '{first.PreviousCopy}'"));

        // A restore that another one has followed is not undone before that one.
        Assert.Contains(second.RestoreId, (await ServerCommands.RefusedAsync<InvalidRequestException>(() => work.PlanUndoAsync(first,
            app))).Hint,
            StringComparison.Ordinal);
        var stranger = await Server.CreateDatabaseAsync(
            $"postry_prev_20200101T000000_{first.RestoreId}_x{Guid.NewGuid().ToString("N")[..4]}");
        foreach (var path in new[] { app.Database, stranger.Database })
            await ServerCommands.RefusedAsync<SourceNotFoundException>(() =>
                work.Engine.RemovePreviousCopyAsync(copies[0] with { Path = path }, app));
        Assert.Contains(stranger.Database, Inventory.Databases(Server));
        Assert.True((await work.Engine.RemovePreviousCopyAsync(copies[0], app)).Removed);
        Assert.DoesNotContain(first.PreviousCopy!, Inventory.Databases(Server));

        RestoreRecords.Save(RestoreRecords.TryRead(second.RecordFile!)! with { Status = RestoreStatus.AwaitingVerdict });
        await ServerCommands.RefusedAsync<TargetPendingException>(() => work.Engine.RemovePreviousCopyAsync(copies[1], app));
        await ServerCommands.RefusedAsync<TargetPendingException>(() => work.PlanAsync(set, app));
        Assert.Contains(second.RestoreId, Assert.Single(work.Engine.PendingWarnings()), StringComparison.Ordinal);
        Assert.Equal(RestoreStatus.Committed, (await work.Engine
            .CompleteAsync(new RestoreSelector { RestoreId = second.RestoreId, Connection = app })).Status);
        Assert.Empty(work.Engine.PendingWarnings());
        await ServerCommands.RefusedAsync<InvalidRequestException>(() =>
            work.Engine.CompleteAsync(new RestoreSelector { RestoreId = second.RestoreId, Connection = app }));

        var undone = await work.UndoAsync(second, app);
        Assert.Equal("3", Server.Psql(app.Database, "SELECT a FROM t"));
        await ServerCommands.RefusedAsync<InvalidRequestException>(() => work.PlanUndoAsync(second, app));
        // The copy went live again; what it replaced is a copy now.
        Assert.Equal(undone.UndoneCopy, Assert.Single(work.Engine.ListPreviousCopies(app)).Path);
        await work.Engine.RemovePreviousCopyAsync(Assert.Single(work.Engine.ListPreviousCopies(app)), app);
        Assert.DoesNotContain(Inventory.Databases(Server), name => name.Contains(second.RestoreId, StringComparison.Ordinal));
        // A restore whose copy is gone cannot be undone, and the error says so.
        await ServerCommands.RefusedAsync<SourceNotFoundException>(() => work.PlanUndoAsync(first, app));
    }

    [PostgresFact]
    public async Task Undo_keeps_what_was_written_since_and_says_what_it_was()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 2");
        var record = await work.RestoreAsync(set, app);
        Assert.Contains("no changes since the restore", (await work.PlanUndoAsync(record, app)).Summary, StringComparison.Ordinal);
        Server.Psql(app.Database, "INSERT INTO t VALUES (9), (10); CREATE TABLE since (b int)");
        var plan = await work.PlanUndoAsync(record, app);
        Assert.Contains("public.t has 3 rows now and 1 row", plan.Summary, StringComparison.Ordinal);
        Assert.Contains(plan.WrittenSince!.Tables, table => table is { Name: "public.since", Difference: TableDifference.OnlyInLive });
        var undone = await work.Engine.UndoAsync(plan);
        Assert.Equal("2", Server.Psql(app.Database, "SELECT a FROM t"));
        Assert.Equal(TableDifference.Different, undone.UndoLoss!.Status);
        Server.Psql("postgres", $"ALTER DATABASE {PostgresServer.Quote(undone.UndoneCopy!)} ALLOW_CONNECTIONS true");
        Assert.Equal("1\n9\n10", Server.Psql(undone.UndoneCopy!, "SELECT a FROM t ORDER BY a"));
        // The same set can be restored again.
        await work.RestoreAsync(set, app);
        Assert.Equal("1", Server.Psql(app.Database, "SELECT a FROM t"));
    }

    [PostgresFact]
    public async Task Undo_opens_what_it_brings_back_also_where_the_restored_database_was_dropped()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 2");
        var record = await work.RestoreAsync(set, app);
        Server.Psql("postgres", $"DROP DATABASE {app.Database} WITH (FORCE)");
        var undone = await work.UndoAsync(record, app);
        Assert.Equal((RestoreStatus.Undone, null), (undone.Status, undone.UndoneCopy));
        Assert.Equal("2", Server.Psql(app.Database, "SELECT a FROM t"));
    }

    [PostgresFact]
    public async Task A_database_that_is_gone_comes_back_and_another_needs_to_be_allowed()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var other = await MakeAsync(2);
        var set = await work.BackUpAsync(app);
        var otherSet = await work.BackUpAsync(other);
        Assert.Equal(set.Id, (await LatestAsync(work, app)).Backup.Id);
        Assert.Equal(otherSet.Id, (await LatestAsync(work, other)).Backup.Id);
        Assert.Contains($"{OptionName.AllowDifferentSource}", (await ServerCommands
            .RefusedAsync<DifferentSourceException>(() => work.PlanAsync(set, other))).Hint, StringComparison.Ordinal);

        var fresh = app.For(app.Database + "_new");
        await ServerCommands.RefusedAsync<SourceNotFoundException>(() => LatestAsync(work, fresh), app.Database);
        Assert.Contains($"{OptionName.Database}", (await ServerCommands.RefusedAsync<DifferentSourceException>(() => work.PlanAsync(set, fresh))).Hint,
            StringComparison.Ordinal);
        var plan = await LatestAsync(work, fresh, app.Database);
        Assert.False(plan.TargetExists);
        Assert.Contains("There is no database at the target now", plan.Summary, StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.Equal((RestoreStrategy.New, RestoreStatus.Committed), (record.Strategy, record.Status));
        Assert.Equal("1", Server.Psql(fresh.Database, "SELECT a FROM t"));

        // A database's own set needs no permission, even if the database is gone.
        Server.Psql("postgres", $"DROP DATABASE {app.Database}");
        Assert.Equal(RestoreStrategy.New, (await work.Engine.RestoreAsync(await LatestAsync(work, app))).Strategy);
        Assert.Equal("1", Server.Psql(app.Database, "SELECT a FROM t"));

        // Two databases share a logical name, so the name alone is ambiguous.
        await work.Engine.BackUpAsync(new BackupRequest { Source = other, Database = app.Database });
        var e = await ServerCommands.RefusedAsync<AmbiguousBackupException>(() =>
            LatestAsync(work, fresh.For(app.Database + "_third"), app.Database));
        Assert.Contains(set.Id, e.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task What_appeared_or_went_since_the_plan_stops_the_restore()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        var plan = await work.PlanAsync(set, app);
        Server.Psql("postgres", $"DROP DATABASE {app.Database}");
        await ServerCommands.RefusedAsync<RestoreRefusedException>(() => work.Engine.RestoreAsync(plan), "gone");
        plan = await work.PlanAsync(set, app);
        await Server.CreateDatabaseAsync(app.Database);
        await ServerCommands.RefusedAsync<RestoreRefusedException>(() => work.Engine.RestoreAsync(plan), "appeared");
        Assert.Empty(work.Engine.ListRestores());
    }

    [PostgresFact]
    public async Task A_database_is_the_same_by_whatever_address_it_is_reached()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 2");
        var byName = app with { Hosts = [new PostgresHost("localhost", Server.Port)] };
        var bySocket = Server.SocketAddress(app.Database);
        foreach (var address in new[] { byName, bySocket }) Assert.Equal(set.Id, (await LatestAsync(work, address)).Backup.Id);

        var record = await work.Engine.RestoreAsync(await LatestAsync(work, bySocket));
        Assert.Equal("1", Server.Psql(app.Database, "SELECT a FROM t"));
        RestoreRecords.Save(RestoreRecords.TryRead(record.RecordFile!)! with { Status = RestoreStatus.AwaitingVerdict });
        await ServerCommands.RefusedAsync<TargetPendingException>(() => LatestAsync(work, app));
        Assert.Equal(record.RestoreId, (await work.Engine
            .CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = app })).RestoreId);
        // An undo through the address of another database is refused.
        var other = await MakeAsync(5);
        Assert.Equal(RestoreStatus.Undone, (await work.UndoAsync(record, other)).Status);
        Assert.Equal("2 5", $"{Server.Psql(app.Database, "SELECT a FROM t")} {Server.Psql(other.Database, "SELECT a FROM t")}");
        await using var elsewhere = await PostgresServer.StartAsync();
        await elsewhere.CreateDatabaseAsync(app.Database);
        var again = await work.RestoreAsync(set, app);
        await ServerCommands.RefusedAsync<DifferentSourceException>(() => work.PlanUndoAsync(again, elsewhere.Address(app.Database)));
        await ServerCommands.RefusedAsync<DifferentSourceException>(() => work.PlanAsync(set, elsewhere.Address(app.Database)));
    }

    [PostgresFact]
    public async Task The_plan_says_that_others_can_still_write_unless_writing_was_stopped()
    {
        using var work = new Workspace();
        var app = await MakeAsync(1);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "INSERT INTO t VALUES (2)");
        var plan = await work.PlanAsync(set, app);
        Assert.Contains("Differences so far; others can still write", plan.Summary, StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.Contains("others could write until the swap", record.DataLoss!.Summary, StringComparison.Ordinal);
        Assert.False(record.WritesFrozen);

        Server.Psql(app.Database, "INSERT INTO t VALUES (3)");
        plan = await work.PlanAsync(set, app, options: new() { FreezeWrites = true });
        Assert.DoesNotContain("Differences so far; others can still write", plan.Summary, StringComparison.Ordinal);
        // Written after the comparison: only what was read when writing had been stopped tells of it.
        Server.Psql(app.Database, "INSERT INTO t VALUES (4)");
        // A setting of the operator's own is there again afterwards; what failed in between also lifts it.
        Server.Psql("postgres", $"ALTER DATABASE {app.Database} SET default_transaction_read_only = off");
        await ServerCommands.RefusedAsync<ToolFailedException>(async () =>
            await work.RestoreAsync(set, app, options: new() { FreezeWrites = true }, hooks: new() { BeforeSwap = "exit 1" }));
        Assert.Equal("off", Server.Psql(app.Database, "SHOW default_transaction_read_only"));
        record = await work.Engine.RestoreAsync(plan);
        Assert.True(record.WritesFrozen);
        Assert.Contains("public.t has 3 rows now and 1 row", record.DataLoss!.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("others could write until the swap", record.DataLoss.Summary, StringComparison.Ordinal);
        // The operator's own setting is compared, and not the freeze that took its place meanwhile.
        Assert.Equal(("setting default_transaction_read_only", "off"),
            (Assert.Single(record.DataLoss.Properties).Name, record.DataLoss.Properties[0].LiveValue));
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains("read-only by default", StringComparison.Ordinal));
        Server.Psql(app.Database, "INSERT INTO t VALUES (5)");
        // The kept copy is writable when it comes back.
        await work.UndoAsync(record, app);
        Server.Psql(app.Database, "INSERT INTO t VALUES (6)");
        Assert.Equal("off", Server.Psql(app.Database, "SHOW default_transaction_read_only"));
    }

    private static Task<RestorePlan> LatestAsync(Workspace work, PostgresAddress target, string? database = null) =>
        work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true, Database = database }, Target =
            target });

    private static async Task<PostgresAddress> MakeAsync(int value)
    {
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, $"CREATE TABLE t (a int); INSERT INTO t VALUES ({value})");
        return address;
    }
}
