
namespace Postry.Ops.Engine.Model;

/// <summary>A comparison in one sentence. "No differences" is said only of what was compared.</summary>
internal static class ComparisonText
{
    private const int MostNamed = 6;
    private const int MostOfKind = 3;
    private const int LongestValue = 60;

    /// <summary>The sentence, without a full stop.</summary>
    public static string Of(DatabaseComparison comparison, BackupManifest manifest)
    {
        var parts = comparison.Tables.Where(table => table.Difference is not TableDifference.Equal && !IsCountedOnly(table))
            .Select(Sentence).ToList();
        if (parts.Count > MostNamed) parts = [.. parts.Take(MostNamed), $"and {Number(parts.Count - MostNamed)} more tables"];
        if (comparison.Schema.Count > 0) parts.Add(Definitions(comparison.Schema));
        parts.AddRange(comparison.Properties.GroupBy(property => property.Kind).Select(Group));
        var counted = comparison.Tables.Count(IsCountedOnly);
        if (counted > 0)
        {
            parts.Add($"{Count(counted, "table has as many rows", "tables have as many rows")} as the backup, "
                + "which holds no fingerprints of their values");
        }

        if (comparison.Status == TableDifference.Equal)
            parts = [comparison.NotCompared.Count == 0 ? "no differences" : "no differences in what was compared"];
        else if (comparison.Tables.Count(table => table.Difference == TableDifference.Equal) is > 0 and var equal)
            parts.Add(Count(equal, "table is equal", "tables are equal"));
        return string.Join("; ", parts) + NotCompared(comparison) + Migrations(comparison, manifest);
    }

    /// <summary>Says what was not compared, as the end of a sentence; empty if everything was.</summary>
    public static string NotCompared(DatabaseComparison comparison) =>
        comparison.NotCompared.Count == 0 ? "" : $"; not compared: {Omission.List(comparison.NotCompared)}";

    /// <summary>The name of a property inside of a sentence.</summary>
    public static string Subject(string kind, string name) => kind switch
    {
        PropertyKind.Database => name,
        PropertyKind.MaterializedView => $"whether the materialised view {name} is populated",
        PropertyKind.Sequence => $"the value of the sequence {name}",
        PropertyKind.Extension => $"the version of the extension {name}",
        _ => $"{name} of the {kind}",
    };

    // Rows were counted on both sides and are as many; of their values the backup says nothing.
    private static bool IsCountedOnly(TableComparison table) =>
        table is { Difference: TableDifference.Inconclusive, LiveRows: { } live, BackupRows: { } backup } && live == backup;

    private static string Definitions(IReadOnlyList<SchemaDifference> schema) =>
        Count(schema.Count, "schema object differs", "schema objects differ")
        + $" ({Listed([.. schema.Select(s => $"{s.Type} {s.Name}")], MostOfKind, ", ")})";

    private static string Group(IGrouping<string, PropertyDifference> properties)
    {
        var (one, several) = properties.Key switch
        {
            PropertyKind.Database => ("database property differs", "database properties differ"),
            PropertyKind.Sequence => ("sequence value differs", "sequence values differ"),
            PropertyKind.MaterializedView => ("materialised view differs", "materialised views differ"),
            PropertyKind.Extension => ("extension differs", "extensions differ"),
            _ => ("property of the large objects differs", "properties of the large objects differ"),
        };
        return $"{Count(properties.Count(), one, several)} ({Listed([.. properties.Select(Values)], MostOfKind)})";
    }

    private static string Values(PropertyDifference property) => property.Difference switch
    {
        TableDifference.OnlyInLive => $"{property.Name}{Value(property.LiveValue, ": ")}, only live",
        TableDifference.OnlyInBackup => $"{property.Name}{Value(property.BackupValue, ": ")}, only in the backup",
        _ when property.LiveValue is null && property.BackupValue is null => property.Name,
        _ => $"{property.Name}: live {Value(property.LiveValue, "")}, backup {Value(property.BackupValue, "")}",
    };

    private static string Value(string? value, string before) => value is null ? ""
        : before + (value.Length <= LongestValue ? value : $"{value[..LongestValue]}...").ReplaceLineEndings(" ");

    // A dump whose migration table comes as INSERTs, or not at all, does not tell.
    private static string Migrations(DatabaseComparison comparison, BackupManifest manifest) =>
        (comparison.BackupMigration, comparison.LiveMigration) switch
        {
            var (backup, live) when backup == live => "",
            (null, { } live) when manifest.Legacy =>
                $"; the live schema is at migration {live}; the dump does not name its own",
            var (backup, live) => $"; the live schema is at migration {live ?? "(none)"}, the backup's at {backup ?? "(none)"}",
        };

    private static string Sentence(TableComparison table) => table.Difference switch
    {
        TableDifference.OnlyInBackup => $"{table.Name} comes back with {Rows(table.BackupRows)}",
        TableDifference.OnlyInLive => $"{table.Name} with {Rows(table.LiveRows)} is not in the backup and would be lost",
        TableDifference.Inconclusive => $"{table.Name} could not be compared",
        _ when table.LiveRows == table.BackupRows => $"{table.Name} has {Rows(table.LiveRows)} on both sides, with other values",
        _ => $"{table.Name} has {Rows(table.LiveRows)} now and {Rows(table.BackupRows)} in the backup",
    };

    private static string Listed(IReadOnlyList<string> items, int most, string separator = "; ") =>
        string.Join(separator, items.Take(most)) + (items.Count > most ? separator + $"and {Number(items.Count - most)} more" : "");

    private static string Count(int count, string one, string several) => count == 1 ? $"1 {one}" : $"{Number(count)} {several}";

    private static string Number(int number) => FormattableString.Invariant($"{number}");

    private static string Rows(long? rows) => rows switch
    {
        null => "uncounted rows",
        1 => "1 row",
        _ => FormattableString.Invariant($"{rows:N0} rows"),
    };
}
