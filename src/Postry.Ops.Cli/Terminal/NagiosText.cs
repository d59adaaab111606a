using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The recovery status in the form of the Monitoring Plugins guidelines: one line of text, a bar, performance data.</summary>
internal static class NagiosText
{
    private const int Ok = 0;
    private const int Warning = 1;
    private const int Critical = 2;
    private const int Unknown = 3;
    private static readonly string[] Names = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

    /// <summary>Writes the line, and returns the exit code that plugins have for it.</summary>
    public static ExitCode Write(TextWriter writer, IReadOnlyList<RecoveryStatus> statuses)
    {
        var state = StateOf(statuses);
        var ill = statuses.Where(status => status.Status != RecoveryState.Healthy)
            .OrderByDescending(status => status.Status).ToList();
        var text = ill.Count > 0 ? string.Join(' ', ill.Select(status => $"{status.Database}: {status.Reasons[0].Message}"))
            : $"{statuses.Count} {(statuses.Count == 1 ? "database" : "databases")} healthy";
        var data = statuses.SelectMany(status => Data(status, LabelOf(status, statuses))).ToList();
        if (statuses[0].Disk is { } disk)
            data.Add(Invariant($"'disk_used'={disk.UsedPercent}%;{disk.WarnPercent};{disk.CriticalPercent};0;100"));
        writer.WriteLine($"POSTRY {Names[state]} - {Clean(text)} | {string.Join(' ', data)}");
        return (ExitCode)state;
    }

    /// <summary>Writes the line for an error, which leaves the status unknown.</summary>
    public static ExitCode Write(TextWriter writer, Failure failure)
    {
        writer.WriteLine($"POSTRY {Names[Unknown]} - {Clean($"{failure.Id}: {failure.Message}")}");
        return (ExitCode)Unknown;
    }

    // A reason that is certain weighs more than one that something is not known.
    private static int StateOf(IReadOnlyList<RecoveryStatus> statuses)
    {
        var reasons = statuses.SelectMany(status => status.Reasons).ToList();
        var critical = reasons.FindAll(reason => reason.Severity == RecoveryState.Critical);
        return critical.Count == 0 ? reasons.Count == 0 ? Ok : Warning : critical.TrueForAll(reason => reason.Unknown) ? Unknown : Critical;
    }

    private static IEnumerable<string> Data(RecoveryStatus status, string label)
    {
        yield return $"'{label}_age'={Seconds(status.Rpo.Realised)};;{Seconds(status.Rpo.Objective, "")};0";
        yield return $"'{label}_restore_time'={Seconds(status.Rto.Realised)};{Seconds(status.Rto.Objective, "")};;0";
        yield return Invariant($"'{label}_drill_overdue'={(status.NextDrillDue is null ? "U" : $"{status.DrillDaysOverdue}")};0;;0");
        yield return Invariant($"'{label}_failures'={status.FailuresInRow};0;1;0");
        if (status.Size is { } size) yield return Invariant($"'{label}_size'={size.Bytes}B;{size.MaximumBytes};;0");
    }

    // A value that is not known is U.
    private static string Seconds(TimeSpan? time, string unit = "s") =>
        time is { } value ? Invariant($"{Math.Round(value.TotalSeconds)}{unit}") : "U";

    private static string LabelOf(RecoveryStatus status, IReadOnlyList<RecoveryStatus> all)
    {
        var name = all.Count(other => other.Database == status.Database) > 1 ? $"{status.Database} {status.Source}" : status.Database;
        return Clean(name).Replace('\'', '_').Replace('=', '_');
    }

    // The bar ends the text, and a line end would end the line.
    private static string Clean(string text) => Printable.Line(text.ReplaceLineEndings(" ").Replace('|', '/'));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
