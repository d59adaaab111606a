using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;
using Postry.Ops.Engine.Operations.Scaffolding;

namespace Postry.Ops.Engine;

/// <summary>
/// The JSON of every result, the same from both front ends and described in schema/postry.results.schema.json: the engine's records in
/// camelCase, enums by name, durations in ISO 8601, times in UTC. The code is generated at build time, because reflection costs a command
/// that only lists a good part of its start.
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
[JsonSerializable(typeof(RecoveryStatus))]
[JsonSerializable(typeof(IReadOnlyList<RecoveryStatus>))]
[JsonSerializable(typeof(MetricSample))]
[JsonSerializable(typeof(IReadOnlyList<MetricSample>))]
[JsonSerializable(typeof(RestoreDrill))]
[JsonSerializable(typeof(IReadOnlyList<RestoreDrill>))]
[JsonSerializable(typeof(DrillNote))]
[JsonSerializable(typeof(EvidenceReport))]
[JsonSerializable(typeof(EvidenceKeyFiles))]
[JsonSerializable(typeof(SmokeReport))]
[JsonSerializable(typeof(DrillPlan))]
[JsonSerializable(typeof(IReadOnlyList<DrillPlan>))]
[JsonSerializable(typeof(IReadOnlyList<SmokePlan>))]
[JsonSerializable(typeof(UndoPlan))]
[JsonSerializable(typeof(RemovalPlan))]
[JsonSerializable(typeof(CatalogReport))]
[JsonSerializable(typeof(JobReport))]
[JsonSerializable(typeof(JobStepResult))]
[JsonSerializable(typeof(JobPlan))]
[JsonSerializable(typeof(HistoryReport))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(HistoryProblem))]
[JsonSerializable(typeof(CatalogFinding))]
[JsonSerializable(typeof(BackupCopy))]
[JsonSerializable(typeof(IReadOnlyList<BackupCopy>))]
[JsonSerializable(typeof(CopyPlan))]
[JsonSerializable(typeof(IReadOnlyList<CopyPlan>))]
[JsonSerializable(typeof(RetentionReport))]
[JsonSerializable(typeof(RetentionVerdict))]
[JsonSerializable(typeof(PreviousCopyVerdict))]
[JsonSerializable(typeof(IReadOnlyList<PreviousCopy>))]
[JsonSerializable(typeof(IReadOnlyList<EffectiveSetting>))]
[JsonSerializable(typeof(StarterConfiguration))]
public sealed partial class ResultJson : JsonSerializerContext
{
    /// <summary>The one instance. Names stay readable: the output is a document, never part of a web page.</summary>
    public static ResultJson Instance => field ??= new ResultJson(Readable());

    private static ResultJson Compact => field ??= new ResultJson(Readable(isIndented: false));

    /// <summary>True for a result of an operation, or a part of one.</summary>
    public static bool IsResult(object value) => Instance.GetTypeInfo(value.GetType()) is { Kind: JsonTypeInfoKind.Object };

    /// <summary>Results as one document: the result itself if there is only one, otherwise an array.</summary>
    /// <param name="results">Objects for which <see cref="IsResult"/> is true.</param>
    /// <param name="asArray">An array also for one result.</param>
    /// <param name="isCompact">Everything in one line.</param>
    public static string Serialize(IReadOnlyList<object> results, bool asArray, bool isCompact)
    {
        var json = isCompact ? Compact : Instance;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = !isCompact, Encoder = json.Options.Encoder }))
        {
            var isArray = asArray || results.Count != 1;
            if (isArray) writer.WriteStartArray();
            foreach (var result in results) JsonSerializer.Serialize(writer, result, json.GetTypeInfo(result.GetType())!);
            if (isArray) writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static JsonSerializerOptions Readable(bool isIndented = true) => new(Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,
    };
}
