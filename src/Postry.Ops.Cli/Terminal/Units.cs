using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Sizes, times and durations as people read them.</summary>
internal static class Units
{
    private static readonly string[] Sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Formats a size, for example "71.3 MiB".</summary>
    public static string Bytes(long bytes)
    {
        double size = bytes;
        var unit = 0;
        while (size >= 1024 && unit < Sizes.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return $"{size.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Sizes[unit]}";
    }

    /// <summary>Formats a number, for example "300,000", or "?" if it is not known.</summary>
    public static string Count(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "?";

    /// <summary>Formats a time, for example "2026-11-20 14:05:00Z". Every time that the console prints is UTC.</summary>
    public static string Time(DateTime utc) => UtcConverter.Utc(utc).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Formats a duration, for example "12 ms", "1.42 s", "3 min 05 s" or "24 h 00 min".</summary>
    public static string Duration(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.00} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} min {duration.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours} h {duration.Minutes:00} min"),
    };
}
