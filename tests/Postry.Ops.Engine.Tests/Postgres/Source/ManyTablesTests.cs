using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Source;

/// <summary>A database with more tables than the server has locks for: what pg_dump can back up can be backed up, and else the setting is
/// named.</summary>
public sealed class ManyTablesTests
{
    private const int Step = 50;

    [PostgresFact]
    public async Task A_backup_works_wherever_pg_dump_works_and_otherwise_names_the_setting()
    {
        await using var server = await PostgresServer
            .StartAsync(settings: ["max_connections=20", "max_prepared_transactions=0", "max_wal_senders=0",
            "max_locks_per_transaction=10"]);
        using var work = new Workspace();
        var database = await server.CreateDatabaseAsync();
        var tables = 0;
        // Servers of different versions hold more locks than they promise by different amounts.
        do
        {
            await server
                .RunAsync(
                $"DO $$ BEGIN FOR i IN {tables}..{tables + Step - 1} LOOP EXECUTE format('CREATE TABLE t%s AS SELECT %s AS i', i, i); " +
                $"END LOOP; END $$", database.Database);
            tables += Step;
        } while (Dumps(server, database));

        var refused = await Assert.ThrowsAsync<ServerLimitException>(() => work.BackUpAsync(database));
        Assert.Contains($"{tables} tables", refused.Message, StringComparison.Ordinal);
        var enough = int.Parse(refused.Hint.Split("max_locks_per_transaction = ")[1].Split(' ')[0],
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(enough, (tables / 20) + 1, 1000);
        Assert.Empty(Directory.Exists(work.BackupRoot)
            ? Directory.EnumerateFiles(work.BackupRoot, "*.manifest.json", SearchOption.AllDirectories) : []);

        while (!Dumps(server, database)) tables = await DropAsync(server, database, tables);
        // A backup has a session beside pg_dump, which reads the catalog.
        tables = await DropAsync(server, database, tables);
        var set = await work.BackUpAsync(database);
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains("max_locks_per_transaction = ", StringComparison.Ordinal));
        Assert.Equal(tables, set.Tables.Count());
        await work.PassesAsync(set, VerificationLevel.Contents);
    }

    [PostgresFact]
    public async Task A_table_that_is_emptied_before_pg_dump_has_its_lock_is_found_out()
    {
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        await server.RunAsync("CREATE TABLE kept (i int); CREATE TABLE emptied (i int); INSERT INTO emptied VALUES (1)", database.Database);
        var locks = new SourceLocks(
            cancellation => PostgresConnector.OpenAsync(database, cancellation),
            BackupScope.Create(new PostgresBackupOptions(), "x"), TimeSpan.FromSeconds(5), "x");
        await using var snapshot = await locks.TakeSnapshotAsync(withLocks: false, default);
        await locks.RequireSameFilesAsync(default);
        await server.RunAsync("TRUNCATE emptied; INSERT INTO kept VALUES (1)", database.Database);
        var e = await Assert.ThrowsAsync<DatabaseBusyException>(() => locks.RequireSameFilesAsync(default));
        Assert.Contains("emptied", e.Message.Split(": ")[1], StringComparison.Ordinal);
        Assert.DoesNotContain("kept", e.Message, StringComparison.Ordinal);
    }

    private static async Task<int> DropAsync(PostgresServer server, PostgresAddress database, int tables)
    {
        const int some = 20;
        await server.RunAsync("DROP TABLE " + string.Join(", ", Enumerable.Range(tables - some, some).Select(i => $"t{i}")),
            database.Database);
        return tables - some;
    }

    private static bool Dumps(PostgresServer server, PostgresAddress database)
    {
        try
        {
            server.Tool("pg_dump", ["--file", "/dev/null"], database.Database);
            return true;
        }
        catch (Xunit.Sdk.XunitException)
        {
            return false;
        }
    }
}
