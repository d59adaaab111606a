using System.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>An artefact on disk, whether it is a file or a folder of files.</summary>
internal static class StoredArtefact
{
    /// <summary>True where it is there.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>The size in bytes; for a folder, that of all files in it. Null if the artefact does not exist.</summary>
    public static long? Size(string path)
    {
        if (new FileInfo(path) is { Exists: true } file) return file.Length;
        return Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) : null;
    }

    /// <summary>Gives a finished, durable artefact its final name.</summary>
    public static void Publish(string partial, string final)
    {
        if (Directory.Exists(partial))
        {
            HeldFile.Retry(() => Directory.Move(partial, final));
            Files.SyncFolder(Path.GetDirectoryName(final)!);
            Files.OnAppeared?.Invoke(final, partial);
        }
        else
        {
            Files.Publish(partial, final);
        }
    }

    /// <summary>Removes it if it is there; a failure is left for the next sweep.</summary>
    public static void TryDelete(string path)
    {
        if (!Directory.Exists(path))
        {
            Files.TryDelete(path);
            return;
        }

        try
        {
            Files.DeleteFolder(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Debug.WriteLine(e.Message);
        }
    }
}
