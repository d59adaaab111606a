using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>A file that tells pg_restore which entries of an archive it is to restore (its option -L). The file is gone when this is
/// disposed, and one that a killed process left goes with the next that is written.</summary>
internal sealed class EntryListFile : IDisposable
{
    private readonly ScratchFolder _folder;

    private EntryListFile(ScratchFolder folder) => _folder = folder;

    /// <summary>Full path of the file.</summary>
    public string Path => _folder.File("entries.list");

    /// <summary>Writes the file below the system's temporary folder. Errors: NotEnoughSpace where that folder cannot take it.</summary>
    /// <param name="entries">The numbers of the entries in the archive; none for an empty list.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<EntryListFile> WriteAsync(IEnumerable<int> entries, CancellationToken cancellation)
    {
        ScratchFolder? folder = null;
        try
        {
            folder = ScratchFolder.CreateTemporary();
            var file = new EntryListFile(folder);
            await File.WriteAllLinesAsync(file.Path, entries.Select(id => string.Create(CultureInfo.InvariantCulture, $"{id};")),
                cancellation);
            return file;
        }
        catch (Exception e)
        {
            folder?.Dispose();
            if (e is not (IOException or UnauthorizedAccessException or OpsException)) throw;
            var temporary = System.IO.Path.GetTempPath();
            throw new NotEnoughSpaceException(temporary, $"The temporary folder {temporary} cannot take a small file: {e.Message}",
                $"Set {EnvironmentVariables.TemporaryFolder} to a folder that is there, that this user can write, and that has room.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
