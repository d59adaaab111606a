using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>
/// How backups of a database have grown. The median of the slopes between all pairs of backups (Theil-Sen) is used, which a single odd
/// backup does not move.
/// </summary>
internal static class Growth
{
    // Older backups say little about the growth of today, and every pair of them is looked at.
    private const int Most = 60;

    /// <summary>Bytes of a set with its runtime files.</summary>
    public static long BytesOf(BackupSet set) => set.SizeBytes + set.Runtime.SizeBytes;

    /// <summary>The growth in bytes per day; null where there are fewer than three sets, or all are from less than a day.</summary>
    /// <param name="sets">The good sets of one database, newest first.</param>
    public static double? PerDay(IReadOnlyList<BackupSet> sets)
    {
        var recent = sets.Take(Most).ToList();
        if (recent.Count < 3 || Days(recent[^1], recent[0]) < 1) return null;
        var slopes = from later in Enumerable.Range(0, recent.Count)
            from earlier in Enumerable.Range(later + 1, recent.Count - later - 1)
            let days = Days(recent[earlier], recent[later])
            where days > 0
            select (BytesOf(recent[later]) - BytesOf(recent[earlier])) / days;
        return Median(slopes);
    }

    /// <summary>The median size of sets; null where there are none.</summary>
    public static long? Usual(IEnumerable<BackupSet> sets) => (long?)Median(sets.Take(Most).Select(set => (double)BytesOf(set)));

    /// <summary>
    /// Days until some number of bytes is taken, if all databases go on to be backed up as often as before, grow as before, and no backup
    /// is removed. Null where no database has two sets that are a day apart.
    /// </summary>
    /// <param name="databases">The good sets of each database, newest first.</param>
    /// <param name="free">The bytes.</param>
    public static double? DaysUntilFull(IEnumerable<IReadOnlyList<BackupSet>> databases, long free)
    {
        // After d days the backups have taken a * d + b * d * d bytes.
        var (a, b) = (0.0, 0.0);
        foreach (var sets in databases.Where(sets => sets.Count > 1 && Days(sets[^1], sets[0]) >= 1))
        {
            var recent = sets.Take(Most).ToList();
            var perDay = 1 / Median(recent.Zip(recent.Skip(1), (later, earlier) => Math.Max(Days(earlier, later), 1.0 / 24)))!.Value;
            a += perDay * BytesOf(recent[0]);
            b += perDay * Math.Max(0, PerDay(sets) ?? 0) / 2;
        }

        if (a <= 0) return null;
        var days = b == 0 ? free / a : (Math.Sqrt((a * a) + (4 * b * free)) - a) / (2 * b);
        return Math.Round(days, 1);
    }

    private static double Days(BackupSet earlier, BackupSet later) => (later.SnapshotAt - earlier.SnapshotAt).TotalDays;

    private static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
