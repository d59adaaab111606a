using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>The facts of one database with what follows from them: what the rules of the status judge.</summary>
/// <param name="Database">The facts of the database.</param>
/// <param name="Root">The facts of the backup root.</param>
/// <param name="Objectives">The objectives of postry.json.</param>
/// <param name="Now">The time of the report, in UTC.</param>
internal sealed partial record RecoveryCase(DatabaseFacts Database, RootFacts Root, Objectives Objectives, DateTime Now)
{
    /// <summary>The sets that were made as backups, newest first; not those that a restore made of what it replaced.</summary>
    public IReadOnlyList<BackupSet> Made { get; } = [.. Database.Sets.Where(set => set.BeforeRestore is null)];

    /// <summary>The newest set, good or not; null where there is none.</summary>
    public BackupSet? Newest => Made.Count > 0 ? Made[0] : null;

    /// <summary>The good sets, newest first. A set of a part of the database is none where there are sets of the whole.</summary>
    public IReadOnlyList<BackupSet> Good { get; } = GoodOf(Database.Sets, Database.NarrowedTo);

    /// <summary>The newest good set; null where there is none.</summary>
    public BackupSet? NewestGood => Good.Count > 0 ? Good[0] : null;

    /// <summary>The sets that are newer than the newest good one, newest first; all where there is none.</summary>
    public IEnumerable<BackupSet> NewerThanGood => Made.TakeWhile(set => set != NewestGood);

    /// <summary>The problem of the times; null where the clock can be trusted.</summary>
    public string? ClockProblem => field ??= ClockCheck.FindProblem(this);

    /// <summary>The recovery point that would be reached now. A newer set that cannot be checked may be good, so that a missed objective
    /// is not certain then.</summary>
    public ObjectiveResult Rpo
    {
        get
        {
            var age = ClockProblem is null && NewestGood is { } good ? Since(good.SnapshotAt) : (TimeSpan?)null;
            var result = ObjectiveResult.Of(Objectives.Rpo, age);
            var mayBeBetter = NewerThanGood.Any(set => set.Status == BackupStatus.Unverified);
            return result.Status == ObjectiveStatus.Missed && mayBeBetter ? result with { Status = ObjectiveStatus.Unknown } : result;
        }
    }

    /// <summary>The recovery time of the newest drill that passed.</summary>
    public ObjectiveResult Rto => ObjectiveResult.Of(Objectives.Rto, PassedDrill?.Rto?.Realised);

    /// <summary>The evidence that counts, newest first: only what was checked proves something, and only what was changed says
    /// nothing.</summary>
    public IEnumerable<RestoreDrill> Evidence => Database.Evidence.Where(drill => drill.Evidence == CheckStatus.Passed
        || (drill.Evidence != CheckStatus.Failed && drill.Status != DrillStatus.Passed));

    /// <summary>The newest drill that passed and proved data, of as much of the database as good sets hold; null where none did.</summary>
    public RestoreDrill? PassedDrill => NewestEvidence(EvidenceKind.Drill, drill => drill.ProvesBackup && IsOfGoodPart(drill));

    /// <summary>The time of the next drill; null where none has passed.</summary>
    public DateTime? NextDrillDue => PassedDrill?.StartedAt + Objectives.DrillEvery;

    /// <summary>Whole days since the next drill was due.</summary>
    public int DrillDaysOverdue => NextDrillDue is { } due && due < Now ? (int)(Now - due).TotalDays : 0;

    /// <summary>The attempts that failed since the last backup that succeeded, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> FailedInRow
    {
        get
        {
            var row = Database.Attempts.Reverse().TakeWhile(attempt => !IsSuccess(attempt)).Reverse();
            return [.. row.Where(attempt => attempt.Result == HistoryResult.Failed && IsSinceGood(attempt))];
        }
    }

    /// <summary>The reason why failed attempts since the newest set may not be known, in a whole sentence; null where all are
    /// known.</summary>
    public string? HistoryGap
    {
        get
        {
            if (!Root.HasKey) return null;
            var last = Database.Attempts.LastOrDefault(IsSuccess)?.Line ?? 0;
            if (Root.History.Untold.Count(line => line > last) is > 0 and var lines)
                return Invariant($"{lines} {(lines == 1 ? "line" : "lines")} of the history that came after the last backup cannot be ") +
                    "read, or are of no known key.";
            var newest = Made.FirstOrDefault(set => !set.Legacy && set.Status is BackupStatus.Complete or BackupStatus.Suspicious);
            var isNamed = newest is null || Database.Attempts.Any(attempt => attempt.BackupId == newest.Id && IsSuccess(attempt));
            // Of a long history only the end is read.
            var isLeftOut = !Root.History.IsWhole && Root.History.Entries is [var first, ..] && newest?.SnapshotAt < first.At;
            return isNamed || isLeftOut ? null
                : $"The history does not name the newest backup {newest!.Id}: its end was removed, or it could not be written.";
        }
    }

