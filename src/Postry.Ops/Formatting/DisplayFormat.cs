using System.Globalization;
using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Formatting;

/// <summary>Sizes, times and durations as the default views show them.</summary>
public static class DisplayFormat
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>A size with three significant digits, in powers of 1024: "1.5 MB".</summary>
    public static string Size(long? bytes)
    {
        if (bytes is not { } count) return "";
        var value = (double)count;
        var unit = 0;
        // 999.5 would round up to four digits.
        while (Math.Abs(value) >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var format = unit == 0 || Math.Abs(value) >= 99.95 ? "0" : Math.Abs(value) >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>A path, shortened to the room that the other columns of a table leave.</summary>
    /// <param name="path">The path, or another text.</param>
    /// <param name="width">Columns of the host; 0 where it does not know.</param>
    /// <param name="others">Columns that the table needs beside the path.</param>
    public static string Path(string? path, int width, int others) =>
        path is null ? "" : ShortText.Path(path, (width > 0 ? width : 80) - 1 - others);

    /// <summary>A text, shortened in its middle to some number of characters.</summary>
    public static string Fit(string? text, int room) => text is null ? "" : ShortText.Middle(text, room);

    /// <summary>The pin of a backup in two or three words; empty where it has none.</summary>
    /// <param name="backup">The backup, which is an object because PowerShell reads this class before it finds the engine.</param>
    public static string Pin(object? backup) => backup is null ? "" : PinOf(backup, isShort: true);

    /// <summary>The pin of a backup on a line, with its note; empty where it has none.</summary>
    /// <param name="backup">The backup.</param>
    public static string PinLine(object? backup) => backup is null ? "" : PinOf(backup, isShort: false);

    /// <summary>The tags of a backup and its version in a few words; empty where it has neither.</summary>
    /// <param name="backup">The backup.</param>
    public static string Deployed(object? backup) => backup is null ? "" : DeployedOf(backup);

    /// <summary>Tags on one line: "site=berlin, version=v2.14".</summary>
    /// <param name="tags">The tags.</param>
    public static string Tags(IReadOnlyDictionary<string, string>? tags) => TagsOf(tags);

    private static string DeployedOf(object backup) =>
        DeployedText.Short((BackupSet)(backup is PSObject wrapped ? wrapped.BaseObject : backup)) ?? "";

    private static string TagsOf(IReadOnlyDictionary<string, string>? tags) => DeployedText.Tags(tags) ?? "";

    private static string PinOf(object backup, bool isShort)
    {
        var set = (BackupSet)(backup is PSObject wrapped ? wrapped.BaseObject : backup);
        return (isShort ? PinText.Short(set) : PinText.Of(set)) ?? "";
    }

    /// <summary>An operation of the history in a few words.</summary>
    /// <param name="entry">The entry.</param>
    public static string HistoryAbout(object? entry) => entry is null ? ""
        : HistoryText.About((HistoryEntry)(entry is PSObject wrapped ? wrapped.BaseObject : entry));

    /// <summary>A number of rows: "25,000".</summary>
    public static string Count(long? number) => number is { } value ? value.ToString("N0", CultureInfo.InvariantCulture) : "";

    /// <summary>A time in UTC to the second: "2026-03-01 02:00:07Z".</summary>
    public static string Time(DateTime? time) =>
        time is { } value ? value.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";

    /// <summary>An age in its largest unit: "3 hours"; "none" where there is nothing that has one.</summary>
    public static string Age(TimeSpan? age) => age is { } value ? Durations.InWords(value) : "none";

    /// <summary>A duration with the precision a reader cares for: "40 ms", "12.3 s", "4 min 05 s", "2 h 10 min".</summary>
    public static string Duration(TimeSpan? duration)
    {
        if (duration is not { } value) return "";
        if (value.TotalMilliseconds < 999.5) return string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0} ms");
        if (value.TotalSeconds < 59.95) return string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.0} s");
        var seconds = (long)Math.Round(value.TotalSeconds);
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min {seconds % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} h {seconds % 3600 / 60:00} min");
    }
}
