using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Contents;

/// <summary>A damaged archive is a finding that names the file, and never a crash or another table's fault.</summary>
public sealed class ArchiveDamageTests(ITestOutputHelper output)
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task A_file_that_is_cut_off_torn_missing_or_goes_on_is_named_with_its_table()
    {
        using var work = new Workspace();
        var capture = await CaptureAsync(work);
        var table = capture.Postgres!.Tables.Single(t => t.Name == "filled");
        var path = Path.Combine(work["a"], table.DataFile!);
        var whole = await File.ReadAllBytesAsync(path);
        var plain = StockTools.Latin("gunzip", ["-c", path]);
        foreach (var (what, bytes) in new (string, byte[]?)[]
        {
            ("missing", null), ("empty", []), ("cut", whole[..(whole.Length / 2)]), ("its header only", whole[..10]),
                ("torn", [.. whole[..200], .. new byte[50], .. whole[250..]]), ("no gzip", [1, 2, 3, 4]),
            ("without its end", Gzip(plain[..plain.IndexOf("\\.\n", StringComparison.Ordinal)])),
            ("cut in a row", Gzip(plain[..(plain.Length / 2)])), ("more after the end", Gzip(plain + "x\n")),
        })
        {
            if (bytes is null) File.Delete(path);
            else await File.WriteAllBytesAsync(path, bytes);
            var reading = await Captures.ReadAsync(capture, work["a"]);
            var damage = Assert.Single(reading.Damage);
            Assert.True(damage.File == table.DataFile, what);
            Assert.Equal(new TableContent("public.filled", null, null), reading.Tables.Single(t => t.Name == "public.filled"));
            Assert.Equal(capture.Contents.Tables.Where(t => t.Name != "public.filled"),
                reading.Tables.Where(t => t.Name != "public.filled"));
            Assert.Equal(bytes?.Length, reading.Files.SingleOrDefault(file => file.Name == table.DataFile)?.Bytes is { } size ? (int)size
                : null);
        }

        await File.WriteAllBytesAsync(path, whole);
        Assert.Empty((await Captures.ReadAsync(capture, work["a"])).Damage);
    }

    [PostgresFact]
    public async Task Rows_that_are_others_are_not_damage_but_another_fingerprint()
    {
        using var work = new Workspace();
        var capture = await CaptureAsync(work);
        var table = capture.Postgres!.Tables.Single(t => t.Name == "filled");
        var path = Path.Combine(work["a"], table.DataFile!);
        await File.WriteAllBytesAsync(path, Gzip(StockTools.Latin("gunzip", ["-c", path]).Replace("\trow 77\t", "\trow 78\t")));
        var reading = await Captures.ReadAsync(capture, work["a"]);
        Assert.Empty(reading.Damage);
        Assert.Equal(["public.filled"], reading.Tables.Except(capture.Contents.Tables).Select(t => t.Name));
        Assert.Equal([table.DataFile], reading.Files.Except(capture.Files!).Select(file => file.Name));
    }

    [PostgresFact]
    public async Task Large_objects_that_are_missing_torn_or_too_many_are_named()
    {
        using var work = new Workspace();
        var capture = await CaptureAsync(work);
        var (first, second) = (Path.Combine(work["a"], "blob_1000.dat.gz"), Path.Combine(work["a"], "blob_1001.dat.gz"));
        var whole = await File.ReadAllBytesAsync(first);
        File.Delete(first);
        Assert.Equal("The file of the large object 1000 is not there.",
            Assert.Single((await Captures.ReadAsync(capture, work["a"])).Damage).Problem);
        await File.WriteAllBytesAsync(first, whole[..15]);
        Assert.Equal("blob_1000.dat.gz", Assert.Single((await Captures.ReadAsync(capture, work["a"])).Damage).File);
        await File.WriteAllBytesAsync(first, whole);
        File.Copy(first, Path.Combine(work["a"], "blob_77.dat.gz"));
        Assert.Equal("No list names this large object.", Assert.Single((await Captures.ReadAsync(capture, work["a"])).Damage).Problem);
        File.Delete(Path.Combine(work["a"], "blob_77.dat.gz"));
        File.Copy(first, second, overwrite: true);
        var swapped = await Captures.ReadAsync(capture, work["a"]);
        Assert.Empty(swapped.Damage);
        Assert.NotEqual(capture.Postgres!.LargeObjects, swapped.LargeObjects);
    }

    [PostgresFact]
    public async Task No_flipped_bit_of_any_file_goes_unnoticed()
    {
        using var work = new Workspace();
        var capture = await CaptureAsync(work);
        var random = Seed.Random(output);
        for (var round = 0; round < (Seed.LongTests ? 400 : 40); round++)
        {
            var file = capture.Files![random.Next(capture.Files.Count)];
            var path = Path.Combine(work["a"], file.Name);
            var whole = await File.ReadAllBytesAsync(path);
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, bytes);
            var reading = await Captures.ReadAsync(capture, work["a"]);
            Assert.Equal([file.Name], reading.Files.Except(capture.Files).Select(f => f.Name));
            // A list of large objects (blobs.toc; since version 17 blobs_N.toc) that names a wrong one makes the right one a stranger.
            var isList = file.Name.StartsWith("blobs", StringComparison.Ordinal);
            Assert.All(reading.Damage, damage => Assert.True(damage.File == file.Name || isList));
            await File.WriteAllBytesAsync(path, whole);
        }
    }

    [PostgresFact]
    public async Task What_only_pg_restore_can_read_is_damage_where_it_cannot()
    {
        using var work = new Workspace();
        var capture = await CaptureAsync(work);
        var table = capture.Postgres!.Tables.Single(t => t.Name == "filled");
        var path = Path.Combine(work["a"], table.DataFile!);
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..300]);
        var reading = await Captures.ReadAsync(capture, work["a"], throughTool: true);
        Assert.Equal(table.DataFile, Assert.Single(reading.Damage).File);
        Assert.Null(reading.Tables.Single(t => t.Name == "public.filled").Fingerprint);
    }

    private static async Task<CaptureResult> CaptureAsync(Workspace work)
    {
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, """
            CREATE TABLE filled AS SELECT i, 'row ' || i AS t, md5(i::text) AS m FROM generate_series(1, 2000) i;
            CREATE TABLE other AS SELECT i FROM generate_series(1, 100) i;
            CREATE TABLE empty (a int);
            SELECT lo_from_bytea(1000, 'hello'), lo_from_bytea(1001, 'world');
            """);
        return await Captures.TakeAsync(address, work["a"]);
    }

    private static byte[] Gzip(string latin)
    {
        using var result = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(result, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(System.Text.Encoding.Latin1.GetBytes(latin));
        return result.ToArray();
    }
}
