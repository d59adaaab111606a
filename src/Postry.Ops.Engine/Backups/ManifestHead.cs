using System.Text.Json;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Reads the first members of a manifest without the rest and without its signature: fast, and good for suggestions
/// only.</summary>
internal static class ManifestHead
{
    // The members before the source are short. A label that does not fit is not suggested.
    private const int HeadBytes = 2048;

    /// <summary>The label of a backup, with its database and time; null where it has none. Errors: IOException,
    /// UnauthorizedAccessException.</summary>
    public static SuggestedLabel? TryRead(IBackupStore store, string manifestKey)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        using var stream = store.Open(manifestKey);
        var length = stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        try
        {
            return Parse(head[..length]);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static SuggestedLabel? Parse(ReadOnlySpan<byte> head)
    {
        var reader = new Utf8JsonReader(head, isFinalBlock: false, default);
        string? label = null, database = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isLabel = reader.ValueTextEquals("label"u8);
            var isDatabase = reader.ValueTextEquals("database"u8);
            var isTime = reader.ValueTextEquals("snapshotAt"u8);
            if (!reader.Read() || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) return null;
            if (isLabel && string.IsNullOrEmpty(label = reader.GetString())) return null;
            if (isDatabase) database = reader.GetString();
            if (isTime && label is not null && database is not null)
                return new SuggestedLabel(label, database, reader.GetDateTime().ToUniversalTime());
        }

        return null;
    }
}
