using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Signing;

/// <summary>Two files with a new evidence key: the private one, which only its owner can read, and the public one.</summary>
internal static class NewEvidenceKey
{
    private const string PrivateName = "evidence-key.pem";
    private const string PublicName = "evidence-key.pub.pem";

    /// <summary>The paths of the files in a folder. Errors: those of <see cref="NewKeyFile.Require"/>.</summary>
    public static (string Private, string Public) Plan(string folder, string backupRoot)
    {
        var files = (Private: Path.Combine(folder, PrivateName), Public: Path.Combine(folder, PublicName));
        NewKeyFile.Require(files.Private, backupRoot);
        NewKeyFile.Require(files.Public, backupRoot);
        return files;
    }

    /// <summary>Makes the key and writes both files durably. Returns the public key. Errors: those of <see cref="Plan"/>,
    /// AccessDenied.</summary>
    public static EvidencePublicKey Write(string folder, string backupRoot)
    {
        var files = Plan(folder, backupRoot);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The private key comes last: without it nothing is signed that the public one could not check.
        WriteFile(files.Public, key.ExportSubjectPublicKeyInfoPem());
        try
        {
            WriteFile(files.Private, key.ExportPkcs8PrivateKeyPem());
        }
        catch
        {
            Files.TryDelete(files.Public);
            throw;
        }

        Files.SyncFolder(folder);
        return EvidencePublicKey.Read(files.Public);
    }

    private static void WriteFile(string path, string pem)
    {
        try
        {
            Files.WriteDurably(path, Encoding.ASCII.GetBytes(pem + "\n"));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(path, $"The key file {path} cannot be written: {e.Message}",
                "Run as a user who may write there, or name another folder.", e);
        }
        catch (IOException e) when (Files.IsDiskFull(e))
        {
            Files.TryDelete(path);
            throw;
        }
    }
}
