using System.Globalization;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A table that must be there, with columns and enough rows.</summary>
internal sealed class PresentTableCheck(TableCheck check, DataTarget target, SmokeTargets targets)
    : DataCheck(target, targets, SmokeKind.Table, $"table {check.Table}", check.Timeout, check.After)
{
    /// <inheritdoc/>
    public override string Target => $"{check.Table} in {base.Target}";

    /// <inheritdoc/>
    public override string Expected
    {
        get
        {
            var columns = check.Columns.Count == 0 ? "" : $"the columns {string.Join(", ", check.Columns)}, ";
            var backup = check.AtLeastBackup is { } share ? $", {share}% of the rows in the backup" : "";
            return $"{columns}at least {Rows(check.MinimumRows)}{backup}";
        }
    }

    /// <inheritdoc/>
    protected override async Task<SmokeAnswer> AskAsync(IDatabase database, ILiveDatabase live, CancellationToken cancellation)
    {
        var (backup, missing) = check.AtLeastBackup is null ? (null, null)
            : await ComparedBackup.FindAsync(Targets, Database, database, cancellation);
        // The table itself is looked at in any case: a table that is missing is worse news than a backup that is.
        return await live.QueryAsync(check.Timeout, transaction => JudgeAsync(transaction, backup, missing), cancellation);
    }

    private async Task<SmokeAnswer> JudgeAsync(IReadTransaction database, LoadedBackup? backup, string? missingBackup)
    {
        if (await database.FindTableAsync(check.Table) is not { } table)
            return Wrong("no such table", $"There is no table {check.Table}. Check its name, and for PostgreSQL its schema.");
        var lacking = check.Columns.Except(table.Columns, table.Names).ToList();
        if (lacking.Count > 0)
        {
            return Wrong($"without {string.Join(", ", lacking)}", $"{check.Table} lacks " +
                $"{(lacking.Count == 1 ? "a column" : $"{lacking.Count} columns")}: {string.Join(", ", lacking)}. The schema may be " +
                "that of another version of the application.");
        }

        var known = backup?.ReadableManifest?.Contents.Tables.FirstOrDefault(one => table.Names.Equals(one.Name, table.Name))?.Rows;
        // A share of some rows is at least one of them.
        var share = (long)decimal.Ceiling((known ?? 0) * (check.AtLeastBackup ?? 0) / 100m);
        var needed = Math.Max(check.MinimumRows, share);
        var rows = await database.CountAsync(table, Math.Max(needed, 1));
        var actual = $"{Rows(rows)}{(rows > 0 && rows >= needed ? " or more" : "")}";
        if (rows < check.MinimumRows) return Wrong(actual, $"{check.Table} has {Rows(rows)}, fewer than {check.MinimumRows}.");
        if (missingBackup is not null) return CannotAsk(missingBackup, actual);
        if (backup is null) return SmokeAnswer.Passed(actual);
        if (known is null)
            return CannotAsk($"The backup {backup.Set.Id} does not say how many rows {table.Name} has. Compare with another backup, or " +
                "leave 'atLeastBackup' out. For a partitioned table, name its partitions.", actual);
        return rows >= share ? SmokeAnswer.Passed(actual) : Wrong(actual,
            $"{check.Table} has {Rows(rows)}; the backup {backup.Set.Id} has {known}, and {check.AtLeastBackup}% of these ({share}) are " +
                "expected.");
    }

    private static string Rows(long count) => count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count} rows");
}
