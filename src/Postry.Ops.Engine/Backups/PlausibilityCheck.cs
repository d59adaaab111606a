using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// Compares a new set with an older one of its database. A backup of a database that was emptied is whole and passes every other check;
/// only this comparison shows that it holds the loss and not the data.
/// </summary>
internal static class PlausibilityCheck
{
    /// <summary>Checks whether a set holds much less than the older one.</summary>
    /// <param name="set">The new set.</param>
    /// <param name="good">The newest good one of the same database. If it has another scope, only the rows of tables that both hold
    /// count.</param>
    /// <param name="rules">The least shares.</param>
    /// <param name="accepted">True if the operator has said that the set may be smaller.</param>
    public static Plausibility Run(BackupManifest set, BackupManifest good, PlausibilityRules rules, bool accepted)
    {
        var isSameScope = set.Postgres?.Scope.Summary == good.Postgres?.Scope.Summary;
        if (!isSameScope) (set, good) = (Common(set, good), Common(good, set));
        var held = good.Contents.Tables.Where(table => table.Rows > 0).Select(table => table.Name).ToList();
        var (gone, lost) = Missing(set, good, held);
        string?[] doubts = [Rows(set, good, rules), Tables(held.Count, gone, lost, rules),
            isSameScope ? Size(set, good, rules) : null];
        var raised = doubts.OfType<string>().ToList();
        return new Plausibility(good.Id, good.SnapshotAt, raised, gone, accepted && raised.Count > 0);
    }

    private static BackupManifest Common(BackupManifest set, BackupManifest other)
    {
        var names = other.Contents.Tables.Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        return set with { Contents = set.Contents with { Tables = [.. set.Contents.Tables.Where(table => names.Contains(table.Name))] } };
    }

    private static string? Rows(BackupManifest set, BackupManifest good, PlausibilityRules rules)
    {
        if (set.Contents.Kind == FingerprintKind.None) return null;
        // A table that could not be read now says nothing: neither its rows in the older backup nor those in this one are counted.
        var unread = set.Contents.Tables.Where(table => table.Rows is null).Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        var before = good.Contents.Tables.Where(table => !unread.Contains(table.Name)).Sum(table => table.Rows ?? 0);
        var now = set.Contents.Tables.Sum(table => table.Rows ?? 0);
        if (now == 0 && before > 0 && unread.Count == 0) return FormattableString.Invariant($"No rows are left of {before:N0}.");
        return IsBelow(now, before, rules.MinimumRows)
            ? FormattableString.Invariant($"{now:N0} rows are left of {before:N0}, less than {rules.MinimumRows}%.")
            : null;
    }

    /// <summary>
    /// The tables that held rows and are gone, and how many of them no new table can have replaced: a table that was renamed, or split, is
    /// there under other names.
    /// </summary>
    private static (IReadOnlyList<string> Gone, int Lost) Missing(BackupManifest set, BackupManifest good, List<string> held)
    {
        var now = set.Contents.Tables.Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        var before = good.Contents.Tables.Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        var gone = held.Where(name => !now.Contains(name)).Order(StringComparer.Ordinal).ToList();
        var lost = gone.Count - set.Contents.Tables.Count(table => table.Rows != 0 && !before.Contains(table.Name));
        return lost > 0 ? (gone, lost) : ([], 0);
    }

    private static string? Tables(int held, IReadOnlyList<string> gone, int lost, PlausibilityRules rules) =>
        IsBelow(held - lost, held, rules.MinimumTables)
            ? FormattableString.Invariant($"{lost} of {held} tables that held rows are gone, and less than {rules.MinimumTables}% ")
                + $"are left: {Plausibility.Names(gone)}."
            : null;

    private static string? Size(BackupManifest set, BackupManifest good, PlausibilityRules rules) =>
        Sizes(set, good) is var (now, before) && IsBelow(now, before, rules.MinimumSize)
            ? FormattableString.Invariant($"{now:N0} bytes are left of {before:N0}, less than {rules.MinimumSize}%.")
            : null;

    /// <summary>Sizes that shrink with the data and not with VACUUM; null where there are none.</summary>
    private static (long Now, long Before)? Sizes(BackupManifest set, BackupManifest good)
    {
        // A server's database is stored as its rows alone, so that its archive has no free space in it.
        if (set.Mode == DatabaseMode.Postgres)
            return set.Artefact.Compression == good.Artefact.Compression ? (set.Artefact.Bytes, good.Artefact.Bytes) : null;
        return set.Sqlite?.UsedBytes is { } now && good.Sqlite?.UsedBytes is { } before
            ? (now, before)
            : (set.Source.Bytes, good.Source.Bytes);
    }

    private static bool IsBelow(long now, long before, int percent) => (decimal)now * 100 < (decimal)before * percent;
}
