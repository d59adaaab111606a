using System.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;

namespace Postry.Ops.Benchmarks;

/// <summary>An application that reads all the time, in a process of its own; says how long its longest read took.</summary>
internal static class Reader
{
    public static int Run(string database, string stopFile)
    {
        using var session = SqliteSession.OpenLive(database, TimeSpan.FromSeconds(60), CancellationToken.None);
        var (longest, reads) = (TimeSpan.Zero, 0);
        while (!File.Exists(stopFile))
        {
            var clock = Stopwatch.StartNew();
            session.ExecuteWithRetry("SELECT count(*), max(score) FROM posts WHERE id BETWEEN 100 AND 200", CancellationToken.None);
            // The first read opens the database.
            if (reads++ > 0 && clock.Elapsed > longest) longest = clock.Elapsed;
        }

        Console.WriteLine(FormattableString.Invariant($"{longest.TotalMilliseconds:F1} {reads}"));
        return 0;
    }
}
