using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>A file that tells pg_restore which entries of an archive it is to restore (its option -L). The file is gone when this is
/// disposed.</summary>
internal sealed class EntryListFile : IDisposable
{
    private EntryListFile(string path) => Path = path;

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Writes the file into the system's temporary folder. Errors: NotEnoughSpace where that folder cannot take it.</summary>
    /// <param name="entries">The numbers of the entries in the archive; none for an empty list.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<EntryListFile> WriteAsync(IEnumerable<int> entries, CancellationToken cancellation)
    {
        var folder = System.IO.Path.GetTempPath();
        var file = new EntryListFile(System.IO.Path.Combine(folder, $"postry-{Guid.NewGuid():N}.list"));
        try
        {
            await File.WriteAllLinesAsync(file.Path, entries.Select(id => string.Create(CultureInfo.InvariantCulture, $"{id};")),
                cancellation);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new NotEnoughSpaceException(folder, $"The temporary folder {folder} cannot take a small file: {e.Message}",
                "Set TMPDIR to a folder that is there, that this user can write, and that has room.", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Files.TryDelete(Path);
}
