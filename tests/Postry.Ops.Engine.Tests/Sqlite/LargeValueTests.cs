using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>A value of more than a hundred megabytes; alone, because of the memory.</summary>
[Collection(nameof(AloneCollection))]
public sealed class LargeValueTests(ITestOutputHelper output)
{
    private const int Bytes = 110_000_000;

    [RequiresFact("python3")]
    public void A_blob_of_more_than_a_hundred_megabytes_comes_back_in_bounded_memory()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            $"CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB); INSERT INTO t VALUES (1, zeroblob({Bytes})), (2, randomblob(5000000)), (3, " +
            $"'small'); PRAGMA journal_mode=wal;");
        var before = DumpHash(app);

        var (made, backupPeak) = Measured(work, "backup", "--path", app);
        var (tested, testPeak) = Measured(work, "test", "--latest", "--level", "Restore");
        Commands.Sqlite(app, "UPDATE t SET b = NULL WHERE id = 1");
        var damaged = DumpHash(app);
        var (restored, restorePeak) = Measured(work, "restore", "--latest", "--path", app, "--force");
        output.WriteLine($"peak resident memory: backup {backupPeak} MB, test {testPeak} MB, restore {restorePeak} MB");

        Assert.Equal((0, 0, 0), (made.ExitCode, tested.ExitCode, restored.ExitCode));
        Assert.Equal("Passed", tested["status"]);
        Assert.Equal(before, DumpHash(app));
        var set = Assert.Single(work.Engine.ListBackups(new BackupQuery()));
        Commands.Gunzip(set.BackupFile, work["by-hand.db"]);
        Assert.Equal(before, DumpHash(work["by-hand.db"]));
        Assert.Equal(0, PostryConsole.Run(work, ["undo", "--latest", "--force"]).ExitCode);
        Assert.Equal(damaged, DumpHash(app));

        // 200 MB and twice the largest value.
        Assert.All([backupPeak, testPeak, restorePeak], peak => Assert.InRange(peak, 1, 200 + 2 * Bytes / 1_000_000));
    }

    private static string DumpHash(string database) => StockTools.Shell("sqlite3 -bail \"$1\" .dump | sha256sum", database);

    /// <summary>Runs a command and reads the peak of its resident memory, in megabytes, from the shell's own accounting.</summary>
    private static (PostryAnswer Answer, long PeakMegabytes) Measured(Workspace work, params string[] arguments)
    {
        var answer = PostryConsole.Run(work, arguments, wrapper: ["python3", "-c", """
            import resource, subprocess, sys
            code = subprocess.call(sys.argv[1:])
            print("PEAK", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
            sys.exit(code)
            """]);
        var peak = answer.Error.Split('\n').Single(line => line.StartsWith("PEAK ", StringComparison.Ordinal))[5..];
        return (answer, long.Parse(peak, System.Globalization.CultureInfo.InvariantCulture) * 1024 / 1_000_000);
    }
}

/// <summary>Tests that run while no other does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
