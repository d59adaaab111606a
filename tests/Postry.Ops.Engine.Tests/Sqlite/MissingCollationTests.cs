using Microsoft.Data.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>A database that only its application can read in full: what cannot be checked is never called proven, and comes back whole all
/// the same.</summary>
public sealed class MissingCollationTests
{
    [StockFact]
    public async Task What_needs_an_application_s_collation_is_inconclusive_and_comes_back_whole()
    {
        using var work = new Workspace();
        var app = Make(work);
        var before = Everything(app);

        var set = await work.BackUpAsync(app);
        Assert.Equal(BackupStatus.Complete, set.Status);
        var keyed = set.Tables.Single(table => table.Name == "keyed");
        Assert.Null(keyed.Fingerprint);
        Assert.Contains("collation", keyed.Inconclusive, StringComparison.Ordinal);
        Assert.NotNull(set.Tables.Single(table => table.Name == "plain").Fingerprint);
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains("keyed", StringComparison.Ordinal));
        Assert.Contains("\"inconclusive\": ", File.ReadAllText(set.ManifestFile), StringComparison.Ordinal);

        // The page copy is whole: whoever has the collation reads it all.
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal(before, Everything(work["by-hand.db"]));

        foreach (var level in new[] { VerificationLevel.Contents, VerificationLevel.Restore })
        {
            var report = await work.TestAsync(set.Id, level);
            Assert.True(report.Status == CheckStatus.Inconclusive, string.Join('\n', report.Checks));
            Assert.Equal(CheckStatus.Inconclusive, report.Checks.Single(check => check.Name == "Table keyed").Status);
            Assert.Equal(CheckStatus.Inconclusive, report.Checks.Single(check => check.Name == "Integrity check").Status);
            Assert.Equal(CheckStatus.Passed, report.Checks.Single(check => check.Name == "Table plain").Status);
            Assert.DoesNotContain(report.Checks, check => check.Status == CheckStatus.Failed);
        }

        using (var connection = Open(app)) connection.Run("DELETE FROM keyed; DELETE FROM plain;");
        var damaged = Everything(app);
        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Contains(record.Checks, check => check is { Name: "Table keyed", Status: CheckStatus.Inconclusive });
        Assert.Equal(before, Everything(app));
        Assert.Equal(damaged, Everything(record.PreviousCopy!));
        await work.UndoAsync(record.RestoreId);
        Assert.Equal(damaged, Everything(app));
        var elsewhere = await work.RestoreAsync(set.Id, work["elsewhere.db"], allowDifferentSource: true);
        Assert.Equal(before, Everything(elsewhere.Target));
    }

    [StockFact]
    public async Task A_set_that_counts_or_only_names_its_tables_is_never_proven()
    {
        using var work = new Workspace();
        var app = SqliteZoo.Make(work, "foreign-keys");
        foreach (var kind in new[] { FingerprintKind.RowCount, FingerprintKind.None })
        {
            var set = await work.BackUpAsync(app, kind);
            Assert.All(set.Tables, table => Assert.Null(table.Fingerprint));
            Assert.All(set.Tables, table => Assert.Equal(kind == FingerprintKind.None, table.Rows is null));
            Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
            foreach (var level in new[] { VerificationLevel.Contents, VerificationLevel.Restore })
            {
                var report = await work.TestAsync(set.Id, level);
                Assert.Equal(CheckStatus.Inconclusive, report.Status);
                Assert.All(report.Checks.Where(check => check.Name.Contains("Table ", StringComparison.Ordinal)), check =>
                    Assert.Equal(CheckStatus.Inconclusive, check.Status));
            }
        }

        // Nor where there is no table to name.
        var empty = SqliteZoo.Make(work, "one-page", "empty.db");
        Assert.Equal(CheckStatus.Inconclusive, (await work
            .TestAsync((await work.BackUpAsync(empty, FingerprintKind.None)).Id, VerificationLevel.Contents)).Status);
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync((await work.BackUpAsync(empty)).Id, VerificationLevel.Contents)).Status);
    }

    private static string Make(Workspace work)
    {
        var app = work["app.db"];
        using var connection = Open(app);
        connection.Run("""
            CREATE TABLE plain(a TEXT);
            CREATE TABLE keyed(k TEXT COLLATE backwards PRIMARY KEY, v) WITHOUT ROWID;
            CREATE TABLE indexed(a TEXT COLLATE backwards);
            CREATE INDEX i ON indexed(a);
            """);
        for (var i = 0; i < 200; i++)
            connection.Run("INSERT INTO plain VALUES ($1); INSERT INTO keyed VALUES ($1, $2); INSERT INTO indexed VALUES ($1)",
                $"text {i * 7919 % 200}", i);
        return app;
    }

    private static SqliteConnection Open(string path)
    {
        var connection = AppConnections.Open(path);
        connection.CreateCollation("backwards", (a, b) => string.CompareOrdinal(b, a));
        return connection;
    }

    /// <summary>All rows through indexes and keys in the application's own order, and its own integrity check.</summary>
    private static string Everything(string path)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT k || '=' || v FROM (SELECT * FROM keyed ORDER BY k) UNION ALL SELECT a FROM (SELECT a FROM indexed INDEXED BY i " +
            "ORDER BY a) UNION ALL SELECT a FROM plain UNION ALL SELECT integrity_check FROM pragma_integrity_check";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(reader.GetString(0));
        Assert.Equal("ok", rows[^1]);
        return string.Join('\n', rows);
    }
}
