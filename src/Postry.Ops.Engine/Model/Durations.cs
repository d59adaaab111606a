using System.Globalization;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The one way in which people write a duration, in cmdlets, at the console and in postry.json: a whole number with its unit, such as
/// <c>90s</c>, <c>12h</c> or <c>7d</c>. A number without a unit is refused, because .NET would take it for ticks or for days, and a person
/// may mean either.
/// </summary>
public static class Durations
{
    /// <summary>The pattern of a duration, for a JSON schema.</summary>
    public const string Pattern = "^[0-9]{1,6}(s|m|h|d|w)$";

    private const int MostDigits = 6;

    private static readonly (char Unit, TimeSpan Length)[] Units =
    [
        ('w', TimeSpan.FromDays(7)), ('d', TimeSpan.FromDays(1)), ('h', TimeSpan.FromHours(1)), ('m', TimeSpan.FromMinutes(1)),
        ('s', TimeSpan.FromSeconds(1)),
    ];

    /// <summary>Reads a duration; null where the text is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length is < 2 or > MostDigits + 1) return null;
        var length = Units.FirstOrDefault(unit => unit.Unit == text[^1]).Length;
        var isNumber = int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        return isNumber && length > TimeSpan.Zero ? length * count : null;
    }

    /// <summary>Says what is wrong with a text that is no duration, and the three spellings that would be right.</summary>
    public static string Problem(string text) =>
        text.Length > 0 && text.All(char.IsAsciiDigit)
            ? $"'{text}' has no unit: write {text}s, {text}h or {text}d for seconds, hours or days."
            : $"'{text}' is not a duration: write a whole number with its unit, such as 90s, 12h or 7d (s, m, h, d or w).";

    /// <summary>Writes a duration of whole seconds with the unit that people say: 24h and 60m, but 2d.</summary>
    public static string Write(TimeSpan value)
    {
        var (name, length) = Units.First(unit => unit.Unit != 'w'
            && (unit.Unit == 's' || (value >= unit.Length * 2 && value.Ticks % unit.Length.Ticks == 0)));
        return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / length.Ticks}{name}");
    }

    /// <summary>A duration or an age for a reader, in the largest unit of which there are two at least: "3 hours", "50 days".</summary>
    public static string InWords(TimeSpan value)
    {
        var (count, unit) = value.TotalDays >= 2 ? (value.TotalDays, "days")
            : value.TotalHours >= 2 ? (value.TotalHours, "hours")
            : value.TotalMinutes >= 2 ? (value.TotalMinutes, "minutes")
            : (Math.Max(0, value.TotalSeconds), "s");
        return string.Create(CultureInfo.InvariantCulture, $"{(int)count} {unit}");
    }
}
