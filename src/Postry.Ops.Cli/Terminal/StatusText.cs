using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The recovery status as text.</summary>
internal static class StatusText
{
    /// <summary>Writes the statuses as a table, and below it all that is not in order, with what to do.</summary>
    public static void Many(TextWriter writer, IReadOnlyList<RecoveryStatus> statuses)
    {
        var table = new Table("~DATABASE", "STATUS", ">BACKUP", "RPO", ">PROVEN", "RTO", "-NEXT DRILL", ">FAILED", "->SIZE");
        foreach (var status in statuses)
        {
            table.Add(status.Database, status.Status.ToString(), Age(status.LastBackup?.Age), status.Rpo.Status.ToString(),
                Age(status.LastProven?.Age), status.Rto.Status.ToString(), Day(status.NextDrillDue), Units.Count(status.FailuresInRow),
                status.Size is { } size ? Units.Bytes(size.Bytes) : "-");
        }

        table.WriteTo(writer);
        writer.WriteLine();
        foreach (var status in statuses) Reasons(writer, status);
        if (statuses[0].Disk is { } disk) writer.WriteLine(Printable.Line(Disk(disk)));
        var healthy = statuses.Count(status => status.Status == RecoveryState.Healthy);
        writer.WriteLine($"{statuses.Max(status => status.Status)}: {healthy} of {statuses.Count} databases healthy");
    }

    private static void Reasons(TextWriter writer, RecoveryStatus status)
    {
        foreach (var reason in status.Reasons)
        {
            writer.WriteLine(Printable.Line($"{reason.Severity}: {status.Database}: {reason.Message}"));
            writer.WriteLine(Printable.Line($"  Next: {reason.NextStep}"));
        }
    }

    private static string Disk(StatusDisk disk)
    {
        var used = string.Create(CultureInfo.InvariantCulture, $"{disk.UsedPercent:0.#}% used");
        var full = disk.DaysUntilFull is { } days ? $", full in {Units.Count((long)days)} days if nothing is removed" : "";
        return $"Disk of {disk.Folder}: {used}, {Units.Bytes(disk.FreeBytes)} free{full}";
    }

    private static string Age(TimeSpan? age) => age is { } value ? Durations.InWords(value) : "none";

    private static string Day(DateTime? time) => time?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "now";
}
