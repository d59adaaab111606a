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
    private const string Domain = "history";
    private const string End = "\"}";
    private static readonly byte[] Before = Encoding.UTF8.GetBytes(",\"signature\":\"");

    /// <summary>Writes an attempt as a line, without its line end.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="key">The key that signs; null for a line without a signature.</param>
    public static byte[] Write(BackupAttempt attempt, IntegrityKey? key)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(attempt with { KeyId = key?.Id }, HistoryJson.Readable.BackupAttempt);
        if (key is null) return json;
        var covered = json[..^1];
        return [.. covered, .. Before, .. Encoding.UTF8.GetBytes(key.Sign(Domain, covered) + End)];
    }

    /// <summary>Reads a line and checks its signature; null for a line that is torn, or none of a history.</summary>
    public static BackupAttempt? Read(ReadOnlySpan<byte> line, Keyring keys)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryJson.Readable.BackupAttempt) is { } attempt
                ? attempt with { Trust = TrustOf(line, attempt.KeyId, keys) } : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static CheckStatus TrustOf(ReadOnlySpan<byte> line, string? keyId, Keyring keys)
    {
        if (keyId is null || keys.All.FirstOrDefault(key => key.Id == keyId) is not { } key) return CheckStatus.Inconclusive;
        var end = line.LastIndexOf(Before);
        return end > 0 && line[end..].SequenceEqual([.. Before, .. Encoding.UTF8.GetBytes(key.Sign(Domain, line[..end]) + End)])
            ? CheckStatus.Passed : CheckStatus.Failed;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupAttempt))]
internal sealed partial class HistoryJson : JsonSerializerContext
{
    /// <summary>The serializer that writes names in any script as they are.</summary>
    public static HistoryJson Readable =>
        field ??= new HistoryJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
