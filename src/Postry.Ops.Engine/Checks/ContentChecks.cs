using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>Compares what a database holds with what a manifest says, one check for each table and one for the schema.</summary>
internal static class ContentChecks
{
    /// <summary>The checks in order of the tables' names. Contents that could not be read at all are inconclusive.</summary>
    public static IEnumerable<Check> Compare(DatabaseContents expected, DatabaseContents? actual, TimeSpan duration)
    {
        if (actual is null)
        {
            yield return new Check("Contents", CheckStatus.Inconclusive, Detail: "The database cannot be read.", Duration: duration);
            yield break;
        }

        yield return Schema(expected, actual);
        var found = actual.Tables.ToDictionary(table => table.Name, StringComparer.Ordinal);
        foreach (var table in expected.Tables)
        {
            var there = found.GetValueOrDefault(table.Name);
            yield return Table(expected, table, there, duration) with { Table = new CheckedTable(table, there) };
        }

        foreach (var extra in found.Keys.Except(expected.Tables.Select(table => table.Name)))
            yield return new Check($"Table {extra}", CheckStatus.Failed, "no such table", "a table", "The manifest does not name it.")
            {
                Table = new CheckedTable(null, found[extra]),
            };
        if (expected.Tables.Count == 0 && expected.Kind is not (FingerprintKind.Content or FingerprintKind.Live))
            yield return new Check("Contents", CheckStatus.Inconclusive, Detail: "The backup was made without fingerprints.");
    }

    /// <summary>
    /// A check for contents that the backup never held, which no other check looks at: Inconclusive if rows are lost by it, so that the
    /// whole test is not called Passed; otherwise Skipped. There is no check if the backup holds everything.
    /// </summary>
    public static IEnumerable<Check> NotHeld(BackupManifest manifest)
    {
        const string name = "Not held by the backup";
        if (manifest is { Mode: DatabaseMode.Postgres, Contents.NotHeld: null })
            yield return new Check(name, CheckStatus.Skipped,
                Detail: "The version that made the backup did not look for what pg_dump leaves out. A new backup lists it.");
        if (manifest.Contents.NotHeld is not { Count: > 0 } omissions) yield break;
        yield return new Check(name, omissions.Any(omission => omission.Lost) ? CheckStatus.Inconclusive : CheckStatus.Skipped,
            Detail: Omission.List(omissions));
    }

    /// <summary>Schema objects that only one side has, or that are defined otherwise.</summary>
    public static IEnumerable<SchemaDifference> SchemaDifferences(DatabaseContents backup, DatabaseContents live)
    {
        var there = live.Schema.ToDictionary(o => (o.Type, o.Name));
        foreach (var o in backup.Schema)
        {
            if (!there.Remove((o.Type, o.Name), out var other))
                yield return new SchemaDifference(o.Type, o.Name, TableDifference.OnlyInBackup);
            else if (other.Sha256 != o.Sha256) yield return new SchemaDifference(o.Type, o.Name, TableDifference.Different);
        }

        foreach (var (type, name) in there.Keys) yield return new SchemaDifference(type, name, TableDifference.OnlyInLive);
    }

    private static Check Schema(DatabaseContents expected, DatabaseContents actual)
    {
        var differences = SchemaDifferences(expected, actual).ToList();
        return new Check("Schema", differences.Count == 0 ? CheckStatus.Passed : CheckStatus.Failed,
            $"{expected.Schema.Count} objects", $"{actual.Schema.Count} objects",
            differences.Count == 0 ? null : string.Join("; ", differences.Take(5).Select(d => $"{d.Type} {d.Name}: {d.Difference}")));
    }

    private static Check Table(DatabaseContents all, TableContent expected, TableContent? actual, TimeSpan duration)
    {
        var name = $"Table {expected.Name}";
        if (actual is null) return new Check(name, CheckStatus.Failed, Describe(expected), "no such table", Duration: duration);
        if ((expected.Inconclusive ?? actual.Inconclusive) is { } reason)
            return new Check(name, CheckStatus.Inconclusive, Describe(expected), Describe(actual), reason, duration);
        if (expected.Rows != actual.Rows || expected.Fingerprint != actual.Fingerprint)
            return new Check(name, CheckStatus.Failed, Describe(expected), Describe(actual),
                "The contents are not those that were backed up.", duration);
        return expected.Fingerprint is null && !all.IsOfArtefact
            ? new Check(name, CheckStatus.Inconclusive, Describe(expected), Describe(actual),
                $"The backup was made with {OptionName.Fingerprint} {all.Kind}: its contents cannot be proven.", duration)
            : new Check(name, CheckStatus.Passed, Describe(expected), Describe(actual), Duration: duration);
    }

    private static string Describe(TableContent table) => (table.Rows, table.Fingerprint) switch
    {
        (null, _) => "not counted",
        ({ } rows, null) => Rows(rows),
        ({ } rows, { } fingerprint) => $"{Rows(rows)}, {fingerprint}",
    };

    private static string Rows(long rows) => rows == 1 ? "1 row" : $"{rows} rows";
}
