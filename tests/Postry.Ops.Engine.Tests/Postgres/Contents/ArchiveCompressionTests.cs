using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Contents;

/// <summary>
/// Archives in the compressions that came with PostgreSQL 16: as good as those of gzip where the programs know them, and refused where all
/// programs are older.
/// </summary>
public sealed class ArchiveCompressionTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    private static bool ProgramsKnowThem => PgTools.FindAll("pg_dump").Any(tool => tool.Major >= 16);

    [PostgresTheory]
    [InlineData(ArchiveCompression.Zstd, "zstd", ".zst")]
    [InlineData(ArchiveCompression.Lz4, "lz4", ".lz4")]
    public async Task An_archive_is_made_proven_and_restored(ArchiveCompression compression, string name, string ending)
    {
        using var work = new Workspace();
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, """
            CREATE TABLE filled (i int PRIMARY KEY, t text, b bytea);
            INSERT INTO filled SELECT i, repeat(E'row \\ \t \n', i % 7) || i, sha256(i::text::bytea) FROM generate_series(1, 20000) i;
            CREATE TABLE empty (a int); CREATE SEQUENCE s; SELECT setval('s', 77);
            SELECT lo_from_bytea(1000, 'hello'), lo_from_bytea(1001, decode(repeat('00ff', 100000), 'hex'));
            """);
        var before = Inventory.All(Server, app.Database);
        var options = new PostgresBackupOptions { Compression = compression };
        if (!ProgramsKnowThem)
        {
            var error = await Assert.ThrowsAsync<ToolTooOldException>(() => work.BackUpAsync(app, options: options));
            Assert.Contains("Version 16 or newer of pg_dump is needed", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(work.AllFiles(), file => !file.EndsWith(".lock", StringComparison.Ordinal));
            return;
        }

        var set = await work.BackUpAsync(app, options: options);
        // The server may be older than the programs, and its own pg_restore too old for the archive.
        var judge = PgTools.Find("pg_restore", Math.Max(Server.Major, 16), "x").Path;
        Assert.Contains($"Compression: {name}", StockTools.Latin(judge, ["-l", set.BackupFile]), StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(set.BackupFile, $"*.dat{ending}").Length);
        await work.PassesAsync(set, VerificationLevel.Restore);
        Server.Psql(app.Database, "DROP TABLE filled; INSERT INTO empty VALUES (1); SELECT lo_unlink(1000), nextval('s')");
        await work.RestoreAsync(set, app);
        Assert.Equal(before, Inventory.All(Server, app.Database));
    }

    [PostgresTheory]
    [InlineData(ArchiveCompression.Zstd)]
    [InlineData(ArchiveCompression.Lz4)]
    public async Task A_file_that_is_cut_off_or_torn_is_named(ArchiveCompression compression)
    {
        if (!ProgramsKnowThem) return;
        using var work = new Workspace();
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, "CREATE TABLE filled AS SELECT i, md5(i::text) AS m FROM generate_series(1, 5000) i");
        var capture = await Captures.TakeAsync(app, work["a"], options: new PostgresBackupOptions { Compression = compression });
        var file = Assert.Single(capture.Postgres!.Tables).DataFile!;
        var path = Path.Combine(work["a"], file);
        var whole = await File.ReadAllBytesAsync(path);
        // Stock pg_restore ends with code 0 on each of these, so that only the missing end of the rows tells.
        foreach (var length in new[] { 0, 10, whole.Length / 2 })
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            var reading = await Captures.ReadAsync(capture, work["a"]);
            Assert.Equal(file, Assert.Single(reading.Damage).File);
            Assert.Null(Assert.Single(reading.Tables).Fingerprint);
        }

        // The formats have no checksum of their own here, so torn bytes can be other rows; only the file's SHA-256 shows the damage.
        await File.WriteAllBytesAsync(path, [.. whole[..200], .. new byte[50], .. whole[250..]]);
        var torn = await Captures.ReadAsync(capture, work["a"]);
        Assert.Equal(file, Assert.Single(torn.Files.Except(capture.Files!)).Name);
        Assert.NotEqual(capture.Contents.Tables, torn.Tables);
    }
}
