using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Storage;

/// <summary>A folder of this machine, or of a share that its locks work on, that only its owner can read.</summary>
/// <param name="root">Full path of the folder, which need not be there yet.</param>
internal sealed class LocalBackupStore(string root) : IBackupStore
{
    /// <summary>Name of the file in the folder that the one writer holds locked.</summary>
    public const string LockName = ".lock";

    /// <summary>How long to wait for another writer.</summary>
    public TimeSpan WaitForOtherWriter { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => root;

    /// <inheritdoc/>
    public long? FreeBytes => Files.FreeSpace(root);

    private string LockFile => Path.Combine(root, LockName);

    /// <summary>The command that removes the locks of a backup root.</summary>
    /// <param name="root">Full path of the backup root.</param>
    public static string ReleaseCommand(string root) =>
        $"{CommandName.UnlockBackupRoot} {OptionName.BackupRoot} {(root.Any(char.IsWhiteSpace) ? $"'{root}'" : root)}";

    /// <summary>The store that would hold a file of any folder, and the file's key in it: the folder is taken for one of a backup
    /// root.</summary>
    /// <param name="path">Full path of the file.</param>
    public static (IBackupStore Store, string Key) Containing(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        return Path.GetDirectoryName(folder) is { } root
            ? (new LocalBackupStore(root), $"{Path.GetFileName(folder)}/{Path.GetFileName(path)}")
            : (new LocalBackupStore(folder), Path.GetFileName(path));
    }

    /// <inheritdoc/>
    public string NameOf(string key) => Path.Combine(root, BackupKeys.Require(key).Replace('/', Path.DirectorySeparatorChar));

    /// <inheritdoc/>
    public string? KeyOf(string name) =>
        Path.GetDirectoryName(name) is { } folder
            && (LocalDraft.Folders.FirstOrDefault(known => folder == NameOf(known)) ?? FolderBehind(folder)) is { } own
            ? $"{own}/{Path.GetFileName(name)}" : null;

    // A set may have been reached through a link.
    private string? FolderBehind(string folder) =>
        LocalDraft.Folders.FirstOrDefault(known => Files.RealPath(folder) == Files.RealPath(NameOf(known)));

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder)
    {
        var path = NameOf(folder);
        try
        {
            var hidden = folder == BackupKeys.RuntimeFolder ? UnpublishedIds() : [];
            if (Directory.Exists(path))
                return [.. Directory.EnumerateFiles(path).Where(file => !file.EndsWith(Files.PartialSuffix, StringComparison.Ordinal)
                    && (hidden.Count == 0 || !hidden.Contains(BackupKeys.IdOf(file))))
                    .Select(file => $"{folder}/{Path.GetFileName(file)}")];
            _ = FileFacts.Of(path);
            return [];
        }
        catch (IOException) when (!Directory.Exists(path))
        {
            return [];
        }
    }

    /// <summary>The ids of sets whose manifest waits to be published, or was hidden to remove them: the archive of their runtime files is
    /// no set of its own.</summary>
    private HashSet<string> UnpublishedIds()
    {
        var databases = NameOf(BackupKeys.DatabaseFolder);
        if (!Directory.Exists(databases)) return [];
        return [.. Directory.EnumerateFiles(databases, "*" + BackupKeys.ManifestSuffix + Files.PartialSuffix)
            .Where(partial => !File.Exists(partial[..^Files.PartialSuffix.Length])).Select(partial => BackupKeys.IdOf(partial))
            .Where(id => id.Length > 0)];
    }

    /// <inheritdoc/>
    public bool Exists(string key)
    {
        if (File.Exists(NameOf(key))) return true;
        try
        {
            _ = FileFacts.Of(NameOf(key));
            return false;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public long? Size(string key) => StoredArtefact.Size(NameOf(key));

    /// <inheritdoc/>
    public Stream Open(string key)
    {
        var path = NameOf(key);
        try
        {
            return HeldFile.Retry(
                () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0));
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException(e.Message, path, e);
        }
    }

    /// <inheritdoc/>
    public void Put(string key, ReadOnlySpan<byte> bytes, bool replace)
    {
        var path = NameOf(key);
        Files.CreatePrivateFolder(Path.GetDirectoryName(path)!);
        Files.WriteAtomically(path, bytes, replace);
    }

    /// <inheritdoc/>
    public void Delete(string key)
    {
        var path = NameOf(key);
        if (!File.Exists(path)) return;
        Files.Delete(path);
        Files.SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <inheritdoc/>
    public void SweepUnfinished(string folder, Func<string, bool> isOwn)
    {
        if (!Directory.Exists(NameOf(folder))) return;
        foreach (var partial in Directory.EnumerateFiles(NameOf(folder), "*" + Files.PartialSuffix))
        {
            // <name>.<guid>.partial
            var name = Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(partial));
            if (isOwn($"{folder}/{name}")) Files.TryDelete(partial);
        }
    }

    /// <inheritdoc/>
    public Task<LocalCopy> OpenLocallyAsync(string key, CancellationToken cancellation) => StoredArtefact.Exists(NameOf(key))
        ? Task.FromResult(new LocalCopy(NameOf(key), remove: null))
        : throw new FileNotFoundException($"{NameOf(key)} is not there.", NameOf(key));

    /// <inheritdoc/>
    public IDisposable? TryLease(string manifestKey) => new LocalLeases(root).TryTake(manifestKey);

    /// <inheritdoc/>
    public string? ReaderOf(string manifestKey) => new LocalLeases(root).HolderOf(manifestKey);

    /// <inheritdoc/>
    public void SweepLeases()
    {
        try
        {
            new LocalLeases(root).Sweep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next writer removes them.
        }
    }

    /// <inheritdoc/>
    public async Task<IStoreWriter> OpenForWritingAsync(CancellationToken cancellation)
    {
        try
        {
            Files.CreatePrivateFolder(root);
            foreach (var folder in LocalDraft.Folders) Files.CreatePrivateFolder(NameOf(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Files.IsDiskFull(e))
                throw new NotEnoughSpaceException(root, $"The disk is full: {root} cannot be made.",
                    $"Free space there, or name another {OptionName.BackupRoot}.", e);
            throw new AccessDeniedException(root, $"The backup root {root} cannot be written: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }

        var held = await FileLock.AcquireAsync(LockFile, root, WaitForOtherWriter, cancellation, ReleaseCommand(root));
        var writer = new LocalStoreWriter(this, held);
        writer.Sweep();
        ScratchFolder.Sweep(root);
        new LocalLeases(root).Sweep();
        return writer;
    }

    /// <inheritdoc/>
    public void TrySweep()
    {
        if (!File.Exists(LockFile)) return;
        try
        {
            if (FileLock.TryAcquire(LockFile, root) is not { } held) return;
            using var writer = new LocalStoreWriter(this, held);
            writer.Sweep();
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException)
        {
            // The next backup says what is wrong with it.
        }
    }

    /// <inheritdoc/>
    public string? Unlock()
    {
        if (!File.Exists(LockFile)) return null;
        var owner = FileLock.ReadOwner(LockFile)?.ToString() ?? "an unknown process";
        if (FileLock.IsHeld(LockFile))
            throw new DatabaseBusyException(root, $"A running process on this host holds the lock: {owner}.",
                "Wait until that process has finished, or end it.");
        // On Windows the file stays, empty, for the next writer.
        var isLeft = OperatingSystem.IsWindows() && new FileInfo(LockFile).Length == 0;
        Files.Delete(LockFile);
        return isLeft ? null : owner;
    }
}
