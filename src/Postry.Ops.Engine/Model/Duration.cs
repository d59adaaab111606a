using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// A duration in an emitted record. The type converts to and from TimeSpan, and compares with one. PowerShell's ConvertTo-Json writes a
/// TimeSpan as an object of fifteen properties, and no type data changes that; the only open type that it writes as a text is Uri. So this
/// is a Uri, whose text is the duration in ISO 8601 ("PT1.5S").
/// </summary>
[JsonConverter(typeof(DurationConverter))]
public sealed class Duration(TimeSpan value) : Uri(XmlConvert.ToString(value), UriKind.Relative), IComparable
{
    /// <summary>The duration in days.</summary>
    public double TotalDays => value.TotalDays;

    /// <summary>The duration in hours.</summary>
    public double TotalHours => value.TotalHours;

    /// <summary>The duration in minutes.</summary>
    public double TotalMinutes => value.TotalMinutes;

    /// <summary>The duration in seconds.</summary>
    public double TotalSeconds => value.TotalSeconds;

    /// <summary>The duration in milliseconds.</summary>
    public double TotalMilliseconds => value.TotalMilliseconds;

    /// <summary>The duration in units of 100 ns.</summary>
    public long Ticks => value.Ticks;

    /// <summary>The duration in ISO 8601.</summary>
    public string Iso => OriginalString;

    public static implicit operator Duration(TimeSpan value) => new(value);

    public static implicit operator TimeSpan(Duration? duration) => new(duration?.Ticks ?? 0);

    /// <summary>Reads what PowerShell compares a duration with: ISO 8601, or the text of a TimeSpan. Errors: FormatException.</summary>
    public static Duration Parse(string text) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : XmlConvert.ToTimeSpan(text);

    /// <summary>Compares with another duration; PowerShell converts a TimeSpan, or its text, to one.</summary>
    public int CompareTo(object? obj) => obj is Duration other ? Ticks.CompareTo(other.Ticks) : 1;

    /// <summary>The text of a TimeSpan, "00:00:01.5000000".</summary>
    public override string ToString() => value.ToString();
}

/// <summary>Durations in files, as .NET writes a TimeSpan.</summary>
public sealed class DurationConverter : JsonConverter<Duration>
{
    public override Duration Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        TimeSpan.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var value)
            ? value : throw new JsonException("The value is no duration.");

    public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
