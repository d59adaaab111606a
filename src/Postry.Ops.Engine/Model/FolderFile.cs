using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Engine.Model;

/// <summary>A file of an artefact that is a folder.</summary>
/// <param name="Name">Path relative to the folder, with forward slashes.</param>
/// <param name="Bytes">The size in bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of its bytes.</param>
internal sealed record FolderFile(string Name, long Bytes, string Sha256)
{
    /// <summary>The SHA-256 of a folder: that of what `sha256sum` prints for its files in the order of their names (ordinal).</summary>
    public static string Sha256Of(IEnumerable<FolderFile> files) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Sha256}  {file.Name}\n")))));
}
