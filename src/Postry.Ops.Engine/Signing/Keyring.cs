using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Signing;

/// <summary>The keys that an operation has: one that signs, and older ones that only verify.</summary>
public sealed class Keyring
{
    /// <summary>The command line that makes a good key.</summary>
    public const string GoodKey = "openssl rand -hex 32";

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

    /// <summary>The warning that the signing key can be guessed; null where it cannot.</summary>
    public string? Warning => _current?.Weakness is { } weakness
        ? $"The integrity key {weakness}, so it can be guessed. It still checks backups, but it signs no new ones. {MakeOne}"
        : null;

    /// <summary>The key that signs. Errors: IntegrityKeyMissing where there is none, WeakKey where it can be guessed.</summary>
    /// <param name="target">The database, for errors.</param>
    /// <param name="allowWeak">True for the backup that a restore makes of what it replaces, because a restore must work with a weak key,
    /// too.</param>
    public IntegrityKey SigningKey(string target, bool allowWeak = false)
    {
        var key = _current ?? throw Missing(target);
        if (allowWeak || key.Weakness is not { } weakness) return key;
        throw new WeakKeyException(target, $"The integrity key {weakness}, so it can be guessed: it signs no backup.",
            $"{MakeOne} Put the old key into {EnvironmentVariables.PreviousIntegrityKeys}, so that older backups can still be checked.");
    }

    private static string MakeOne => $"Make a good key with \"{GoodKey}\".";

    /// <summary>The error for an operation that needs a key and has none.</summary>
    internal static IntegrityKeyMissingException Missing(string target) => new(target,
        $"No integrity key is set: {EnvironmentVariables.IntegrityKey} is empty.",
        $"Set {EnvironmentVariables.IntegrityKey} (or {EnvironmentVariables.IntegrityKeyFile} to a file that holds it), " +
            $"or pass {OptionName.IntegrityKey}. {MakeOne}");

    /// <summary>A ring with one key given as bytes, and older keys that only verify.</summary>
    public static Keyring Of(ReadOnlySpan<byte> key, params byte[][] previous) =>
        new(key.IsEmpty ? null : new IntegrityKey(key), [.. previous.Select(p => new IntegrityKey(p))]);

    /// <summary>
    /// The ring that the environment describes. A parameter's key takes the place of BACKUP_METADATA_HMAC_KEY;
    /// BACKUP_METADATA_HMAC_KEY_PREVIOUS holds older keys separated by commas or line ends.
    /// </summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="parameter">The key that a parameter gives, or null.</param>
    /// <param name="needsFile">False for the command that makes the key file: the variable may name it already.</param>
    public static Keyring FromEnvironment(Func<string, string?> environment, byte[]? parameter = null, bool needsFile = true)
    {
        var current = parameter is { Length: > 0 } ? parameter
            : FromVariable(environment) ?? FromFile(environment(EnvironmentVariables.IntegrityKeyFile), needsFile);
        return new Keyring(current is null ? null : new IntegrityKey(current),
            PreviousKeys(environment(EnvironmentVariables.PreviousIntegrityKeys)));
    }

    private static byte[]? FromVariable(Func<string, string?> environment) =>
        environment(EnvironmentVariables.IntegrityKey) is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : null;

    private static byte[]? FromFile(string? path, bool isNeeded)
    {
        if (string.IsNullOrEmpty(path) || (!isNeeded && !File.Exists(path))) return null;
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

    /// <summary>The reason why the key can be guessed, as the end of "The integrity key ..."; null where it cannot.</summary>
    public string? Weakness => KeyStrength.FindWeakness(_bytes);

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

    /// <summary>True where the key itself stands in a text. A short key may stand in any text by chance.</summary>
    internal bool OccursIn(ReadOnlySpan<byte> text) => _bytes.Length >= KeyStrength.LeastBytes && text.IndexOf(_bytes) >= 0;

    /// <summary>The text never shows the key.</summary>
    public override string ToString() => $"key {Id}";
}
