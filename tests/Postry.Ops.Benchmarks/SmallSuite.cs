using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Benchmarks;

/// <summary>Commands on small databases as people type them: the published console beside the stock tools, whole processes.</summary>
internal sealed class SmallSuite(string folder, string console, int rounds)
{
    private const int MiB = 10;
    private const int Tables = 10;

    private readonly Bench _bench = new(folder);

    public void Run()
    {
        Environment.SetEnvironmentVariable(EnvironmentVariables.IntegrityKey, "a key for benchmarks, 32 bytes..");
        File.Delete(Path.Combine(folder, "small.db"));
        SampleDatabase.Make(Path.Combine(folder, "small.db"), MiB << 20);
        _bench.Shell("rm -rf small-backups; gzip -6 -c small.db > small.db.gz");
        Compare("backup of 10 MB", Postry("backup --path small.db"), "sqlite3 .backup + gzip -6 + sha256sum",
            "rm -f copy.db copy.db.gz; sqlite3 small.db '.backup copy.db' && gzip -6 copy.db && sha256sum copy.db.gz");
        Compare("restore of 10 MB, live database compared", Postry("restore --latest --path small.db --force"), "gunzip + integrity_check",
            "gunzip -c small.db.gz > unpacked.db && sqlite3 unpacked.db 'PRAGMA integrity_check' && rm unpacked.db");
        Compare("list", Postry("list"), "ls", "ls -l small-backups/db");
        _bench.Shell("rm -rf small-backups small.db* copy.db* unpacked.db");

        using var server = BenchServer.Start(_bench);
        _bench.Shell($"{BenchServer.Bin}/createdb {BenchServer.To} small");
        foreach (var table in Enumerable.Range(0, Tables))
        {
            _bench.Shell($"{BenchServer.Bin}/psql -q {BenchServer.To} -d small -c \"CREATE TABLE posts_{table} AS SELECT n AS id, " +
                "md5(n::text) AS body FROM generate_series(1, 1000) AS n\"");
        }

        Compare($"backup of a PostgreSQL database with {Tables} tables", Postry($"backup --database-url {BenchServer.Url("small")}"),
            "pg_dump -Fd -j2", $"rm -rf small.dir; {BenchServer.Bin}/pg_dump {BenchServer.To} -Fd -j2 -f small.dir small");
        Compare("test of that backup at level Restore", Postry("test --latest --level restore"), "initdb",
            BenchServer.MakeCluster("small-data"));
        _bench.Shell("rm -rf small-backups small-data small.dir");
    }

    private string Postry(string arguments) => $"{console} {arguments} --backup-root small-backups --repo-root . > /dev/null";

    private void Compare(string name, string ours, string peerName, string peer)
    {
        var (seconds, others) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            seconds.Add(_bench.Shell(ours));
            others.Add(_bench.Shell(peer));
        }

        Console.WriteLine($"{name}: {Bench.Median(seconds):F3} s against {Bench.Median(others):F3} s of {peerName}: " +
            $"{Bench.Median(seconds) / Bench.Median(others):F1}x");
    }
}
