using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Backups;

/// <summary>A line of the history: a JSON object whose last member is the signature over all bytes before that member.</summary>
internal static class HistoryLine
{
    /// <summary>The sentence about a line without a signature.</summary>
    public const string NotSigned = "The line is not signed.";

    private const string Domain = "history";
    private const string End = "\"}";
    private static readonly byte[] Before = Encoding.UTF8.GetBytes(",\"signature\":\"");

    /// <summary>Writes an entry as a line, without its line end.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="key">The key that signs; null for a line without a signature.</param>
    public static byte[] Write(HistoryEntry entry, IntegrityKey? key)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(entry.AsWritten() with { KeyId = key?.Id }, HistoryJson.Readable.HistoryEntry);
        if (key is null) return json;
        var covered = json[..^1];
        return [.. covered, .. Before, .. Encoding.UTF8.GetBytes(key.Sign(Domain, covered) + End)];
    }

    /// <summary>Reads a line and checks its signature; null for a line that is torn, or none of a history.</summary>
    public static HistoryEntry? Read(ReadOnlySpan<byte> line, Keyring keys)
    {
        if (Parse(line) is not { } entry) return null;
        var status = StatusOf(line, entry.KeyId, keys);
        return entry with
        {
            Integrity = status,
            IntegrityDetail = status switch
            {
                CheckStatus.Passed => null,
                CheckStatus.Failed => "The line was changed after it was written.",
                _ when entry.KeyId is null => NotSigned,
                _ => $"The line is signed with the key {entry.KeyId}, which is not known here.",
            },
        };
    }

    /// <summary>The entry of a line, unchecked; null for a line that is torn, or none of a history.</summary>
    public static HistoryEntry? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryJson.Readable.HistoryEntry);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    private static CheckStatus StatusOf(ReadOnlySpan<byte> line, string? keyId, Keyring keys)
    {
        if (keyId is null || keys.All.FirstOrDefault(key => key.Id == keyId) is not { } key) return CheckStatus.Inconclusive;
        var end = line.LastIndexOf(Before);
        return end > 0 && line[end..].SequenceEqual([.. Before, .. Encoding.UTF8.GetBytes(key.Sign(Domain, line[..end]) + End)])
            ? CheckStatus.Passed : CheckStatus.Failed;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(IsoConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(HistoryEntry))]
internal sealed partial class HistoryJson : JsonSerializerContext
{
    /// <summary>The serializer that writes names in any script as they are.</summary>
    public static HistoryJson Readable =>
        field ??= new HistoryJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
