using System.Globalization;

namespace Postry.Ops.Benchmarks;

/// <summary>PostgreSQL beside its own tools, on a server of its own with the default durability.</summary>
internal sealed class PostgresSuite(string folder, long megabytes, int rounds)
{
    private const int Tables = 6;
    private const int BytesPerRow = 200;

    private readonly Bench _bench = new(folder);
    private readonly string _backups = Path.Combine(folder, "pg-backups");

    private static string Bin => BenchServer.Bin;

    private static string To => BenchServer.To;

    private static string Url => BenchServer.Url("app");

    /// <summary>Makes the server and the data, runs all rounds, and takes the server away.</summary>
    public void Run()
    {
        using var server = BenchServer.Start(_bench);
        Fill("app", Enumerable.Repeat(1.0 / Tables, Tables));
        Backup("backup (tables of the same size)");
        Contents();
        Restore();
        _bench.Shell($"{Bin}/dropdb {To} app; rm -rf pg-backups");
        // Most of the rows in one table: what is done table by table cannot be shared between cores.
        Fill("app", [0.9, 0.02, 0.02, 0.02, 0.02, 0.02]);
        Backup("backup (90 % of the rows in one table)");
        _bench.Shell("rm -rf pg-backups archive.* plain.sql");
    }

    private void Fill(string database, IEnumerable<double> shares)
    {
        _bench.Shell($"{Bin}/createdb {To} {database}");
        var total = megabytes * (1 << 20) / BytesPerRow;
        var sql = string.Join("\n", shares.Select((share, i) => string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE posts_{i} (id bigint PRIMARY KEY, user_id bigint NOT NULL, email text NOT NULL, status text, body text, amount numeric(12,2), at timestamptz);
            INSERT INTO posts_{i} SELECT n, n % 10007, 'user' || n % 10007 || '@example.org', CASE n % 3 WHEN 0 THEN 'draft' ELSE 'published' END,
                md5(n::text) || ' some text that is the same in many rows ' || md5((n * 7)::text), (n % 100000) / 100.0, timestamptz '2026-01-01' + n * interval '1 second'
                FROM generate_series(1, {(long)(total * share)}) AS n;
            CREATE INDEX ON posts_{i} (user_id);
            """)));
        File.WriteAllText(Path.Combine(folder, "fill.sql"), sql + "\nVACUUM ANALYZE; CHECKPOINT;");
        _bench.Shell($"{Bin}/psql -q {To} -v ON_ERROR_STOP=1 -d {database} -f fill.sql");
        Console.WriteLine(
            $"{database}: {_bench.Read($"{Bin}/psql {To} -At -d {database} -c 'SELECT pg_size_pretty(pg_database_size(current_database()))'")}");
    }

    private void Backup(string name)
    {
        var (ours, custom, folders, memory) = (new List<double>(), new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < rounds; round++)
        {
            _bench.Shell("rm -rf pg-backups archive.*");
            var (seconds, peak) = _bench.Ours("backup", _backups, Url);
            ours.Add(seconds);
            memory = Math.Max(memory, peak);
            custom.Add(_bench.Shell($"{Bin}/pg_dump {To} -Fc -f archive.dump app"));
            folders.Add(_bench.Shell($"{Bin}/pg_dump {To} -Fd -j2 -Z1 -f archive.dir app"));
        }

        Bench.Report(name, ours, "pg_dump -Fc", custom, "0.60");
        Bench.Report(name, ours, "pg_dump -Fd -j2 -Z1", folders, "1.45");
        Console.WriteLine($"  peak memory {memory} MiB (at most 200)");
    }

    private void Contents()
    {
        var (ours, peer, memory) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < rounds; round++)
        {
            var (seconds, peak) = _bench.Ours("test", _backups);
            ours.Add(seconds);
            memory = Math.Max(memory, peak);
            peer.Add(_bench.Shell($"{Bin}/pg_restore -f /dev/null pg-backups/db/*.pgdump"));
        }

        Bench.Report("test -Level Contents", ours, "pg_restore -f /dev/null", peer, "1.2");
        Console.WriteLine($"  peak memory {memory} MiB (at most 200)");
    }

    private void Restore()
    {
        _bench.Shell($"{Bin}/pg_dump {To} -f plain.sql app");
        var (ours, peer, memory) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < rounds; round++)
        {
            var (seconds, peak) = _bench.Ours("restore", _backups, Url, "--skip-compare");
            ours.Add(seconds);
            memory = Math.Max(memory, peak);
            _bench.Shell(
                $"for kept in $({Bin}/psql {To} -At -d postgres -c \"SELECT datname FROM pg_database WHERE datname LIKE 'postry%'\"); do " +
                $"{Bin}/dropdb {To} $kept; done; {Bin}/createdb {To} plain");
            peer.Add(_bench.Shell($"{Bin}/psql -q {To} -d plain -v ON_ERROR_STOP=1 -f plain.sql > /dev/null"));
            _bench.Shell($"{Bin}/dropdb {To} plain");
        }

        Bench.Report("restore, verified, analysed and swapped", ours, "psql -f", peer, "1.3");
        Console.WriteLine($"  peak memory {memory} MiB (at most 200)");
    }
}
