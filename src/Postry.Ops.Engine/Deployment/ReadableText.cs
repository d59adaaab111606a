using System.Text;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Deployment;

/// <summary>Small files of other programs, which may be anything: too large, a pipe, or gone.</summary>
internal static class ReadableText
{
    /// <summary>The text of a regular file, links followed; null where there is none, or where it is larger than it may be.</summary>
    public static string? Of(string path, long mostBytes) => Bytes(path, mostBytes) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The bytes of such a file, or null.</summary>
    public static byte[]? Bytes(string path, long mostBytes)
    {
        var real = Files.RealPath(path);
        // A pipe would keep whoever opens it waiting.
        return FileFacts.Of(real) is { Kind: FileKind.File } facts && facts.Bytes <= mostBytes ? Files.ReadAllBytes(real) : null;
    }
}
