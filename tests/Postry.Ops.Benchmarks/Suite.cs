using System.Globalization;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Benchmarks;

/// <summary>Runs the product and its peers in turn and prints medians and ratios.</summary>
internal sealed class Suite(string folder, long megabytes, int rounds)
{
    private readonly Bench _bench = new(folder);
    private readonly string _database = Path.Combine(folder, "app.db");
    private readonly string _backups = Path.Combine(folder, "backups");

    public void Backup()
    {
        Prepare();
        var (ours, peer, memory) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < rounds; round++)
        {
            Directory.Delete(_backups, recursive: true);
            var (seconds, peak) = _bench.Ours("backup", _backups, _database);
            ours.Add(seconds);
            memory = Math.Max(memory, peak);
            peer.Add(_bench
                .Shell($"rm -f copy.db copy.db.gz; sqlite3 app.db '.backup copy.db' && gzip -6 copy.db && sha256sum copy.db.gz"));
        }

        _bench.Shell("gzip -1 -c app.db > fast.gz");
        var size = Directory.EnumerateFiles(Path.Combine(_backups, "db"), "*.gz")
            .Sum(f => new FileInfo(f).Length) / (double)new FileInfo(Path.Combine(folder, "fast.gz")).Length;
        Bench.Report("backup", ours, "sqlite3 .backup + gzip -6 + sha256sum", peer, "0.25");
        Console.WriteLine($"  size against gzip -1: {size:F3} (at most 1.0); peak memory {memory} MiB (at most 200)");
    }

    public void Restore()
    {
        Prepare();
        var names = new[] { "restore over a live database", "restore to an empty path" };
        var (over, fresh, peer, memory) = (new List<double>(), new List<double>(), new List<double>(), 0L);
        _bench.Shell("test -f copy.db.gz || gzip -6 -c app.db > copy.db.gz");
        for (var round = 0; round < rounds; round++)
        {
            _bench.Shell("rm -rf target*.db* .target*; cp app.db target.db");
            var (seconds, peak) = _bench.Ours("restore", _backups, Path.Combine(folder, "target.db"), "--skip-compare");
            over.Add(seconds);
            memory = Math.Max(memory, peak);
            _bench.Shell("rm -rf target*.db* .target*");
            fresh.Add(_bench.Ours("restore", _backups, Path.Combine(folder, "target-new.db"), "--skip-compare").Seconds);
            _bench.Shell("rm -rf target*.db*");
            peer.Add(_bench.Shell("gunzip -c copy.db.gz > unpacked.db && sqlite3 unpacked.db 'PRAGMA integrity_check' && rm unpacked.db"));
        }

        Bench.Report(names[0], over, "gunzip + sqlite3 integrity_check", peer, "1.0");
        Bench.Report(names[1], fresh, "gunzip + sqlite3 integrity_check", peer, "1.0");
        Console.WriteLine($"  peak memory {memory} MiB (at most 200)");
    }

    public void Readers()
    {
        Prepare();
        for (var round = 0; round < rounds; round++)
        {
            _bench.Shell("rm -rf target*.db* .target* stop; cp app.db target.db; sqlite3 target.db 'PRAGMA journal_mode=wal'");
            using var reader = Bench.Self("reader", Path.Combine(folder, "target.db"), Path.Combine(folder, "stop"));
            Thread.Sleep(500);
            _bench.Ours("restore", _backups, Path.Combine(folder, "target.db"), "--skip-compare");
            _bench.Shell("touch stop");
            var words = reader.StandardOutput.ReadToEnd().Split();
            Console.WriteLine($"readers in WAL mode: longest read {words[0]} ms of {words[1]} during a restore (at most 50 ms)");
        }

        _bench.Shell("rm -rf target*.db* .target* stop");
    }

    public void List()
    {
        const int count = 10_000;
        var small = Path.Combine(folder, "many");
        _bench.Shell("rm -rf many; mkdir many; sqlite3 many/small.db 'create table t(a); create table u(b); create table posts(c)'");
        _bench.Ours("backup", Path.Combine(small, "backups"), Path.Combine(small, "small.db"));
        MultiplySets(Path.Combine(small, "backups", "db"), count);
        var (seconds, peak) = _bench.Ours("list", Path.Combine(small, "backups"), count.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine($"list {count} backups, warm cache: {seconds:F2} s (at most 1), {peak} MiB");
        _bench.Shell("rm -rf many");
    }

    public void Import(string? module)
    {
        module ??= Directory.Exists("out/Postry.Ops")
            ? Directory.EnumerateFiles("out/Postry.Ops", "Postry.Ops.psd1", SearchOption.AllDirectories).FirstOrDefault() : null;
        if (module is null)
        {
            Console.WriteLine("Import-Module: skipped, no staged module (run build.ps1, or name it with --module)");
            return;
        }

        var (bare, with) = (new List<double>(), new List<double>());
        for (var round = 0; round < 10; round++)
        {
            bare.Add(_bench.Shell("pwsh -NoProfile -NonInteractive -Command '$null = 1'"));
            with.Add(_bench.Shell($"pwsh -NoProfile -NonInteractive -Command 'Import-Module \"{Path.GetFullPath(module)}\"'"));
        }

        Console.WriteLine(
            $"Import-Module: {(Bench.Median(with) - Bench.Median(bare)) * 1000:F0} ms over a bare start of {Bench.Median(bare) * 1000:F0}" +
            $" ms (at most 150)");
    }

    private void Prepare()
    {
        SampleDatabase.Make(_database, megabytes << 20);
        if (!Directory.Exists(_backups)) _bench.Ours("backup", _backups, _database);
    }

    /// <summary>Signed sets with ids of their own, made from one real one: what listing costs does not depend on what is in the
    /// artefacts.</summary>
    private static void MultiplySets(string db, int count)
    {
        var manifest = Directory.EnumerateFiles(db, "*.manifest.json").Single();
        var artefact = manifest[..^".manifest.json".Length];
        var id = Path.GetFileName(artefact).Split('-', '.')[3];
        for (var i = 1; i < count; i++)
        {
            var other = i.ToString("d8", CultureInfo.InvariantCulture);
            var key = new IntegrityKey("a key for benchmarks, 32 bytes.."u8);
            var text = File.ReadAllText(manifest);
            text = text[..text.LastIndexOf(",\n  \"signature\"", StringComparison.Ordinal)] + "\n}";
            File.Copy(artefact, artefact.Replace(id, other));
            File.WriteAllBytes(manifest.Replace(id, other), SignedText.Sign(text.Replace(id, other), "backup", key));
        }
    }
}
