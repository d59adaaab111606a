using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>Names that mean something to a shell, a file system, a pattern or SQL mean nothing here.</summary>
public sealed class HostileNameTests
{
    public static TheoryData<string> FileNames =>
    [
        "plain name.db", "it's \"quoted\".db", "a'b`c$(id).db", "wild*card?.db", "[brackets]{braces}.db", "per%20cent%00.db",
        "question?mode=ro&vfs=x#y.db", "file:uri.db",
        "-leading-dash.db", ".hidden.db", "ünïcödé 数据库 🦊.db", "back\\slash.db", "semi;colon|pipe&and.db", "less<more>.db",
        "tab\tand\nnewline.db", "no-extension", "dots...db", "a.db-wal.db",
        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.db",
    ];

    [StockTheory]
    [MemberData(nameof(FileNames))]
    public async Task A_database_of_any_file_name_is_backed_up_restored_and_undone(string name)
    {
        foreach (var journalMode in new[] { "wal", "delete" })
        {
            using var work = new Workspace();
            var app = work[name];
            // The stock shell takes some of these for something else, so the file gets its name afterwards.
            Commands.Sqlite(work["made"], $"PRAGMA journal_mode={journalMode}; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
            File.Move(work["made"], app);
            var neighbour = Path.Combine(work.Folder, "neighbour.db");
            File.Copy(app, neighbour);
            var before = Content(work, app);
            var set = await work.Engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app), Database = "app" });
            Assert.Equal(app, set.Source);
            Assert.Equal(Path.Combine(work.BackupRoot, "db"), Path.GetDirectoryName(set.BackupFile));
            Assert.Matches("^sqlite-app-[0-9]{8}T[0-9]{6}Z-[0-9a-z]{8}[.]db[.]gz$", Path.GetFileName(set.BackupFile));
            Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Restore)).Status);

            using (var connection = AppConnections.Open(app)) connection.Run("UPDATE t SET a = 2");
            var damaged = Content(work, app);
            var record = await work.Engine.RestoreAsync(await work.Engine
                .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = new SqliteAddress(app) }));
            Assert.Equal(before, Content(work, app));
            Assert.Equal(damaged, Content(work, record.PreviousCopy!));
            await work.UndoAsync(record.RestoreId);
            Assert.Equal(damaged, Content(work, app));
            File.Delete(app);
            foreach (var side in new[] { "-wal", "-shm" }) File.Delete(app + side);
            await work.RestoreAsync(set.Id, app);
            Assert.Equal(before, Content(work, app));
            Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".postry-", StringComparison.Ordinal)
                || file.Contains("partial", StringComparison.Ordinal));
            // The expectation names the files that a pattern made of the name would also have matched.
            Assert.Equal(before, Content(work, neighbour));
        }
    }

    [StockTheory]
    [InlineData("../../escaped")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("a/b\\c:d")]
    [InlineData("$(touch x)`touch y`")]
    [InlineData("it's \"quoted\"; DROP TABLE t")]
    [InlineData("ünïcödé 数据库 🦊")]
    [InlineData("CON")]
    [InlineData("-rf")]
    public async Task A_logical_name_never_leaves_the_backup_root(string database)
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        foreach (var name in new[] { database, string.Concat(Enumerable.Repeat(database, 60)) })
        {
            var set = await work.Engine.BackUpAsync(
                new BackupRequest { Source = new SqliteAddress(work["app.db"]), Database = name, Label = $"{name}\n\0\u001b[31m*?" });
            Assert.Equal((name, $"{name}\n\0\u001b[31m*?"), (set.Database, set.Label));
            Assert.Equal(Path.Combine(work.BackupRoot, "db"), Path.GetDirectoryName(set.BackupFile));
            Assert.Matches("^sqlite-[A-Za-z0-9._-]{1,80}-[0-9TZ]{16}-[0-9a-z]{8}[.]db[.]gz$", Path.GetFileName(set.BackupFile));
            var found = Assert.Single(work.Engine.ListBackups(new BackupQuery { Ids = [set.Id] }));
            Assert.Equal((BackupStatus.Complete, name), (found.Status, found.Database));
            Assert.Equal(set.Id, work.Engine.FindBackup(new BackupSelector { Latest = true, Database = name }).Id);
            File.Delete(work["app.db"]);
            await work.Engine.RestoreAsync(await work.Engine
                .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true, Database = name }, Target =
                new SqliteAddress(work["app.db"]) }));
        }

        Assert.Equal(["app.db", "backups"], Directory.EnumerateFileSystemEntries(work.Folder).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    }

    [StockFact]
    public async Task A_file_whose_name_is_no_logical_name_says_how_to_give_one()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["made"], "CREATE TABLE t(a)");
        File.Move(work["made"], work["wild*.db"]);
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => work.BackUpAsync(work["wild*.db"]));
        Assert.Contains($"{OptionName.Database}", e.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain(work.AllFiles(), file => file.StartsWith("backups", StringComparison.Ordinal));
    }

    [StockTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task A_link_stays_a_link_and_what_it_leads_to_is_restored(string journalMode)
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work["real"]);
        Directory.CreateDirectory(work["links"]);
        var app = work["real/app.db"];
        Commands.Sqlite(app, $"PRAGMA journal_mode={journalMode}; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        File.CreateSymbolicLink(work["links/one.db"], "../real/app.db");
        File.CreateSymbolicLink(work["links/two.db"], "one.db");
        Directory.CreateSymbolicLink(work["folder"], work["real"]);
        var before = Commands.Dump(app);
        var set = await work.BackUpAsync(work["links/two.db"]);
        Assert.Equal(app, set.Source);
        foreach (var path in new[] { work["links/two.db"], work["links/one.db"], work["folder/app.db"],
            Path.Combine(work.Folder, "real/../folder/./app.db") })
        {
            Commands.Sqlite(app, "UPDATE t SET a = 2");
            var record = await work.Engine.RestoreAsync(await work.Engine
                .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = new SqliteAddress(path) }));
            Assert.Equal(app, record.Target);
            Assert.Equal(before, Commands.Dump(app));
            Assert.Equal("../real/app.db", new FileInfo(work["links/one.db"]).LinkTarget);
        }

        // The link counts even if the database at its end is gone.
        File.Delete(app);
        Assert.Equal(app, (await work.RestoreAsync(set.Id, work["links/two.db"])).Target);
        Assert.Equal(before, Commands.Dump(work["links/two.db"]));
        Assert.Equal("one.db", new FileInfo(work["links/two.db"]).LinkTarget);
    }

    private static string Content(Workspace work, string path)
    {
        var copy = work["copy-to-look-at.db"];
        File.Copy(path, copy, overwrite: true);
        foreach (var side in new[] { "-wal" })
        {
            File.Delete(copy + side);
            if (File.Exists(path + side)) File.Copy(path + side, copy + side);
        }

        var content = Commands.Dump(copy) + Commands.Sqlite(copy, "PRAGMA integrity_check");
        foreach (var file in new[] { copy, copy + "-wal", copy + "-shm" }) File.Delete(file);
        return content;
    }
}
