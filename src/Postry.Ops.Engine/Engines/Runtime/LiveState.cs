using System.Security.Cryptography;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// Describes the state of a path as one text, which is the same if the state is the same: kind, permissions, and the bytes' SHA-256 or the
/// target of a link.
/// </summary>
internal static class LiveState
{
    /// <summary>The state of a path; null where nothing is there.</summary>
    public static string? Of(string path)
    {
        var facts = FileFacts.Of(path);
        return facts.Kind switch
        {
            FileKind.Missing => null,
            FileKind.File => OfFile(Sha256(path), facts.ModeText),
            FileKind.Link => OfLink(Files.LinkTarget(path)),
            FileKind.Folder => OfFolder(facts.ModeText),
            _ => "special",
        };
    }

    /// <summary>The state that an entry of an archive brings.</summary>
    public static string Of(RuntimeEntry entry, string? mode) => entry.Kind switch
    {
        RuntimeEntryKind.File => OfFile(entry.Sha256, mode),
        RuntimeEntryKind.Link => OfLink(entry.Target),
        _ => OfFolder(mode),
    };

    /// <summary>The state of a file.</summary>
    public static string OfFile(string? sha256, string? mode) => $"file {mode} {sha256}";

    private static string OfLink(string? target) => $"link {target}";

    private static string OfFolder(string? mode) => $"folder {mode}";

    private static string Sha256(string path)
    {
        using var file = Files.OpenToRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
