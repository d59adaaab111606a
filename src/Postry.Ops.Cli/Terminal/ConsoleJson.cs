using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using Postry.Ops.Cli.Demo;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;
using Postry.Ops.Engine.Operations.Scaffolding;

namespace Postry.Ops.Cli.Terminal;

/// <summary>The JSON document of a command that fails.</summary>
internal sealed record ErrorDocument(ErrorBody Error);

/// <summary>The parts of an error.</summary>
internal sealed record ErrorBody(string Id, string Message, string? Target, string? Hint);

/// <summary>The JSON document of `unlock`.</summary>
/// <param name="BackupRoot">The backup root.</param>
/// <param name="Unlocked">True if a lock was removed.</param>
/// <param name="Lock">The owner that the lock named, or null.</param>
internal sealed record UnlockResult(string BackupRoot, bool Unlocked, string? Lock);

/// <summary>
/// The JSON of every result: the engine's own records in camelCase, enums by name, durations in ISO 8601, times in UTC.
/// Generated at build time, because reflection costs a command that only lists a good part of its start.
/// </summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(IsoConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(BackupPlan))]
[JsonSerializable(typeof(IReadOnlyList<BackupPlan>))]
[JsonSerializable(typeof(BackupSet))]
[JsonSerializable(typeof(IReadOnlyList<BackupSet>))]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(DatabaseComparison))]
[JsonSerializable(typeof(RestorePlan))]
[JsonSerializable(typeof(RestoreRecord))]
[JsonSerializable(typeof(IReadOnlyList<RestoreRecord>))]
[JsonSerializable(typeof(UndoPlan))]
[JsonSerializable(typeof(RemovalPlan))]
[JsonSerializable(typeof(IReadOnlyList<PreviousCopy>))]
[JsonSerializable(typeof(UnlockResult))]
[JsonSerializable(typeof(IReadOnlyList<EffectiveSetting>))]
[JsonSerializable(typeof(StarterConfiguration))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(SampleFacts))]
[JsonSerializable(typeof(WriterReport))]
internal sealed partial class ConsoleJson : JsonSerializerContext
{
    /// <summary>The one instance. Names stay readable: the output is a document, never part of a web page.</summary>
    public static ConsoleJson Instance =>
        field ??= new ConsoleJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>Durations in ISO 8601.</summary>
internal sealed class IsoConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        XmlConvert.ToTimeSpan(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(XmlConvert.ToString(value));
}

/// <summary>Times in UTC, with their Z.</summary>
internal sealed class UtcConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => Units.Utc(reader.GetDateTime());

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Units.Utc(value));
}
