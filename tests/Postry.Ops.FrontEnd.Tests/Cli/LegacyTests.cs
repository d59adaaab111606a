namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Backups of the old scripts at the console.</summary>
public sealed class LegacyTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task They_are_listed_tested_restored_and_undone()
    {
        var database = _sandbox.MakeDatabase(journal: "DELETE");
        var old = Sandbox.Contents(database);
        var backup = PutSet(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);

        Assert.Contains("(old scripts)", (await _sandbox.RunAsync("list")).Output);
        var set = Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
        Assert.True(set.GetProperty("legacy").GetBoolean());
        Assert.Equal("Complete", set.GetProperty("status").GetString());
        Assert.Equal(0, (await _sandbox.RunAsync("test", "--backup-file", backup, "--level", "Artefact")).ExitCode);
        var test = await _sandbox.RunAsync("test", "--backup-file", backup, "--level", "Restore");
        Assert.Equal(3, test.ExitCode);
        Assert.Contains("took no fingerprints", test.Output);

        var refused = await _sandbox.RunAsync("restore", "--backup-file", backup, "--path", database, "--force");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--allow-different-source", refused.Errors);
        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Equal(0, (await _sandbox.RunAsync("restore", "--backup-file", backup, "--path", database, "--allow-different-source",
            "--force")).ExitCode);
        Assert.Equal(old, Sandbox.Contents(database));
        Assert.Equal(0, (await _sandbox.RunAsync("undo", "--latest", "--force")).ExitCode);
        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Empty(_sandbox.Partials());
    }

    [Theory]
    [InlineData("Asia/Tokyo")]
    [InlineData("America/New_York")]
    [InlineData("UTC")]
    public async Task The_stamps_in_their_names_are_UTC_wherever_they_are_read(string zone)
    {
        var database = _sandbox.MakeDatabase(posts: 5, journal: "DELETE");
        var before = PutSet(database, "20250314-020000");
        PutSet(database, "20250314-093000");
        async Task<string> Said(params string[] arguments)
        {
            using var postry = PostryProcess.Start(_sandbox.Folder, arguments, ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("TZ", zone));
            var result = await postry.EndAsync();
            Assert.Equal(0, result.ExitCode);
            return result.Output;
        }

        var sets = Sandbox.Parse(await Said("list", "--json")).EnumerateArray().ToList();
        Assert.Equal(["2025-03-14T09:30:00Z", "2025-03-14T02:00:00Z"], sets.Select(set => set.GetProperty("snapshotAt").GetString()));
        var plan = await Said("restore", "--before", "2025-03-14T05:05:00Z", "--database", "legacy-sqlite", "--path", database,
            "--allow-different-source", "--what-if", "--json");
        Assert.Equal(before, Sandbox.Parse(plan).GetProperty("backup").GetProperty("backupFile").GetString());
    }

    [Fact]
    public async Task A_dump_that_reaches_too_far_is_refused()
    {
        var path = System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(_sandbox.Backups, "db")).FullName,
            "postgres-backup-20250314-092653.sql");
        File.WriteAllText(path,
            "--\n-- PostgreSQL database dump\n--\n\nDROP DATABASE app;\n\n--\n-- PostgreSQL database dump complete\n--\n");
        OldBackups.Sign(path, "postgres");
        var test = await _sandbox.RunAsync("test", "--backup-file", path);
        Assert.Equal(3, test.ExitCode);
        Assert.Contains("Failed at level Contents", test.Output);
        Assert.Contains("DROP DATABASE reaches beyond the database", test.Output);
    }

    private string PutSet(string database, string stamp = "20250314-092653")
    {
        var path = System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(_sandbox.Backups, "db")).FullName,
            $"sqlite-backup-{stamp}.db");
        File.Copy(database, path);
        return OldBackups.Sign(path, "sqlite");
    }
}
