using System.Security.Cryptography;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Signing;

/// <summary>Reads evidence keys from PEM files.</summary>
internal static class EvidencePem
{
    private const int LargestBytes = 1 << 16;
    private const string Curve = "1.2.840.10045.3.1.7";

    /// <summary>The key in a file. Errors: InvalidRequest where the file is missing or holds no such key, AccessDenied.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="what">The file's part in the operation, as the start of a sentence.</param>
    /// <param name="isPrivate">True where the private key is needed.</param>
    public static ECDsa Read(string path, string what, bool isPrivate)
    {
        var pem = ReadText(path, what);
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal)) throw Invalid(path, $"{what} is encrypted: {path}", null);
        if (isPrivate && !pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Invalid(path, $"{what} is no private key in PEM form: {path}", null);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (IsP256(key)) return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw Invalid(path, $"{what} is no key for ECDSA in PEM form: {path}", e);
        }

        key.Dispose();
        throw Invalid(path, $"{what} is not on the curve P-256: {path}", null);
    }

    private static bool IsP256(ECDsa key) =>
        key.KeySize == 256 && key.ExportParameters(false).Curve is { IsNamed: true, Oid: var curve }
        && (curve.Value == Curve || curve.FriendlyName is "nistP256" or "ECDSA_P256");

    private static string ReadText(string path, string what)
    {
        try
        {
            using var stream = Files.OpenToRead(path);
            using var reader = new StreamReader(stream);
            return stream.Length <= LargestBytes ? reader.ReadToEnd() : throw Invalid(path, $"{what} is too large for a key: {path}", null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Invalid(path, $"{what} is not there: {path}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(path, $"{what} cannot be read: {path}",
                "Make the file readable for this user.", e);
        }
    }

    private static InvalidRequestException Invalid(string path, string problem, Exception? e) => new(path, problem,
        $"Name a file that {CommandName.NewEvidenceKey} has made, or another unencrypted PEM file with a key on the curve P-256.", e);
}
