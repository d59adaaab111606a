using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// The metadata of a backup of the old scripts, beside its artefact. The signature covers only these four members; other members of the
/// file are ignored.
/// </summary>
/// <param name="Mode">sqlite, postgres or runtime-assets.</param>
/// <param name="File">Name of the artefact.</param>
/// <param name="Bytes">The size in bytes.</param>
/// <param name="Sha256">SHA-256 of its bytes as 64 upper-case hexadecimal digits.</param>
/// <param name="Hmac">The signature as 64 upper-case hexadecimal digits.</param>
internal sealed partial record LegacyMetadata(string Mode, string File, long Bytes, string Sha256, string Hmac)
{
    /// <summary>Ending of the metadata's file name, after the artefact's.</summary>
    public const string FileSuffix = BackupKeys.LegacySuffix;

    private const int LargestBytes = 1 << 20;

    /// <summary>The bytes that the old scripts sign.</summary>
    public byte[] Signed => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Sha256}|{Bytes}|{Mode}|{File}"));

    /// <summary>The time in the signed file name, which the old scripts wrote in UTC; null where the name is none that the old scripts give
    /// to a backup of this kind.</summary>
    public DateTime? Stamp =>
        Name().Match(File) is { Success: true } name && name.Groups["kind"].Value + name.Groups["ending"].Value == KindOf(Mode)
        && DateTime.TryParseExact(name.Groups["stamp"].ValueSpan, "yyyyMMdd-HHmmss", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var stamp) ? stamp : null;

    /// <summary>True for a path that such metadata could lie at.</summary>
    public static bool IsAt(string path) => path.EndsWith(FileSuffix, StringComparison.Ordinal);

    /// <summary>Reads metadata; the second is why it is none, or null. Only what the store refuses is an exception.</summary>
    public static (LegacyMetadata? Metadata, string? Problem) Read(IBackupStore store, string key)
    {
        if (ManifestReader.ReadBytes(store, key, LargestBytes) is not { } bytes)
            return (null, "The file is too large for the metadata of a backup.");
        try
        {
            // PowerShell writes a byte order mark, and some versions of it UTF-16.
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            using var document = JsonDocument.Parse(reader.ReadToEnd(), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Parse(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return (null, "The file is not JSON.");
        }
    }

    private static (LegacyMetadata?, string?) Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return (null, "The file is not a JSON object.");
        var values = new Dictionary<string, string>();
        foreach (var name in new[] { "mode", "backup_file", "sha256", "hmac_sha256" })
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                return (null, $"{name} is missing or is not a text.");
            values[name] = value.GetString()!;
        }

        if (!root.TryGetProperty("size_bytes", out var size) || size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out var length)
            || length < 0)
            return (null, "size_bytes is missing or is not a size.");
        foreach (var name in new[] { "sha256", "hmac_sha256" })
            if (!Digits().IsMatch(values[name])) return (null, $"{name} is not 64 upper-case hexadecimal digits.");
        return (new LegacyMetadata(values["mode"], values["backup_file"], length, values["sha256"], values["hmac_sha256"]), null);
    }

    private static string KindOf(string mode) => mode switch
    {
        "sqlite" => "sqlite.db",
        "postgres" => "postgres.sql",
        "runtime-assets" => "runtime.zip",
        _ => "",
    };

    [GeneratedRegex(@"^(?<kind>sqlite|postgres|runtime)-backup-(?<stamp>[0-9]{8}-[0-9]{6})(?<ending>\.(db|sql|zip))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9A-F]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
