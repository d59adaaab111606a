using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>Every kind of database goes through backup, stock tools, restore onto every kind of place, and undo.</summary>
public sealed class SchemaZooTests
{
    public static TheoryData<string> Names => [.. SqliteZoo.Scripts.Keys];

    public static TheoryData<int> PageSizes => [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

    [StockTheory]
    [MemberData(nameof(Names))]
    public async Task Comes_back_the_same_whatever_it_is_restored_onto(string name)
    {
        using var work = new Workspace();
        var source = SqliteZoo.Make(work, name);
        var facts = StockTools.Facts(source);
        var set = await ProvenBackupAsync(work, source, facts);

        await RestoredAndUndoneAsync(work, set, facts, null);
        // Other page size, encoding and auto_vacuum than any of the zoo has all of.
        await RestoredAndUndoneAsync(work, set, facts,
            "PRAGMA page_size=16384; PRAGMA encoding='UTF-16be'; PRAGMA auto_vacuum=1; CREATE TABLE other(x TEXT); INSERT INTO other " +
            "VALUES ('what was live'); PRAGMA user_version=3;");
        await RestoredAndUndoneAsync(work, set, facts,
            "PRAGMA encoding='UTF-16le'; PRAGMA auto_vacuum=2; CREATE TABLE other(x TEXT); INSERT INTO other VALUES ('what was live'); " +
            "PRAGMA journal_mode=wal;");
        // Larger than the backup, so that pages have to go.
        await RestoredAndUndoneAsync(work, set, facts,
            "CREATE TABLE other(x); INSERT INTO other SELECT randomblob(2000000); PRAGMA journal_mode=wal;");
    }

    [StockTheory]
    [MemberData(nameof(PageSizes))]
    public async Task Every_page_size_comes_back_in_both_journal_modes(int pageSize)
    {
        using var work = new Workspace();
        var source = SqliteZoo.Make(work, "foreign-keys", pageSize: pageSize, journalMode: "wal");
        Assert.Equal($"{pageSize}", Commands.Sqlite(source, "PRAGMA page_size"));
        var facts = StockTools.Facts(source);
        var set = await ProvenBackupAsync(work, source, facts);

        await RestoredAndUndoneAsync(work, set, facts, null);
        var otherSize = pageSize == 4096 ? 1024 : 4096;
        const string rows = "CREATE TABLE other(x); INSERT INTO other SELECT randomblob(100000);";
        await RestoredAndUndoneAsync(work, set, facts, $"PRAGMA page_size={otherSize}; {rows}");
        await RestoredAndUndoneAsync(work, set, facts, $"PRAGMA page_size={otherSize}; {rows} PRAGMA journal_mode=wal;");
        await RestoredAndUndoneAsync(work, set, facts, $"PRAGMA page_size={pageSize}; {rows} PRAGMA journal_mode=wal;");
    }

    [StockFact]
    public async Task A_file_of_no_bytes_is_an_empty_database()
    {
        using var work = new Workspace();
        var source = work["app.db"];
        File.WriteAllBytes(source, []);
        var set = await work.BackUpAsync(source);
        Assert.Empty(set.Tables);
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCOMMIT;", Commands.Dump(work["by-hand.db"]));
        Assert.Equal(0, new FileInfo(source).Length);

        // The new database can itself be restored over.
        var full = SqliteZoo.Make(work, "foreign-keys", "full.db");
        var fullSet = await work.BackUpAsync(full);
        var record = await work.RestoreAsync(fullSet.Id, source, allowDifferentSource: true);
        Assert.Equal(StockTools.Facts(full), StockTools.Facts(source));
        await work.UndoAsync(record.RestoreId);
        Assert.Equal("", Commands.Sqlite(source, "SELECT * FROM sqlite_master"));
    }

    [StockFact]
    public async Task Text_with_embedded_zero_bytes_and_broken_utf8_comes_back_byte_for_byte()
    {
        using var work = new Workspace();
        var source = work["app.db"];
        Commands.Sqlite(source,
            "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('a'||char(0)||'b'), (CAST(x'00' AS TEXT)), (CAST(x'fffe80' AS TEXT)), " +
            "(CAST(x'6100ff' AS TEXT));");
        const string everything = "SELECT typeof(v), hex(v), length(CAST(v AS BLOB)) FROM t ORDER BY rowid";
        var before = Commands.Sqlite(source, everything);
        Assert.Contains("text|610062|3", before);

        var set = await work.BackUpAsync(source);
        Commands.Sqlite(source, "UPDATE t SET v = CAST(x'61' AS TEXT)");
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(source));
        Assert.Equal(TableDifference.Different, Assert.Single(comparison.Tables).Difference);
        await work.RestoreAsync(set.Id, source);
        Assert.Equal(before, Commands.Sqlite(source, everything));
    }

    private static async Task<BackupSet> ProvenBackupAsync(Workspace work, string source, string facts)
    {
        var set = await work.BackUpAsync(source);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.All(set.Tables, table => Assert.NotNull(table.Fingerprint));
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal(facts, StockTools.Facts(work["by-hand.db"]));
        var report = await work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.True(report.Status == CheckStatus.Passed, string.Join('\n', report.Checks));
        Assert.Empty(work.Reporter.Warnings);
        Assert.Equal(facts, StockTools.Facts(source));
        return set;
    }

    private static async Task RestoredAndUndoneAsync(Workspace work, BackupSet set, string facts, string? live)
    {
        var target = work[$"target-{Guid.NewGuid():N}.db"];
        if (live is not null) Commands.Sqlite(target, live);
        var was = live is null ? null : StockTools.Facts(target);

        var record = await work.RestoreAsync(set.Id, target, allowDifferentSource: true);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(facts, StockTools.Facts(target));
        if (was is not null) Assert.Equal(was, StockTools.Facts(record.PreviousCopy!));

        var undone = await work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(facts, StockTools.Facts(undone.UndoneCopy!));
        if (was is null) Assert.False(File.Exists(target));
        else Assert.Equal(was, StockTools.Facts(target));
        Assert.DoesNotContain(Directory.EnumerateFiles(work.Folder, ".*"), file => file.Contains("postry", StringComparison.Ordinal));
    }
}
