using System.Security.Cryptography;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>The bytes of one part: written to a place, and read back from there.</summary>
/// <param name="part">The part.</param>
/// <param name="progress">Hears of the bytes that were written or read since the last call.</param>
internal sealed class PartCopy(SetPart part, Action<long> progress)
{
    private const int BufferBytes = 1 << 20;

    // The bytes go to the disk in pieces, so that no share stands still for minutes when the file is closed.
    private const long BytesBetweenSyncs = 64 << 20;

    /// <summary>Writes the part, durably, and checks what is read of the source on the way. Errors: SourceNotFound where the source is
    /// removed meanwhile, BackupCorrupt, IOException.</summary>
    /// <param name="path">Full path of the new file or folder.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task WriteAsync(string path, CancellationToken cancellation)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        if (part.IsFolder) Files.CreatePrivateFolder(path);
        foreach (var file in part.Files)
        {
            var target = PathOf(path, file);
            if (part.IsFolder)
            {
                var folder = Path.GetDirectoryName(target)!;
                Files.CreatePrivateFolder(folder);
                while (folders.Add(folder) && folder != path) folder = Path.GetDirectoryName(folder)!;
            }

            await WriteAsync(file, target, cancellation);
        }

        foreach (var folder in folders.OrderByDescending(folder => folder.Length)) Files.SyncFolder(folder);
    }

    /// <summary>Reads back what was written. Errors: BackupCorrupt where it is not the same.</summary>
    public async Task ReadBackAsync(string path, CancellationToken cancellation)
    {
        foreach (var file in part.Files)
        {
            await using var stream = Files.OpenToRead(PathOf(path, file));
            var (bytes, sha256) = await HashAsync(stream, cancellation);
            if (bytes != file.Bytes || sha256 != file.Sha256)
                throw new BackupCorruptException(stream.Name,
                    $"What was read back from {stream.Name} is not what was written there: the disk or the connection changed it. " +
                    "Nothing of it was kept.", "Check that disk, its cables and its memory before you rely on it.");
        }
    }

    /// <summary>Reads a part that a store holds. Errors: BackupCorrupt where its bytes are not those that were signed.</summary>
    public async Task CheckAsync(IBackupStore store, CancellationToken cancellation)
    {
        foreach (var file in part.Files)
        {
            long bytes;
            string sha256;
            try
            {
                await using var stream = store.Open(part.KeyOf(file));
                (bytes, sha256) = await HashAsync(stream, cancellation);
            }
            catch (FileNotFoundException)
            {
                throw DamagedThere(store, $"{file.Name} is missing");
            }

            if (bytes != file.Bytes || sha256 != file.Sha256)
                throw DamagedThere(store,
                    $"the bytes of {(file.Name.Length == 0 ? "the file" : file.Name)} are not those that were signed");
        }
    }

    /// <summary>The error for a copy that is there and is no good one.</summary>
    public BackupCorruptException DamagedThere(IBackupStore store, string why) => new(store.NameOf(part.Key),
        $"The copy that is there is damaged: {store.NameOf(part.Key)}: {why}. It was not touched.",
        $"Remove it there ({CommandName.RemoveBackup} {OptionName.BackupFile} {store.NameOf(part.Key)} {OptionName.BackupRoot} " +
            $"{store.Name}), then copy again.");

    private async Task WriteAsync(FolderFile file, string target, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var input = Open(file);
        await using var output = Files.CreatePrivate(target);
        var buffer = new byte[BufferBytes];
        long written = 0, unsynced = 0;
        while (await ReadAsync(input, buffer, cancellation) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            await output.WriteAsync(buffer.AsMemory(0, count), cancellation);
            written += count;
            unsynced += count;
            if (unsynced >= BytesBetweenSyncs)
            {
                output.Flush(flushToDisk: true);
                unsynced = 0;
            }

            progress(count);
        }

        output.Flush(flushToDisk: true);
        // The bytes that are read back must come from the place itself, and not from this machine's memory of what it sent there.
        if (OperatingSystem.IsLinux()) UnixCalls.ForgetCached(output.SafeFileHandle);
        if (written != file.Bytes || Convert.ToHexStringLower(hash.GetCurrentHash()) != file.Sha256)
            throw new BackupCorruptException(part.Store.NameOf(part.Key),
                $"{part.Store.NameOf(part.KeyOf(file))} is damaged: its bytes are not those that were signed. It was not copied.",
                $"Use another backup, or bring back this file from a copy. {CommandName.TestBackup} shows every check.");
    }

    private async Task<(long Bytes, string Sha256)> HashAsync(Stream stream, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        long bytes = 0;
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            bytes += count;
            progress(count);
        }

        return (bytes, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    private Stream Open(FolderFile file)
    {
        try
        {
            return part.Store.Open(part.KeyOf(file));
        }
        catch (FileNotFoundException e)
        {
            throw new SourceNotFoundException(part.Store.NameOf(part.Key),
                $"{part.Store.NameOf(part.KeyOf(file))} is gone: the backup was removed while it was being copied.",
                $"{CommandName.ListBackups} lists what is there.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e);
        }
    }

    private async Task<int> ReadAsync(Stream input, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await input.ReadAsync(buffer, cancellation);
        }
        catch (IOException e)
        {
            throw Unreadable(e);
        }
    }

    private AccessDeniedException Unreadable(Exception e) => new(part.Store.NameOf(part.Key),
        $"{part.Store.NameOf(part.Key)} cannot be read: {e.Message}", "Run as the user who made the backup, and check the disk.", e);

    // A manifest that nobody has verified must not lead out of the folder.
    private string PathOf(string path, FolderFile file)
    {
        if (file.Name.Length == 0) return path;
        var full = Path.GetFullPath(Path.Combine(path, file.Name.Replace('/', Path.DirectorySeparatorChar)));
        return full.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full
            : throw new BackupCorruptException(part.Store.NameOf(part.Key), $"A file of the backup has a name that leads out of it: " +
                $"{file.Name}", "Do not use this backup.");
    }
}
