using System.Globalization;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Completion;

/// <summary>Suggests the times of sets, newest first.</summary>
internal sealed class BackupTimeCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        from set in engine.SuggestBackups(new SuggestedBackups
        {
            Database = typed.Database,
            Name = (_, time) => IsMeant(Written(time), typed.Word, typed.Folder),
        })
        select (Written(set.SnapshotAt), Choices.Line(set, size => DisplayFormat.Size(size)));

    private static string Written(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>Suggests the usual ages of kept copies, and those that separate a newer copy from an older one.</summary>
internal sealed class CopyAgeCompleter : CatalogCompleter
{
    private static readonly TimeSpan[] Usual = [TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(30)];

    // From the coarsest: a person who separates an hour from a week thinks of a day.
    private static readonly TimeSpan[] Steps =
        [TimeSpan.FromDays(1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1)];

    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed)
    {
        var now = DateTime.UtcNow;
        var copies = engine.ListPreviousCopies();
        TimeSpan[] ages = [.. copies.Select(copy => now - copy.TakenAt).Order()];
        return Usual.Concat(Separating(ages)).Distinct().Order().Select(age =>
        {
            var older = copies.Where(copy => now - copy.TakenAt > age).ToList();
            return (Written(age), $"{older.Count} of {copies.Count} copies, {DisplayFormat.Size(older.Sum(copy => copy.SizeBytes))}");
        });
    }

    /// <summary>For each age that an older one follows, the roundest duration between the two.</summary>
    /// <param name="ages">The ages, in ascending order.</param>
    internal static IEnumerable<TimeSpan> Separating(IReadOnlyList<TimeSpan> ages) =>
        from pair in ages.Zip(ages.Skip(1))
        from between in Steps.Select(step => step * Math.Ceiling(pair.First / step)).Where(age => age < pair.Second).Take(1)
        select between;

    private static string Written(TimeSpan age) => age.Ticks % TimeSpan.TicksPerDay == 0 ? $"{age.Days}d"
        : age.Ticks % TimeSpan.TicksPerHour == 0 ? $"{(int)age.TotalHours}h"
        : Durations.Write(age);
}
