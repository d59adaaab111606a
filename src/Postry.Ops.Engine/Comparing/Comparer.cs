using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Engine.Comparing;

/// <summary>Says what a restore would bring back and what it would lose. What the backup holds is read from its signed manifest.</summary>
internal sealed class Comparer(IDatabase database)
{
    /// <summary>Compares a backup with a live database. Errors of the live database are raised.</summary>
    public async Task<DatabaseComparison> CompareAsync(BackupManifest manifest, CancellationToken cancellation)
    {
        var live = await database.ReadAsync(manifest, cancellation).ConfigureAwait(false);
        return Compare(manifest, database.Name, live);
    }

    /// <summary>Compares within a budget. A live database that cannot be read, or not in time, is a comparison that says so.</summary>
    public async Task<DatabaseComparison> TryCompareAsync(BackupManifest manifest, TimeSpan budget, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(budget);
        try
        {
            return await CompareAsync(manifest, limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return NotCompared(manifest.Id, database.Name, $"it would have taken longer than {budget.TotalSeconds:F0} s");
        }
        catch (OpsException e)
        {
            return NotCompared(manifest.Id, database.Name, e.Message);
        }
    }

    /// <summary>Compares a backup with contents that have been read.</summary>
    public static DatabaseComparison Compare(BackupManifest manifest, string target, DatabaseContents live)
    {
        var tables = Tables(manifest.Contents, live).OrderBy(table => table.Name, StringComparer.Ordinal).ToList();
        var schema = ContentChecks.SchemaDifferences(manifest.Contents, live).ToList();
        var notCompared = NotCompared(manifest.Contents, live).ToList();
        // Rows that only the live database can have are a difference, whatever the tables that both have are like.
        var only = (live.NotHeld ?? []).Where(omission => omission.Lost).ToList();
        var status = tables.Any(t => t.Difference is not (TableDifference.Equal or TableDifference.Inconclusive)) || schema.Count > 0 || only.Any(omission => omission.Rows > 0) ? TableDifference.Different
            : tables.Any(t => t.Difference == TableDifference.Inconclusive) || only.Count > 0 ? TableDifference.Inconclusive
            : TableDifference.Equal;
        return new DatabaseComparison
        {
            BackupId = manifest.Id,
            Target = target,
            ComparedAt = DateTime.UtcNow,
            Compared = true,
            Status = status,
            Tables = tables,
            Schema = schema,
            NotCompared = notCompared,
            BackupMigration = manifest.Postgres?.Migration,
            LiveMigration = live.Migration,
            Summary = Summarise(status, tables, schema, notCompared) + Migrations(manifest.Postgres?.Migration, live.Migration),
        };
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
        Summary = $"not compared: {reason}",
    };

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

    // What is live counts; what was left out of the backup and is not there now is named as well.
    private static IEnumerable<Omission> NotCompared(DatabaseContents backup, DatabaseContents live)
    {
        var there = (live.NotHeld ?? []).Select(omission => (omission.Kind, omission.Name)).ToHashSet();
        return [.. live.NotHeld ?? [], .. (backup.NotHeld ?? []).Where(omission => !there.Contains((omission.Kind, omission.Name)))];
    }

    private static TableComparison Table(TableContent backup, TableContent live)
    {
        var comparison = new TableComparison(backup.Name, live.Rows, backup.Rows, TableDifference.Inconclusive);
        if ((backup.Inconclusive ?? live.Inconclusive) is { } reason) return comparison with { Detail = reason };
        if (backup.Rows != live.Rows) return comparison with { Difference = TableDifference.Different };
        if (backup.Fingerprint is null || live.Fingerprint is null) return comparison with { Detail = "The set was made without content fingerprints." };
        return comparison with { Difference = backup.Fingerprint == live.Fingerprint ? TableDifference.Equal : TableDifference.Different };
    }

    private static string Summarise(TableDifference status, List<TableComparison> tables, List<SchemaDifference> schema, List<Omission> notCompared)
    {
        const int mostNamed = 6;
        var rest = notCompared.Count == 0 ? "" : $"; not compared: {Omission.List(notCompared)}";
        if (status == TableDifference.Equal) return $"the live database equals the backup{(rest.Length > 0 ? " in all that was compared" : "")}{rest}";
        var parts = tables.Where(t => t.Difference != TableDifference.Equal).Select(Sentence).ToList();
        if (parts.Count > mostNamed) parts = [.. parts.Take(mostNamed), $"and {parts.Count - mostNamed} more tables"];
        if (schema.Count > 0) parts.Add($"{Count(schema.Count, "schema object differs", "schema objects differ")} ({string.Join(", ", schema.Take(3).Select(s => $"{s.Type} {s.Name}"))}{(schema.Count > 3 ? ", ..." : "")})");
        var equal = tables.Count(t => t.Difference == TableDifference.Equal);
        if (equal > 0) parts.Add(Count(equal, "table is equal", "tables are equal"));
        return string.Join("; ", parts) + rest;
    }

    private static string Migrations(string? backup, string? live) => backup == live ? ""
        : $"; the live schema is at migration {live ?? "(none)"}, the backup's at {backup ?? "(none)"}";

    private static string Sentence(TableComparison table) => table.Difference switch
    {
        TableDifference.OnlyInBackup => $"{table.Name} comes back with {Rows(table.BackupRows)}",
        TableDifference.OnlyInLive => $"{table.Name} with {Rows(table.LiveRows)} is not in the backup and would be lost",
        TableDifference.Inconclusive => $"{table.Name} could not be compared",
        _ when table.LiveRows == table.BackupRows => $"{table.Name} has {Rows(table.LiveRows)} on both sides, with other values",
        _ => $"{table.Name} has {Rows(table.LiveRows)} now and {Rows(table.BackupRows)} in the backup",
    };

    private static string Count(int count, string one, string several) => count == 1 ? $"1 {one}" : $"{count} {several}";

    private static string Rows(long? rows) => rows switch
    {
        null => "uncounted rows",
        1 => "1 row",
        _ => FormattableString.Invariant($"{rows:N0} rows"),
    };
}
