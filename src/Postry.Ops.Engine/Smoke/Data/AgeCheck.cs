using System.Globalization;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>The newest value of a column, or the newest good backup, which must not be too old.</summary>
internal sealed class AgeCheck(FreshnessCheck check, DataTarget target, SmokeTargets targets)
    : DataCheck(target, targets, SmokeKind.Freshness, check.Name ?? $"newest {What(check)}", check.Timeout, check.After)
{
    private const long FirstMilliseconds = 100_000_000_000;
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public override string Target => $"{What(check)} of {base.Target}";

    /// <inheritdoc/>
    public override string Expected => $"not older than {Durations.Write(check.MaximumAge)}{(IsCopy ? " when the backup was made" : "")}";

    private bool IsCopy => Targets.StandsFor is not null;

    /// <inheritdoc/>
    protected override Task<SmokeAnswer> AskAsync(IDatabase database, ILiveDatabase live, CancellationToken cancellation) => check.Backup
        ? AskBackupsAsync(database, cancellation)
        : live.QueryAsync(check.Timeout, AskColumnAsync, cancellation);

    private async Task<SmokeAnswer> AskBackupsAsync(IDatabase database, CancellationToken cancellation)
    {
        try
        {
            var newest = await ComparedBackup.NewestAsync(Targets, Database, database, cancellation);
            return Judge(newest.Set.SnapshotAt, newest.Set.Id);
        }
        catch (Exception e) when (e is SourceNotFoundException or SuspiciousBackupException)
        {
            return Wrong("no good backup", $"{e.Message} {((OpsException)e).Hint}");
        }
    }

    private async Task<SmokeAnswer> AskColumnAsync(IReadTransaction database)
    {
        if (await database.FindTableAsync(check.Table!) is not { } table)
            return Wrong("no such table", $"There is no table {check.Table}. Check its name, and for PostgreSQL its schema.");
        if (table.Columns.FirstOrDefault(name => table.Names.Equals(name, check.Column)) is not { } column)
            return Wrong("no such column", $"{check.Table} has no column {check.Column}; it has {string.Join(", ", table.Columns)}.");
        var newest = await database.GreatestAsync(table, column);
        if (newest is null)
            return Wrong("no value", $"{What(check)} holds no time at all: the table is empty, or every value is NULL.");
        return Time(newest) is { } time ? Judge(time, null)
            : CannotAsk($"The newest value of {What(check)} is no time that can be read. Name a column with a timestamp or a date; of " +
                "SQLite, with text in ISO 8601, or seconds or milliseconds since 1970.", ShortText.Middle(newest, LongestValue));
    }

    private SmokeAnswer Judge(DateTime time, string? backup)
    {
        // A copy is as old as its backup: an old backup whose data was fresh is a good one.
        var age = (IsCopy && Targets.Backup is { } source ? source.Set.SnapshotAt : DateTime.UtcNow) - time;
        var actual = Invariant($"{time:yyyy-MM-dd HH:mm:ss} UTC{(backup is null ? "" : $", {backup}")}");
        if (age + ClockDifference < TimeSpan.Zero)
            return CannotAsk($"{actual} is {(IsCopy ? "later than the backup" : "in the future")}: a clock is wrong, here or where the " +
                "value was written. Set it right, then run the check again.", actual);
        return age <= check.MaximumAge ? SmokeAnswer.Passed(actual)
            : Wrong(actual, $"The newest {(backup is null ? "value" : "good backup")} {(IsCopy ? "was" : "is")} {Words(age)} old" +
                $"{(IsCopy ? " when the backup was made" : "")}, and {Durations.Write(check.MaximumAge)} are allowed.");
    }

    private static DateTime? Time(string text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var seconds = Math.Abs(number) >= FirstMilliseconds ? number / 1000 : number;
            return Math.Abs(seconds) < FirstMilliseconds ? DateTime.UnixEpoch.AddSeconds((double)seconds) : null;
        }

        // A time without an offset is UTC, as SQLite and the pinned session write it.
        return text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var time) ? time.UtcDateTime : null;
    }

    private static string Words(TimeSpan age) => age.TotalDays >= 2 ? Invariant($"{age.TotalDays:0.#} days")
        : age.TotalHours >= 2 ? Invariant($"{age.TotalHours:0.#} hours") : Invariant($"{age.TotalMinutes:0.#} minutes");

    private static string What(FreshnessCheck check) => check.Backup ? "backup" : $"{check.Table}.{check.Column}";
}
