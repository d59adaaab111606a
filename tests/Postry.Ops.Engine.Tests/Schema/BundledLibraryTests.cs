using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Schema;

/// <summary>The bundled SQLite is older than some schemas: what it cannot read it never calls proven, and stores whole.</summary>
public sealed class BundledLibraryTests
{
    private static readonly Dictionary<string, string?> Bundled = new() { ["POSTRY_SQLITE_LIBRARY"] = "bundled" };

    [StockFact]
    public void A_schema_newer_than_the_library_is_inconclusive_by_table_and_comes_back_whole()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, $"{Zoo.Scripts["strict"]} CREATE TABLE newer(a TEXT, x TEXT AS (a ->> '$.x') STORED); INSERT INTO newer VALUES ('{{\"x\":1}}'); CREATE TABLE plain(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO plain VALUES (1,'one'),(2,'two'); CREATE VIEW v AS SELECT i FROM s WHERE t IS NOT DISTINCT FROM 'row 1'; CREATE INDEX si ON s(t);");
        var facts = Stock.Facts(app);

        var made = PostryConsole.Run(work, ["backup", "--path", app, "--verbose"], Bundled);
        Assert.True(made.ExitCode == 0, $"{made}");
        Assert.Matches(@"SQLite 3\.35\.\d+ \(bundled\)", made.Error);
        var set = Assert.Single(work.Engine.ListBackups(new Catalog.BackupQuery()));
        var manifest = File.ReadAllText(set.ManifestFile);
        Assert.Contains("\"library\": \"3.35.", manifest, StringComparison.Ordinal);
        Assert.Contains("\"libraryOrigin\": \"bundled\"", manifest, StringComparison.Ordinal);
        Assert.NotNull(set.Tables.Single(table => table.Name == "newer").Inconclusive);
        Assert.Null(set.Tables.Single(table => table.Name == "newer").Fingerprint);
        // STRICT tables can be read by older libraries although they cannot be checked; what is read must be right.
        Assert.Equal((300L, set.Tables.Single(table => table.Name == "s").Fingerprint), Fingerprints.StrangersFingerprint.Of(app, "s"));
        Assert.Equal(2, set.Tables.Single(table => table.Name == "plain").Rows);
        Assert.NotNull(set.Tables.Single(table => table.Name == "plain").Fingerprint);
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal(facts, Stock.Facts(work["by-hand.db"]));

        var tested = PostryConsole.Run(work, ["test", "--latest", "--level", "Restore"], Bundled);
        Assert.Equal((3, "Inconclusive"), (tested.ExitCode, tested["status"]));
        Assert.Contains("\"Table newer\"", tested["checks"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("Failed", tested["checks"]!, StringComparison.Ordinal);

        // The restore itself, over a live database of the new schema, by the old library.
        Commands.Sqlite(app, "DELETE FROM s; DELETE FROM newer; DELETE FROM plain; PRAGMA journal_mode=wal;");
        var damaged = Commands.Dump(app);
        var restored = PostryConsole.Run(work, ["restore", "--latest", "--path", app, "--force"], Bundled);
        Assert.True(restored is { ExitCode: 0 } && restored["status"] == "Committed", $"{restored}");
        Assert.Equal(facts, Stock.Facts(app));
        var undone = PostryConsole.Run(work, ["undo", "--latest", "--force"], Bundled);
        Assert.True(undone.ExitCode == 0, $"{undone}");
        Assert.Equal(damaged, Commands.Dump(app));
    }

    [StockFact]
    public void Fingerprints_do_not_depend_on_the_library()
    {
        using var work = new Workspace();
        var app = Zoo.Make(work, "without-rowid");
        Commands.Sqlite(app, Zoo.Scripts["odd-values"] + Zoo.Scripts["fts5"] + Zoo.Scripts["rtree"]);
        Assert.Equal(0, PostryConsole.Run(work, ["backup", "--path", app], Bundled).ExitCode);
        Assert.Equal(0, PostryConsole.Run(work, ["backup", "--path", app], new() { ["POSTRY_SQLITE_LIBRARY"] = "system" }).ExitCode);
        var sets = work.Engine.ListBackups(new Catalog.BackupQuery());
        Assert.Equal(2, sets.Count);
        Assert.Equal(sets[0].Tables, sets[1].Tables);
        Assert.All(sets[0].Tables, table => Assert.NotNull(table.Fingerprint));
        foreach (var set in sets)
        {
            Assert.Equal("Passed", PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], Bundled)["status"]);
            Assert.Equal("Passed", PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["POSTRY_SQLITE_LIBRARY"] = "system" })["status"]);
        }
    }
}
