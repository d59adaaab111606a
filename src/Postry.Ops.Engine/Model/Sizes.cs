using System.Globalization;

namespace Postry.Ops.Engine.Model;

/// <summary>The one way in which people write a size, at the console and in postry.json: a whole number with its unit, such as
/// <c>100MB</c> (powers of 1000) or <c>512MiB</c> (powers of 1024).</summary>
public static class Sizes
{
    private const int MostDigits = 9;

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("TB", 1_000_000_000_000), ("GiB", 1L << 30), ("GB", 1_000_000_000), ("MiB", 1L << 20), ("MB", 1_000_000),
        ("KiB", 1024), ("KB", 1000), ("B", 1),
    ];

    /// <summary>Reads a size in bytes; null where the text is none.</summary>
    public static long? Parse(string text)
    {
        var (unit, bytes) = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        if (unit is null || text.Length - unit.Length is < 1 or > MostDigits) return null;
        return long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= long.MaxValue / bytes ? count * bytes : null;
    }

    /// <summary>Writes a size with the largest unit of which it is a whole number.</summary>
    public static string Write(long value)
    {
        var (unit, bytes) = Units.First(unit => unit.Bytes == 1 || (value >= unit.Bytes && value % unit.Bytes == 0));
        return string.Create(CultureInfo.InvariantCulture, $"{value / bytes}{unit}");
    }
}
