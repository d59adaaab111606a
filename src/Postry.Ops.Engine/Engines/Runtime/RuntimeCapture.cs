using System.Formats.Tar;
using System.Security.Cryptography;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>Writes the runtime files of a repo root into a standard tar.gz (PAX), each as it was at one moment.</summary>
/// <param name="root">Full path of the repo root, links resolved.</param>
/// <param name="settings">The folder for scratch files, and the keys that should not be in the archive.</param>
/// <param name="observer">Receives progress and warnings.</param>
internal sealed class RuntimeCapture(string root, OpsSettings settings, IOperationObserver observer)
{
    private const int MostTries = 3;
    private const int Nobody = 65534;
    private const int BufferBytes = 1 << 20;
    private const UnixFileMode UnknownMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode UnknownFolderMode = UnknownMode | UnixFileMode.UserExecute;

    private readonly EntryRules _rules = new(anyPlatform: OperatingSystem.IsWindows(), ignoresCase: false);

    /// <summary>Called with each file that has just been read for the first time; tests change it there.</summary>
    internal static Action<string>? OnRead { get; set; }

    /// <summary>Writes the archive; null, and no file, where no file matches. Errors: RuntimeFileRefused, SourceNotFound, InvalidRequest,
    /// AccessDenied.</summary>
    public async Task<CaptureResult?> RunAsync(RuntimeSelection selection, string? set, string artefactPath, CancellationToken cancellation)
    {
        var at = DateTime.UtcNow;
        var (found, missing) = new RuntimeFinder(root, settings.BackupRoot).Find(selection);
        if (found.Count == 0) return null;

        using var scratch = ScratchFolder.Create(settings.BackupRoot);
        var tar = scratch.File("runtime.tar");
        var entries = await WriteTarAsync(found, tar, scratch, cancellation);
        await using var source = Files.OpenToRead(tar);
        await using var file = Files.CreatePrivate(artefactPath);
        using var artefact = new HashingStream(file);
        await ParallelGzip.CompressAsync(source, artefact, done => Report("Compressing", done, source.Length), cancellation);
        file.Flush(flushToDisk: true);
        return new CaptureResult
        {
            SnapshotAt = at,
            SourceBytes = source.Length,
            ArtefactBytes = artefact.Count,
            ArtefactSha256 = artefact.Sha256(),
            Compression = "gzip",
            Contents = new DatabaseContents(FingerprintKind.Content, "sha256", [], []),
            Runtime = new RuntimeDescription([.. selection.Required, .. selection.Include], selection.Exclude, entries, missing, set),
        };
    }

    private async Task<IReadOnlyList<RuntimeEntry>> WriteTarAsync(IReadOnlyDictionary<string, FileFacts> found, string tar,
        ScratchFolder scratch, CancellationToken cancellation)
    {
        var entries = new List<RuntimeEntry>();
        await using var stream = Files.CreatePrivate(tar);
        await using var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (path, facts) in found)
        {
            cancellation.ThrowIfCancellationRequested();
            Report("Archiving runtime files", entries.Count, found.Count);
            entries.Add(facts.Kind switch
            {
                FileKind.Folder => await WriteAsync(writer,
                    new RuntimeEntry(path, RuntimeEntryKind.Folder, 0, facts.ModeText, facts.ModifiedAt, UserId: facts.UserId,
                    GroupId: facts.GroupId), null, cancellation),
                FileKind.Link => await WriteAsync(writer,
                    new RuntimeEntry(path, RuntimeEntryKind.Link, 0, facts.ModeText, facts.ModifiedAt,
                    Target: Files.LinkTarget(Full(path)), UserId: facts.UserId, GroupId: facts.GroupId), null, cancellation),
                _ => await WriteFileAsync(writer, path, scratch, cancellation),
            });
        }

