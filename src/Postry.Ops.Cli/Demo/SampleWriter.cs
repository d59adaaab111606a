using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postry.Ops.Cli.Demo;

/// <summary>An application that keeps committing. Commands come in on lines: pause, resume, report; the end of input stops it.</summary>
internal static class SampleWriter
{
    private const string NewPost = """
        INSERT INTO posts(user_id, email, status, archetype, likes, score, body, created_at)
            VALUES(1, 'user1@example.org', 'draft', 'sage', 1, 0.5, 'written while the backup runs', datetime('now'));
        UPDATE users SET credits = credits + 1 WHERE id = 1;
        """;

    // The application adds no rows, so that the numbers of rows in a comparison tell of the damage alone.
    private const string Payment = """
        UPDATE users SET credits = credits - 1 WHERE id = 1;
        UPDATE users SET credits = credits + 1 WHERE id = 2;
        """;

    /// <summary>Commits for so long, or until it is cancelled.</summary>
    public static WriterReport RunFor(string path, TimeSpan duration, CancellationToken cancellation)
    {
        using var connection = SampleDatabase.Open(path);
        var (whole, clock) = (Stopwatch.StartNew(), new Stopwatch());
        var (commits, longest) = (0L, TimeSpan.Zero);
        while (whole.Elapsed < duration && !cancellation.IsCancellationRequested)
        {
            clock.Restart();
            Commit(connection, Payment);
            commits++;
            if (clock.Elapsed > longest) longest = clock.Elapsed;
            Thread.Sleep(1);
        }

        return new WriterReport(commits, longest);
    }

    /// <summary>Commits until the commands end. Answers each with the commits, and the longest in milliseconds, since the one
    /// before.</summary>
    public static void Run(string path, TextReader commands, TextWriter answers)
    {
        using var connection = SampleDatabase.Open(path);
        var inbox = Listen(commands);
        var clock = new Stopwatch();
        var (commits, longest, paused) = (0L, TimeSpan.Zero, false);

        Commit(connection, NewPost);
        answers.WriteLine("open");
        while (true)
        {
            while (inbox.TryTake(out var command, paused ? Timeout.Infinite : 0))
            {
                if (command is null) return;
                paused = command == "pause" || (paused && command != "resume");
                answers.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{commits} {longest.TotalMilliseconds:0.###}"));
                answers.Flush();
                (commits, longest) = (0, TimeSpan.Zero);
            }

            clock.Restart();
            Commit(connection, NewPost);
            commits++;
            if (clock.Elapsed > longest) longest = clock.Elapsed;
            // A busy application, not a benchmark: the machine has other things to show.
            Thread.Sleep(1);
        }
    }

    /// <summary>Executes statements as soon as the database is free. SQLite's own waiting sleeps for longer than most locks last.</summary>
    public static void WhenFree(SqliteConnection connection, string sql)
    {
        while (raw.sqlite3_exec(connection.Handle, sql) is var result and not raw.SQLITE_OK)
        {
            var problem = raw.sqlite3_errmsg(connection.Handle).utf8_to_string();
            if (result is not raw.SQLITE_BUSY) throw new InvalidOperationException($"{sql}: {problem}");
            Thread.Sleep(1);
        }
    }

    private static void Commit(SqliteConnection connection, string work)
    {
        WhenFree(connection, "BEGIN IMMEDIATE");
        SampleDatabase.Execute(connection, work);
        WhenFree(connection, "COMMIT");
    }

    private static BlockingCollection<string?> Listen(TextReader commands)
    {
        var inbox = new BlockingCollection<string?>();
        new Thread(() =>
        {
            while (commands.ReadLine() is { } line) inbox.Add(line);
            inbox.Add(null);
        }) { IsBackground = true }.Start();
        return inbox;
    }
}