    /// <summary>Id of the set that the newest successful attempt made, if that set is gone; else null.</summary>
    public string? LostSet => Database.Attempts.LastOrDefault(IsSuccess) is { BackupId: { } id }
        && !Database.Sets.Any(set => set.Id == id) ? id : null;

    /// <summary>True for an attempt that no newer good set has made up for.</summary>
    public bool IsSinceGood(HistoryEntry attempt) => NewestGood is not { } good || attempt.At >= good.SnapshotAt;

    // Where there are only sets of other parts, a drill of one of them is the best that there can be.
    private bool IsOfGoodPart(RestoreDrill drill) => Holds(drill.Backup!.Scope, Database.NarrowedTo)
        || (Good.Count > 0 && !Good.Any(set => Holds(set.Scope, Database.NarrowedTo)));

    // A line that was forged must not end a row of failures; without a key, nothing can tell a forged line.
    private bool IsSuccess(HistoryEntry attempt) => attempt.Result == HistoryResult.Succeeded
        && (attempt.Integrity == CheckStatus.Passed || (!Root.HasKey && attempt.Integrity == CheckStatus.Inconclusive));

    /// <summary>The newest evidence of a kind that a condition fits; null where there is none.</summary>
    public RestoreDrill? NewestEvidence(EvidenceKind kind, Func<RestoreDrill, bool>? fits = null) =>
        Evidence.FirstOrDefault(drill => drill.Kind == kind && fits?.Invoke(drill) != false);

    /// <summary>The time since a moment; 0 where the moment lies in the future by no more than clocks differ.</summary>
    public TimeSpan Since(DateTime moment) => moment > Now && moment <= Now + ClockCheck.Tolerance ? TimeSpan.Zero : Now - moment;

    /// <summary>The command that backs the database up.</summary>
    public string BackupCommand => $"{CommandName.BackUpDatabase} {Named}";

    /// <summary>The command that drills a restore of the database.</summary>
    public string DrillCommand => $"{CommandName.RestoreDrill} {Named}";

    // A database that no entry names is named by its place.
    private string Named => Database.Configured || Database.Source is null ? $"{OptionName.Database} {Quoted(Database.Name)}"
        : $"{(Database.Mode == DatabaseMode.Postgres ? OptionName.DatabaseUrl : OptionName.Path)} {Quoted(Database.Source)}";

    /// <summary>A value as a shell takes it.</summary>
    public static string Quoted(string value) =>
        value.All(c => char.IsLetterOrDigit(c) || "-_./:@".Contains(c, StringComparison.Ordinal)) ? value
        : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The good sets of a database, newest first.</summary>
    /// <param name="sets">All its sets, newest first.</param>
    /// <param name="narrowedTo">The part of the database that is meant, in the words of a set; null for the whole.</param>
    public static IReadOnlyList<BackupSet> GoodOf(IReadOnlyList<BackupSet> sets, string? narrowedTo)
    {
        var good = sets.Where(set => set is { BeforeRestore: null, Status: BackupStatus.Complete }).ToList();
        return good.Exists(set => Holds(set.Scope, narrowedTo)) ? good.FindAll(set => Holds(set.Scope, narrowedTo)) : good;
    }

    /// <summary>True for a part of a database that is all of another one.</summary>
    /// <param name="scope">The part, in the words of a set; null for the whole.</param>
    /// <param name="wanted">The part that is wanted.</param>
    public static bool Holds(string? scope, string? wanted) => scope is null || scope == wanted
        // Things that the role could not read, and large objects, are named behind what the operator left out.
        || (wanted is not null && scope.StartsWith($"{wanted}, ", StringComparison.Ordinal)
            && !OperatorsPart.IsMatch(scope[wanted.Length..]));

    [GeneratedRegex("^, (only |without schemas? |without data of )", RegexOptions.CultureInvariant)]
    private static partial Regex OperatorsPart { get; }
}
