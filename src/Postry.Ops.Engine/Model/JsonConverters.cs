using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Postry.Ops.Engine.Model;

/// <summary>Durations in ISO 8601.</summary>
public sealed class IsoConverter : JsonConverter<TimeSpan>
{
    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        XmlConvert.ToTimeSpan(reader.GetString()!);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(XmlConvert.ToString(value));
}

/// <summary>Times in UTC, with their Z.</summary>
public sealed class UtcConverter : JsonConverter<DateTime>
{
    /// <inheritdoc/>
    public override DateTime Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => Utc(reader.GetDateTime());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Utc(value));

    /// <summary>A time of unknown kind counts as UTC, as the engine's contract says.</summary>
    public static DateTime Utc(DateTime time) =>
        time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
}
