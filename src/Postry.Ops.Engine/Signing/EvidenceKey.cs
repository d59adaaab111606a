using System.Security.Cryptography;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Signing;

/// <summary>The private key of the second signature of evidence: ECDSA on the curve P-256.</summary>
internal sealed class EvidenceKey
{
    private readonly byte[] _private;

    private EvidenceKey(ECDsa key)
    {
        _private = key.ExportPkcs8PrivateKey();
        Public = new EvidencePublicKey(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The half that checks signatures.</summary>
    public EvidencePublicKey Public { get; }

    /// <summary>The key that POSTRY_EVIDENCE_KEY_FILE names; null where it is not set. Errors: InvalidRequest, AccessDenied.</summary>
    public static EvidenceKey? FromEnvironment(Func<string, string?> variable)
    {
        if (variable(EnvironmentVariables.EvidenceKeyFile) is not { Length: > 0 } path) return null;
        using var key = EvidencePem.Read(path, $"The evidence key that {EnvironmentVariables.EvidenceKeyFile} names", isPrivate: true);
        return new EvidenceKey(key);
    }

    /// <summary>The signature of a file: SHA-256 over its bytes, as the DER sequence that "openssl dgst -verify" reads.</summary>
    public byte[] Sign(ReadOnlySpan<byte> file)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_private, out _);
        return key.SignData(file, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>The text never shows the key.</summary>
    public override string ToString() => $"evidence key {Public.Id}";
}

/// <summary>The public half of an evidence key.</summary>
/// <param name="info">The key as a DER SubjectPublicKeyInfo.</param>
internal sealed class EvidencePublicKey(byte[] info)
{
    /// <summary>The first 16 hexadecimal digits of the SHA-256 of the key's DER form.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(info).AsSpan(0, 8));

    /// <summary>The key in a PEM file. Errors: InvalidRequest, AccessDenied.</summary>
    public static EvidencePublicKey Read(string path)
    {
        using var key = EvidencePem.Read(path, "The public key", isPrivate: false);
        return new EvidencePublicKey(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>True where the signature is that of the file's bytes.</summary>
    public bool Verifies(ReadOnlySpan<byte> file, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(info, out _);
        try
        {
            return key.VerifyData(file, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // Some platforms raise an error for what is no signature at all.
            return false;
        }
    }
}
