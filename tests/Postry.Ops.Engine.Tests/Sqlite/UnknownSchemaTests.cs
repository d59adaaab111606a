using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>A schema that the engine's SQLite cannot parse, as the next SQLite may write it: never called proven, and stored
/// whole.</summary>
public sealed class UnknownSchemaTests
{
    private const string ThisYears = "CREATE TABLE newer(a TEXT)";
    private const string NextYears = "CREATE TABLE newer(a TEXT CHECK (a <=> 1))";

    [StockFact]
    public async Task A_schema_newer_than_the_library_is_inconclusive_by_table_and_comes_back_whole()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            $"{ThisYears}; INSERT INTO newer VALUES ('one'), ('two'); CREATE TABLE plain(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO " +
            $"plain VALUES (1, 'one'), (2, 'two');");
        Rewrite(app, ThisYears, NextYears);

        var set = await work.BackUpAsync(app);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.DoesNotContain(set.Tables, table => table.Name == "newer" && table.Fingerprint is not null);
        Assert.NotEmpty(work.Reporter.Warnings);
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal("one,two|one,two", Facts(work["by-hand.db"]));

        foreach (var level in new[] { VerificationLevel.Contents, VerificationLevel.Restore })
        {
            var report = await work.TestAsync(set.Id, level);
            Assert.True(report.Status == CheckStatus.Inconclusive, string.Join('\n', report.Checks));
            Assert.DoesNotContain(report.Checks, check => check.Status == CheckStatus.Failed);
        }

        Rewrite(app, NextYears, ThisYears);
        Commands.Sqlite(app, "DELETE FROM newer; DELETE FROM plain; PRAGMA journal_mode=wal;");
        var damaged = Commands.Dump(app);
        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("one,two|one,two", Facts(app));
        await work.UndoAsync(record.RestoreId);
        Assert.Equal(damaged, Commands.Dump(app));
    }

    /// <summary>Changes the text of a table's definition in the schema, which no statement could.</summary>
    private static void Rewrite(string database, string from, string to) =>
        Commands.Sqlite(database,
            $"PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = '{to}' WHERE sql = '{from}'; SELECT changes();");

    /// <summary>The rows as the next SQLite would read them.</summary>
    private static string Facts(string database)
    {
        var copy = database + ".facts";
        File.Copy(database, copy);
        if (File.Exists(database + "-wal")) File.Copy(database + "-wal", copy + "-wal");
        Rewrite(copy, NextYears, ThisYears);
        return Commands.Sqlite(copy, "SELECT (SELECT group_concat(a) FROM newer) || '|' || (SELECT group_concat(b) FROM plain)");
    }
}
