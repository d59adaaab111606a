using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Signing;

/// <summary>The keys that an operation has: one that signs, and older ones that only verify.</summary>
public sealed class Keyring
{
    /// <summary>Keys shorter than this many bytes draw a warning.</summary>
    public const int RecommendedBytes = 16;

    /// <summary>A ring without any key.</summary>
    public static readonly Keyring Empty = new(null, []);

    private readonly IntegrityKey? _current;
    private readonly IReadOnlyList<IntegrityKey> _all;

    private Keyring(IntegrityKey? current, IReadOnlyList<IntegrityKey> previous)
    {
        _current = current;
        _all = current is null ? previous : [current, .. previous];
    }

    /// <summary>Every key that can verify, the signing one first.</summary>
    public IReadOnlyList<IntegrityKey> All => _all;

    /// <summary>True where there is a key that signs.</summary>
    public bool HasSigningKey => _current is not null;

    /// <summary>True where the signing key is shorter than recommended.</summary>
    public bool IsWeak => _current is { IsWeak: true };

    /// <summary>The key that signs. Throws IntegrityKeyMissing where there is none.</summary>
    public IntegrityKey SigningKey(string target) => _current ?? throw Missing(target);

    /// <summary>The error for an operation that needs a key and has none.</summary>
    internal static IntegrityKeyMissingException Missing(string target) => new(target,
        $"No integrity key is set: {EnvironmentVariables.IntegrityKey} is empty.",
        $"Set {EnvironmentVariables.IntegrityKey} (or {EnvironmentVariables.IntegrityKeyFile} to a file that holds it), " +
            $"or pass {OptionName.IntegrityKey}. A good new key: openssl rand -hex 32");

    /// <summary>A ring with one key given as bytes, and older keys that only verify.</summary>
    public static Keyring Of(ReadOnlySpan<byte> key, params byte[][] previous) =>
        new(key.IsEmpty ? null : new IntegrityKey(key), [.. previous.Select(p => new IntegrityKey(p))]);

    /// <summary>
    /// The ring that the environment describes. A parameter's key takes the place of BACKUP_METADATA_HMAC_KEY;
    /// BACKUP_METADATA_HMAC_KEY_PREVIOUS holds older keys separated by commas or line ends.
    /// </summary>
    public static Keyring FromEnvironment(Func<string, string?> environment, byte[]? parameter = null)
    {
        var current = parameter is { Length: > 0 } ? parameter
            : FromVariable(environment) ?? FromFile(environment(EnvironmentVariables.IntegrityKeyFile));
        return new Keyring(current is null ? null : new IntegrityKey(current),
            PreviousKeys(environment(EnvironmentVariables.PreviousIntegrityKeys)));
    }

    private static byte[]? FromVariable(Func<string, string?> environment) =>
        environment(EnvironmentVariables.IntegrityKey) is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : null;

    private static byte[]? FromFile(string? path)
    {
        if (string.IsNullOrEmpty(path)) return null;
        try
        {
            var text = File.ReadAllText(path).TrimEnd('\r', '\n');
            return text.Length == 0 ? throw Missing(path) : Encoding.UTF8.GetBytes(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IntegrityKeyMissingException(path,
                $"The key file that {EnvironmentVariables.IntegrityKeyFile} names cannot be read: {path}",
                $"Make the file readable for this user, or set {EnvironmentVariables.IntegrityKey}.", e);
        }
    }

    private static List<IntegrityKey> PreviousKeys(string? list)
    {
        if (string.IsNullOrEmpty(list)) return [];
        // A key may itself hold a comma, so the whole text counts as a candidate too.
        var candidates = list.Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Append(list)
            .Distinct();
        return [.. candidates.Select(text => new IntegrityKey(Encoding.UTF8.GetBytes(text)))];
    }
}

/// <summary>An HMAC-SHA256 key and the short id by which manifests name it.</summary>
public sealed class IntegrityKey
{
    private readonly byte[] _bytes;

    internal IntegrityKey(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(_bytes, "postry-ops/key-id/1"u8).AsSpan(0, 8));
    }

    /// <summary>16 hexadecimal digits that name the key without giving it away.</summary>
    public string Id { get; }

    /// <summary>True where the key is shorter than <see cref="Keyring.RecommendedBytes"/>.</summary>
    public bool IsWeak => _bytes.Length < Keyring.RecommendedBytes;

    /// <summary>HMAC-SHA256 over a domain and a message, as 64 lower-case hexadecimal digits.</summary>
    /// <param name="domain">The kind of document, so that a signature of one kind never passes for another.</param>
    /// <param name="message">The bytes that are signed.</param>
    internal string Sign(string domain, ReadOnlySpan<byte> message)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _bytes);
        hmac.AppendData(Encoding.UTF8.GetBytes($"postry-ops/{domain}/1\n"));
        hmac.AppendData(message);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    /// <summary>HMAC-SHA256 over a message alone, as 64 upper-case hexadecimal digits: how the old scripts signed.</summary>
    internal string SignLegacy(ReadOnlySpan<byte> message) => Convert.ToHexString(HMACSHA256.HashData(_bytes, message));

    /// <summary>True where the key itself stands in a text.</summary>
    internal bool OccursIn(ReadOnlySpan<byte> text) => !IsWeak && text.IndexOf(_bytes) >= 0;

    /// <summary>The text never shows the key.</summary>
    public override string ToString() => $"key {Id}";
}
