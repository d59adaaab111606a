using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>
/// Says what a restore would bring back and what it would lose. The contents of the backup are read from its signed manifest.
/// </summary>
/// <param name="database">The live database.</param>
/// <param name="artefactPath">The artefact of the backup, for the little that its manifest leaves out; null where that is gone.</param>
internal sealed class Comparer(ILiveDatabase database, string? artefactPath)
{
    private const string NoFingerprints = "The backup was made without content fingerprints: only the number of rows was compared.";

    /// <summary>True to leave out what a restore of the contents alone leaves as it is.</summary>
    public bool ContentsOnly { get; init; }

    /// <summary>Compares a backup with a live database. Errors of the live database are raised.</summary>
    public async Task<DatabaseComparison> CompareAsync(BackupManifest manifest, CancellationToken cancellation)
    {
        var sides = await database.ReadAsync(manifest, artefactPath, cancellation);
        return Compare(manifest, database.Name, ContentsOnly ? sides.WithoutDatabaseProperties() : sides);
    }

    /// <summary>Compares within a budget. A live database that cannot be read, or not in time, is a comparison that says so.</summary>
    public async Task<DatabaseComparison> TryCompareAsync(BackupManifest manifest, TimeSpan budget, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(budget);
        try
        {
            return await CompareAsync(manifest, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var reason = FormattableString.Invariant($"it would have taken longer than {budget.TotalSeconds:F0} s");
            return NotCompared(manifest.Id, database.Name, reason);
        }
        catch (OpsException e)
        {
            return NotCompared(manifest.Id, database.Name, e.Message) with { FoundDamage = e is DatabaseDamagedException };
        }
    }

    /// <summary>Compares a backup with contents that have been read.</summary>
    public static DatabaseComparison Compare(BackupManifest manifest, string target, ComparableContents sides)
    {
        var tables = Tables(sides.Backup, sides.Live).OrderBy(table => table.Name, StringComparer.Ordinal).ToList();
        var (properties, unread) = PropertyComparison.Compare(sides.BackupProperties, sides.LiveProperties);
        var unknown = sides.Unknown.Concat(unread).ToList();
        var comparison = new DatabaseComparison
        {
            BackupId = manifest.Id,
            Target = target,
            ComparedAt = DateTime.UtcNow,
            Compared = true,
            Status = TableDifference.Equal,
            Tables = tables,
            Schema = [.. ContentChecks.SchemaDifferences(sides.Backup, sides.Live)],
            Properties = properties,
            NotCompared = [.. unknown, .. Omitted(sides), .. sides.NotHeld],
            BackupMigration = manifest.Postgres?.Migration,
            LiveMigration = sides.Live.Migration,
            Summary = "",
        };
        // Rows that only the live database can have are a difference, whatever the tables that both have are like.
        var only = (sides.Live.NotHeld ?? []).Where(omission => omission.Lost).ToList();
        var hasOther = only.Any(omission => omission.Rows > 0);
        comparison = comparison with { Status = Classify(comparison, hasOther, hasUnknown: unknown.Count + only.Count > 0) };
        return comparison with { Summary = ComparisonText.Of(comparison, manifest) };
    }

    /// <summary>A comparison that could not be made.</summary>
    public static DatabaseComparison NotCompared(string backupId, string target, string reason) => new()
    {
        BackupId = backupId,
        Target = target,
        ComparedAt = DateTime.UtcNow,
        Compared = false,
        Reason = reason,
        Status = TableDifference.Inconclusive,
        Tables = [],
        Schema = [],
        NotCompared = [Omission.NotCompared(Omission.All, "the database", reason)],
        Summary = $"not compared: {reason}",
    };

    private static TableDifference Classify(DatabaseComparison comparison, bool hasOther, bool hasUnknown) =>
        hasOther || comparison.Schema.Count + comparison.Properties.Count > 0
            || comparison.Tables.Any(t => t.Difference is not (TableDifference.Equal or TableDifference.Inconclusive))
            ? TableDifference.Different
            : hasUnknown || comparison.Tables.Any(t => t.Difference == TableDifference.Inconclusive) ? TableDifference.Inconclusive
            : TableDifference.Equal;

    private static IEnumerable<TableComparison> Tables(DatabaseContents backup, DatabaseContents live)
    {
        var there = live.Tables.ToDictionary(table => table.Name, StringComparer.Ordinal);
        foreach (var table in backup.Tables)
        {
            if (there.Remove(table.Name, out var other)) yield return Table(table, other);
            else yield return new TableComparison(table.Name, null, table.Rows, TableDifference.OnlyInBackup);
        }

        foreach (var table in there.Values) yield return new TableComparison(table.Name, table.Rows, null, TableDifference.OnlyInLive);
    }

    // The list of the live database comes first, with its rows of now; what only the backup's list names is added to it.
    private static IEnumerable<Omission> Omitted(ComparableContents sides)
    {
        var there = (sides.Live.NotHeld ?? []).Select(omission => (omission.Kind, omission.Name)).ToHashSet();
        var gone = (sides.Backup.NotHeld ?? []).Where(omission => !there.Contains((omission.Kind, omission.Name)));
        return [.. sides.Live.NotHeld ?? [], .. gone];
    }

    private static TableComparison Table(TableContent backup, TableContent live)
    {
        var comparison = new TableComparison(backup.Name, live.Rows, backup.Rows, TableDifference.Inconclusive);
        if ((backup.Inconclusive ?? live.Inconclusive) is { } reason) return comparison with { Detail = reason };
        if (backup.Rows != live.Rows) return comparison with { Difference = TableDifference.Different };
        // An empty table has no values that could differ.
        if (backup.Rows == 0) return comparison with { Difference = TableDifference.Equal };
        if (backup.Fingerprint is null || live.Fingerprint is null) return comparison with { Detail = NoFingerprints };
        return comparison with { Difference = backup.Fingerprint == live.Fingerprint ? TableDifference.Equal : TableDifference.Different };
    }
}
