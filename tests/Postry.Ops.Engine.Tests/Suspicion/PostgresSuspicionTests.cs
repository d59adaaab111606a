using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Suspicion;

/// <summary>The same doubts for databases on a server.</summary>
public sealed class PostgresSuspicionTests
{
    private const string Shop = """
        CREATE TABLE orders (id int PRIMARY KEY, t text);
        INSERT INTO orders SELECT i, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 1000) i;
        CREATE TABLE users (id int); INSERT INTO users SELECT generate_series(1, 40); CREATE SCHEMA log; CREATE TABLE log.lines (id int);
        """;

    [PostgresTheory]
    [InlineData("TRUNCATE orders, users", "No rows are left of 1,040.")]
    [InlineData("DROP TABLE orders, users",
        "2 of 2 tables that held rows are gone, and less than 75% are left: public.orders, public.users.")]
    [InlineData("DELETE FROM orders WHERE id % 4 > 0", "290 rows are left of 1,040, less than 50%.")]
    [InlineData("UPDATE orders SET t = NULL", "bytes are left")]
    public async Task A_backup_of_a_loss_is_Suspicious_and_neither_it_nor_the_good_one_is_taken_unnamed(string loss, string reason)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var good = await work.BackUpAsync(shop);
        server.Psql(shop.Database, loss);
        var set = await work.BackUpAsync(shop);
        Assert.Equal(BackupStatus.Suspicious, set.Status);
        Assert.Contains(reason, set.StatusDetail);
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains($"{set.Id} is Suspicious", StringComparison.Ordinal));

        var request = new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = shop };
        await ServerCommands.RefusedAsync<SuspiciousBackupException>(() => work.Engine.PlanRestoreAsync(request),
            $"{OptionName.Id} {set.Id}: taken", $"{OptionName.Id} {good.Id}: taken", "1,040 rows in 3 tables, Complete");
        var report = await work.Engine.TestAsync(new BackupSelector { Latest = true }, VerificationLevel.Contents);
        Assert.Equal((set.Id, "Plausibility"), (report.Id, Assert.Single(report.Checks, check => check.Status != CheckStatus.Passed).Name));
        Assert.Contains("SUSPICIOUS", (await work.PlanAsync(set, shop)).Summary);

        await work.RestoreAsync(good, shop);
        Assert.Equal("1000 40", server.Psql(shop.Database, "SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM users)"));
        Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(shop)).Status);
    }

    [PostgresFact]
    public async Task The_first_backup_of_another_scope_is_measured_by_the_tables_that_both_hold()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var whole = await work.BackUpAsync(shop);
        server.Psql(shop.Database, "TRUNCATE orders; INSERT INTO log.lines SELECT generate_series(1, 5000)");
        var narrow = await work.BackUpAsync(shop, options: new() { ExcludeTableData = ["users"] });
        Assert.Equal((BackupStatus.Complete, whole.Id), (narrow.Status, narrow.Plausibility!.ComparedWith));
        server.Psql(shop.Database, "TRUNCATE log.lines");
        var lost = await work.BackUpAsync(shop, options: new() { ExcludeTableData = ["user?"] });
        Assert.Equal(BackupStatus.Suspicious, lost.Status);
        server.Psql(shop.Database, "INSERT INTO orders SELECT generate_series(1, 900)");
        Assert.Equal(BackupStatus.Complete, (await work.BackUpAsync(shop, options: new() { ExcludeTableData = ["user?"] })).Status);
    }

    [PostgresTheory]
    [InlineData("TRUNCATE orders; CREATE TABLE junk (a int); INSERT INTO junk VALUES (1)", "41 rows")]
    [InlineData("CREATE TABLE a (a int); CREATE TABLE b (a int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)", "1,042 rows")]
    public async Task What_a_restore_in_place_replaced_is_neither_chosen_nor_what_later_backups_are_measured_by(string damage, string rows)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var good = await work.BackUpAsync(shop);
        server.Psql(shop.Database, damage);
        var damaged = server.PgDumpSchema(shop.Database);
        var record = await work.RestoreAsync(good, shop, RestoreStrategy.InPlace);

        var safety = Assert.Single(work.Engine.ListBackups(new BackupQuery()), set => set.Id == record.PreviousCopy);
        Assert.Equal((record.RestoreId, BackupStatus.Complete), (safety.BeforeRestore, safety.Status));
        Assert.Equal(rows, safety.RowsInWords.Split(" in ")[0]);
        Assert.Equal(good.Id, Assert.Single(work.Engine.ListBackups(new BackupQuery { Latest = true })).Id);
        var plan = await work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = shop });
        Assert.Equal(good.Id, plan.Backup.Id);
        Assert.Contains(
            $"{safety.Id}, {safety.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, holds what the restore {record.RestoreId}, or its undo, replaced.",
            plan.Summary, StringComparison.Ordinal);
        var next = await work.BackUpAsync(shop);
        Assert.Equal((BackupStatus.Complete, good.Id), (next.Status, next.Plausibility!.ComparedWith));

        await work.UndoAsync(record, shop);
        Assert.Equal(damaged, server.PgDumpSchema(shop.Database));
        Assert.Single(work.Engine.ListBackups(new BackupQuery { Label = $"before the undo of the in-place restore {record.RestoreId}" }));
        Assert.Equal(RestoreStatus.Committed, (await work.RestoreAsync(safety, shop)).Status);
    }

    [PostgresFact]
    public async Task An_undo_in_place_whose_backup_is_damaged_is_refused_and_leaves_no_new_backup()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var good = await work.BackUpAsync(shop);
        server.Psql(shop.Database, "CREATE TABLE junk (a int)");
        var record = await work.RestoreAsync(good, shop, RestoreStrategy.InPlace);
        var (sets, restored) = (work.Engine.ListBackups(new BackupQuery()), server.PgDumpSchema(shop.Database));
        var toc = Path.Combine(sets.Single(set => set.Id == record.PreviousCopy).BackupFile, "toc.dat");
        File.WriteAllBytes(toc, File.ReadAllBytes(toc)[..^1]);

        await ServerCommands.RefusedAsync<BackupCorruptException>(() => work.UndoAsync(record, shop), record.PreviousCopy!);
        Assert.Equal(restored, server.PgDumpSchema(shop.Database));
        Assert.Equal(sets.Select(set => set.Id), work.Engine.ListBackups(new BackupQuery()).Select(set => set.Id));
    }

    [PostgresFact]
    public async Task Sets_that_were_made_in_the_same_way_are_held_against_each_other_before_others()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop);
        var whole = await work.BackUpAsync(shop);
        var narrow = new PostgresBackupOptions { Schemas = ["log"] };
        var log = await work.BackUpAsync(shop, options: narrow);
        Assert.Equal((BackupStatus.Complete, whole.Id), (log.Status, log.Plausibility!.ComparedWith));
        var without = new PostgresBackupOptions { ExcludeTableData = ["orders"] };
        var data = await work.BackUpAsync(shop, options: without);
        Assert.Equal((BackupStatus.Complete, whole.Id), (data.Status, data.Plausibility!.ComparedWith));

        server.Psql(shop.Database, "INSERT INTO log.lines SELECT generate_series(1, 10)");
        var again = await work.BackUpAsync(shop);
        Assert.Equal((BackupStatus.Complete, whole.Id), (again.Status, again.Plausibility!.ComparedWith));
        server.Psql(shop.Database, "TRUNCATE users");
        var loss = await work.BackUpAsync(shop, options: without);
        Assert.Equal((BackupStatus.Suspicious, data.Id), (loss.Status, loss.Plausibility!.ComparedWith));
    }

    [PostgresFact]
    public async Task A_schema_that_was_renamed_and_partitions_that_come_and_go_are_not_suspicious()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var shop = await server.CreateDatabaseAsync();
        server.Psql(shop.Database, Shop + """
            CREATE TABLE m (d int) PARTITION BY LIST (d);
            CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1);
            CREATE TABLE m2 PARTITION OF m FOR VALUES IN (2); INSERT INTO m VALUES (1), (2);
            """);
        await work.BackUpAsync(shop);
        server.Psql(shop.Database, """
            DROP TABLE m1; CREATE TABLE m3 PARTITION OF m FOR VALUES IN (3); INSERT INTO m VALUES (3); ALTER SCHEMA public RENAME TO app
            """);
        var set = await work.BackUpAsync(shop);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Empty(set.Plausibility!.MissingTables);
    }
}
