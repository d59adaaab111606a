using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Engine.Signing;

/// <summary>The results of checking a signature.</summary>
internal enum SignatureVerdict
{
    /// <summary>Signed by the key it names, and that key is at hand.</summary>
    Valid,

    /// <summary>A key at hand is named or made the signature, but the bytes are not those that were signed.</summary>
    Mismatch,

    /// <summary>No known key is the one that the document names.</summary>
    WrongKey,

    /// <summary>No key is configured.</summary>
    NoKey,

    /// <summary>The text does not end in a signature.</summary>
    Malformed,
}

/// <summary>The result of checking a document's signature.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="KeyId">The key that the document names; null if it names none.</param>
internal readonly record struct SignatureCheck(SignatureVerdict Verdict, string? KeyId);

/// <summary>
/// A JSON text whose last member is its own signature. The signature covers every byte before that member, and the member
/// itself has exactly one spelling, so that no byte of the file can change unnoticed. docs/manifest.md has the format.
/// </summary>
internal static class SignedText
{
    private const string Before = ",\n  \"signature\": {\n    \"algorithm\": \"HMAC-SHA256\",\n    \"keyId\": \"";
    private const string Between = "\",\n    \"value\": \"";
    private const string After = "\"\n  }\n}\n";
    private const int KeyIdLength = 16;
    private const int ValueLength = 64;
    private static readonly int TailLength = Before.Length + KeyIdLength + Between.Length + ValueLength + After.Length;

    /// <summary>Appends a signature to an indented JSON object.</summary>
    /// <param name="json">An object, ending in "\n}".</param>
    /// <param name="domain">The kind of document.</param>
    /// <param name="key">The key that signs.</param>
    public static byte[] Sign(string json, string domain, IntegrityKey key)
    {
        var body = json.TrimEnd();
        if (!body.EndsWith("\n}", StringComparison.Ordinal))
            throw new ArgumentException("An indented JSON object is needed.", nameof(json));
        var covered = Encoding.UTF8.GetBytes(body[..^2]);
        return [.. covered, .. Encoding.UTF8.GetBytes(Before + key.Id + Between + key.Sign(domain, covered) + After)];
    }

    /// <summary>Checks a signed text against every key at hand.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="domain">The kind of document it must be.</param>
    /// <param name="keys">The keys at hand.</param>
    public static SignatureCheck Verify(ReadOnlySpan<byte> text, string domain, Keyring keys)
    {
        if (text.Length <= TailLength) return new SignatureCheck(SignatureVerdict.Malformed, null);
        var tail = Encoding.Latin1.GetString(text[^TailLength..]);
        var covered = text[..^TailLength];
        var keyId = tail.Substring(Before.Length, KeyIdLength);
        var value = tail.Substring(Before.Length + KeyIdLength + Between.Length, ValueLength);
        var wellFormed = tail.StartsWith(Before, StringComparison.Ordinal)
            && tail.AsSpan(Before.Length + KeyIdLength).StartsWith(Between, StringComparison.Ordinal)
            && tail.EndsWith(After, StringComparison.Ordinal);
        if (!wellFormed) return new SignatureCheck(SignatureVerdict.Malformed, null);
        if (keys.All.Count == 0) return new SignatureCheck(SignatureVerdict.NoKey, keyId);

        foreach (var key in keys.All)
        {
            if (!IsSame(key.Sign(domain, covered), value)) continue;
            // The bytes are right but the name of the key is not: the name was changed.
            return new SignatureCheck(key.Id == keyId ? SignatureVerdict.Valid : SignatureVerdict.Mismatch, keyId);
        }

        return new SignatureCheck(keys.All.Any(key => key.Id == keyId) ? SignatureVerdict.Mismatch : SignatureVerdict.WrongKey, keyId);
    }

    private static bool IsSame(string expected, string actual) =>
        CryptographicOperations.FixedTimeEquals(Encoding.Latin1.GetBytes(expected), Encoding.Latin1.GetBytes(actual));
}
