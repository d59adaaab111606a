using System.Diagnostics;
using System.Text;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>Waits for conditions, and checks that commands leave nothing running.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(8);
    private static readonly string[] Programs = ["pg_dump", "pg_restore", "psql", "postgres", "initdb", "sh"];

    /// <summary>
    /// Asserts that no client or server program runs any more in whose command line or environment a text stands. The programs get a moment
    /// to end.
    /// </summary>
    public static void AssertNoProcess(string mark) => AssertSoon(() =>
    {
        var found = Find(mark);
        return found.Count == 0 ? null : $"still running: {string.Join("; ", found)}";
    });

    /// <summary>Fails where a problem does not go away within moments.</summary>
    public static void AssertSoon(Func<string?> problem)
    {
        var waited = Stopwatch.StartNew();
        string? last;
        while ((last = problem()) is not null)
        {
            Assert.True(waited.Elapsed < Timeout, last);
            Thread.Sleep(50);
        }
    }

    private static List<string> Find(string mark)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (!Programs.Contains(File.ReadAllText(Path.Combine(folder, "comm")).Trim())) continue;
                var (words, environment) = (Read(folder, "cmdline"), Read(folder, "environ"));
                if (words.Contains(mark, StringComparison.Ordinal) || environment.Contains(mark, StringComparison.Ordinal))
                    found.Add($"{Path.GetFileName(folder)} {words.Replace('\0', ' ')[..Math.Min(words.Length, 200)]}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process has just ended, or belongs to another user.
                Debug.WriteLine(e.Message);
            }
        }

        return found;
    }

    private static string Read(string folder, string file) => Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, file)));
}
