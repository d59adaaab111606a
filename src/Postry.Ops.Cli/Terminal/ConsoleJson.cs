using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Cli.Demo;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

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

/// <summary>The JSON of what only the console writes, in the form of <see cref="ResultJson"/>.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(IsoConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(UnlockResult))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(SampleFacts))]
[JsonSerializable(typeof(WriterReport))]
internal sealed partial class ConsoleJson : JsonSerializerContext
{
    /// <summary>The one instance.</summary>
    public static ConsoleJson Instance =>
        field ??= new ConsoleJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
