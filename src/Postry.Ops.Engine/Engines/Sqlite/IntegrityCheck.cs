using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>SQLite's verdict on a database's structure.</summary>
/// <param name="Status">Passed, Failed, or Inconclusive where this library cannot check all of it.</param>
/// <param name="Problems">Damage, in SQLite's words.</param>
/// <param name="Notes">Rows that break a rule of their own schema (NOT NULL, CHECK, STRICT types): whole pages, odd data.</param>
/// <param name="Unchecked">The parts that could not be checked, each with the reason.</param>
internal sealed record IntegrityResult(CheckStatus Status, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes,
    IReadOnlyList<string> Unchecked)
{
    /// <summary>True where all that is wrong is that indexes do not agree with their tables.</summary>
    public bool IsOnlyIndexes => Problems.Count > 0 && Problems.All(IntegrityCheck.IsOfIndex);

    /// <summary>The first few findings in one line.</summary>
    public string Summary => string.Join("; ", Problems.Concat(Unchecked).Concat(Notes).Take(5));
}

/// <summary>Runs SQLite's integrity checks on a file that nobody else uses.</summary>
internal static partial class IntegrityCheck
{
    /// <summary>The check that looks into no index.</summary>
    public const string Quick = "quick_check";

    /// <summary>The check of everything.</summary>
    public const string Full = "integrity_check";

    private const int MostProblems = 100;

    /// <summary>Checks a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="full">True for integrity_check, which also compares every index with its table; false for quick_check.</param>
    /// <param name="cancellation">Stops the check.</param>
    public static IntegrityResult Run(string path, bool full, CancellationToken cancellation)
    {
        using var session = SqliteSession.OpenPrivate(path);
        using var interrupt = session.InterruptOn(cancellation);
        cancellation.ThrowIfCancellationRequested();
        var pragma = full ? Full : Quick;
        try
        {
            return Classify(RunPragma(session, pragma), []);
        }
        catch (SqliteException e) when (e.IsBeyondLibrary)
        {
            return TableByTable(session, pragma, e.Message);
        }
        catch (SqliteException e) when (e.IsDamage)
        {
            return new IntegrityResult(CheckStatus.Failed, [e.Message], [], []);
        }
    }

    // A collation or function that this library lacks stops the check of the whole file, but not that of the other tables.
    private static IntegrityResult TableByTable(SqliteSession session, string pragma, string reason)
    {
        session.TolerateUnknownSchema();
        var rows = new List<string?[]>();
        var skipped = new List<string> { reason };
        foreach (var table in session.Rows("SELECT name FROM sqlite_master WHERE type='table'", 1))
        {
            try
            {
                rows.AddRange(session.Rows($"PRAGMA {pragma}({SqliteSession.Quote(table[0]!)})", 1));
            }
            catch (SqliteException e) when (e.IsBeyondLibrary)
            {
                skipped.Add($"table {table[0]}: {e.Message}");
            }
        }

        return Classify(rows, skipped);
    }

    // The limit of rows counts broken rules as well as damage: many broken rules must not hide the damage that comes after them.
    private static List<string?[]> RunPragma(SqliteSession session, string pragma)
    {
        var rows = session.Rows($"PRAGMA {pragma}({MostProblems})", 1);
        return rows.Count >= MostProblems && Classify(rows, []).Problems.Count == 0 ? session.Rows($"PRAGMA {pragma}({int.MaxValue})", 1)
            : rows;
    }

    private static IntegrityResult Classify(List<string?[]> rows, List<string> skipped)
    {
        var findings = rows.Select(row => row[0] ?? "").SelectMany(text => text.Split('\n')).Where(text => text is not ("ok" or ""))
            .ToList();
        var notes = findings.Where(IsRuleBroken).ToList();
        var problems = findings.Except(notes).ToList();
        // A check that says nothing at all has not been made.
        if (rows.Count == 0) skipped = [.. skipped, "The check gave no answer."];
        var status = problems.Count > 0 ? CheckStatus.Failed : skipped.Count > 0 ? CheckStatus.Inconclusive : CheckStatus.Passed;
        return new IntegrityResult(status, problems, notes, skipped);
    }

    // "NULL value in t.c", "CHECK constraint failed in t", "TEXT value in t.c", "non-INT value in t.c": the row is stored whole, only its
    // application let it in.
    private static bool IsRuleBroken(string text) =>
        text.StartsWith("CHECK constraint failed in ", StringComparison.Ordinal) || WrongValue().IsMatch(text);

    /// <summary>True for "row 12 missing from index i" and "wrong # of entries in index i", which REINDEX repairs.</summary>
    public static bool IsOfIndex(string problem) => StaleIndex().IsMatch(problem);

    [System.Text.RegularExpressions.GeneratedRegex("^(row [0-9]+ missing from index|wrong # of entries in index) ")]
    private static partial System.Text.RegularExpressions.Regex StaleIndex();

    // Anchored, because damage is reported with the names of tables and indexes, which may hold anything.
    [System.Text.RegularExpressions.GeneratedRegex("^(NULL|NUMERIC|TEXT|non-[A-Z]+) value in ")]
    private static partial System.Text.RegularExpressions.Regex WrongValue();
}