        return entries;
    }

    private async Task<RuntimeEntry> WriteFileAsync(TarWriter writer, string path, ScratchFolder scratch, CancellationToken cancellation)
    {
        var copy = scratch.File("file");
        var entry = await CopyAsync(path, copy, cancellation);
        WarnOfKey(path, copy);
        await using (var bytes = Files.OpenToRead(copy)) await WriteAsync(writer, entry, bytes, cancellation);
        Files.Delete(copy);
        return entry;
    }

    /// <summary>Copies a file as it was at one moment: read twice with nothing changed in between, or read again.</summary>
    private async Task<RuntimeEntry> CopyAsync(string path, string copy, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var before = FileFacts.Of(Full(path));
                if (before.Kind != FileKind.File) throw new FileNotFoundException(path);
                var sha256 = await ReadAsync(path, copy, cancellation);
                OnRead?.Invoke(Full(path));
                var again = await ReadAsync(path, null, cancellation);
                var after = FileFacts.Of(Full(path));
                if (sha256 == again && before.Stamp == after.Stamp)
                    return new RuntimeEntry(path, RuntimeEntryKind.File, new FileInfo(copy).Length, before.ModeText, before.ModifiedAt,
                        sha256, null, before.UserId, before.GroupId);
            }
            catch (FileNotFoundException) when (attempt < MostTries)
            {
                // The file disappeared while it was being read: a file that is being replaced is back at once.
                await Task.Delay(20, cancellation);
            }
            catch (FileNotFoundException)
            {
                throw new RuntimeFileRefusedException(Full(path), $"{path} was removed while it was being read.",
                    "Back up again, or exclude it.");
            }
            catch (UnauthorizedAccessException e)
            {
                throw new AccessDeniedException(Full(path), $"{Full(path)} cannot be read: {e.Message}",
                    $"Run as a user who may read it, or exclude it ({OptionName.ExcludeRuntimePath}, or runtime.exclude in " +
                        "postry.json).", e);
            }

            if (attempt >= MostTries)
            {
                throw new RuntimeFileRefusedException(Full(path),
                    $"{path} changed every time it was read, {MostTries} times over.",
                    $"Back up when nothing writes to it, or exclude it ({OptionName.ExcludeRuntimePath}, or runtime.exclude in " +
                        "postry.json).");
            }
        }
    }

    private async Task<string> ReadAsync(string path, string? copy, CancellationToken cancellation)
    {
        await using var file = HeldFile.Retry(() => new FileStream(Full(path), FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete, BufferBytes, FileOptions.Asynchronous));
        if (copy is null) return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        await using var to = Files.CreatePrivate(copy, FileMode.Create);
        using var hashing = new HashingStream(to);
        await file.CopyToAsync(hashing, BufferBytes, cancellation);
        return hashing.Sha256();
    }

    private async Task<RuntimeEntry> WriteAsync(TarWriter writer, RuntimeEntry entry, Stream? bytes, CancellationToken cancellation)
    {
        // An entry that no restore would accept is no backup.
        if (_rules.FindObstacle(entry.Path, entry.Kind, entry.Target) is { } problem)
            throw new RuntimeFileRefusedException(Full(entry.Path), $"{entry.Path} cannot be archived: it {problem}.",
                $"Rename it, or exclude it ({OptionName.ExcludeRuntimePath}, or runtime.exclude in postry.json).");
        var type = entry.Kind switch { RuntimeEntryKind.Folder => TarEntryType.Directory, RuntimeEntryKind.Link =>
            TarEntryType.SymbolicLink, _ => TarEntryType.RegularFile };
        var item = new PaxTarEntry(type, entry.Kind == RuntimeEntryKind.Folder ? entry.Path + "/" : entry.Path)
        {
            ModificationTime = entry.ModifiedAt < DateTime.UnixEpoch ? DateTime.UnixEpoch : entry.ModifiedAt,
            Mode = entry.Mode is { } mode ? (UnixFileMode)Convert.ToInt32(mode, 8) : entry.Kind == RuntimeEntryKind.Folder
                ? UnknownFolderMode : UnknownMode,
            Uid = Number(entry.UserId),
            Gid = Number(entry.GroupId),
        };
        if (entry.Target is { } target) item.LinkName = target;
        if (bytes is not null) item.DataStream = bytes;
        await writer.WriteEntryAsync(item, cancellation);
        return entry;
    }

    // .NET's archives know no larger numbers; those that a container gives to unknown users are.
    private static int Number(uint? owner) => owner is > int.MaxValue ? Nobody : (int)(owner ?? 0);

    private void WarnOfKey(string path, string copy)
    {
        const long largest = 64 << 20;
        if (new FileInfo(copy).Length > largest) return;
        var bytes = Files.ReadAllBytes(copy);
        if (settings.Keys.All.Any(key => key.OccursIn(bytes)))
            observer.Warning(
                $"KeyInsideBackup: {path} holds the integrity key, so anybody who has the archive can sign false backups with it. Keep " +
                $"the key elsewhere ({EnvironmentVariables.IntegrityKeyFile}).");
    }

    private string Full(string path) => Path.Combine(root, path);

    private void Report(string step, long done, long total) => observer.Progress(new OperationProgress("Runtime", step, done, total));
}
