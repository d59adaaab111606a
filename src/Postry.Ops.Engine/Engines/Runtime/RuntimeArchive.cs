using System.Diagnostics;
using System.Security.Cryptography;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// A stored runtime archive: the tar.gz of this module, whose signed manifest names every entry, or the zip of the old scripts, of which
/// only the whole is signed. All of the archive is read and checked before anything is extracted.
/// </summary>
/// <param name="manifest">The manifest of the archive.</param>
/// <param name="path">Full path of the archive.</param>
/// <param name="scratch">The folder to extract into.</param>
/// <param name="trusted">True if the manifest's signature has been verified.</param>
/// <param name="ignoresCase">True if the target's file system treats names that differ only by case as the same.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class RuntimeArchive(BackupManifest manifest, string path, ScratchFolder scratch, bool trusted, bool ignoresCase,
    IOperationObserver observer)
{
    /// <summary>The compression of the old scripts' archives.</summary>
    public const string Zip = "zip";

    /// <summary>Most bytes that an archive may unpack to whose manifest does not say how many they are.</summary>
    public const long MostUnlistedBytes = 1L << 30;

    private const int MostProblemsNamed = 10;

    /// <summary>The entries that were found, once they have been checked.</summary>
    public IReadOnlyList<RuntimeEntry> Entries { get; private set; } = [];

    private bool IsZip => manifest.Artefact.Compression == Zip;

    private string Unpacked => scratch.File("runtime.tar");

    /// <summary>Checks the stored bytes and every entry. A wrong archive is a failed check; nothing outside the scratch folder is
    /// written.</summary>
    public async Task<IReadOnlyList<Check>> CheckAsync(CancellationToken cancellation)
    {
        var bytes = IsZip
            ? await ArtefactChecks.ReadAsync(manifest.Artefact, path, done =>
                Report("Checking the stored bytes", done, manifest.Artefact.Bytes), cancellation)
            : await UnpackAsync(cancellation);
        if (bytes.Any(check => check.Status == CheckStatus.Failed)) return bytes;
        return [.. bytes, .. await CheckEntriesAsync(cancellation)];
    }

    /// <summary>Hands out the bytes of the files that are wanted, each checked once more as it is read.</summary>
    public async Task ExtractAsync(Func<RuntimeEntry, bool> wanted, Func<RuntimeEntry, Stream, Task> take, CancellationToken cancellation)
    {
        var known = Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        await using var stream = Files.OpenToRead(IsZip ? path : Unpacked);
        foreach (var item in Items(stream))
        {
            cancellation.ThrowIfCancellationRequested();
            if (item.Data is null || !known.TryGetValue(item.Entry.Path, out var entry) || !wanted(entry)) continue;
            using var limited = new LimitedStream(item.Data, entry.Bytes);
            using var hashing = new HashingStream(limited);
            await take(entry, hashing);
            await hashing.CopyToAsync(Stream.Null, cancellation);
            if (hashing.Sha256() != entry.Sha256)
                throw new BackupCorruptException(path, $"{path} changed while it was being read ({entry.Path}).",
                    "Restore again from a copy that nothing writes to.");
        }
    }

    private IEnumerable<ArchiveItem> Items(Stream stream) => IsZip ? ArchiveItems.OfZip(stream) : ArchiveItems.OfTar(stream);

    private async Task<IReadOnlyList<Check>> UnpackAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await using var file = Files.OpenToRead(path);
        using var artefact = new HashingStream(file);
        string? problem = null;
        try
        {
            await using var tar = Files.CreatePrivate(Unpacked, FileMode.Create);
            await ParallelGzip.DecompressAsync(artefact, tar, manifest.Source.Bytes, done =>
                Report("Unpacking the runtime files", done, manifest.Source.Bytes), cancellation);
            if (tar.Length != manifest.Source.Bytes) problem = $"It unpacks to {tar.Length} bytes instead of {manifest.Source.Bytes}.";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
            await artefact.CopyToAsync(Stream.Null, cancellation);
        }

        return
        [
            .. ArtefactChecks.Compare(manifest.Artefact, artefact.Count, artefact.Sha256(), clock.Elapsed),
            new Check("Decompresses", problem is null ? CheckStatus.Passed : CheckStatus.Failed, Detail: problem, Duration: clock.Elapsed),
        ];
    }

    private async Task<IReadOnlyList<Check>> CheckEntriesAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var problems = new List<string>();
        try
        {
            await using var stream = Files.OpenToRead(IsZip ? path : Unpacked);
            Entries = await ReadAsync(stream, problems, cancellation);
        }
        catch (InvalidDataException e)
        {
            problems.Add(e.Message);
        }

        if (problems.Count > 0)
        {
            var named = string.Join("; ", problems.Take(MostProblemsNamed)) + (problems.Count > MostProblemsNamed ? "; ..." : "");
            return [new Check("Entries", CheckStatus.Failed, "plain files, folders and links below the repo root", named,
                "Nothing of it may be written.", clock.Elapsed)];
        }

        return [new Check("Entries", CheckStatus.Passed, "plain files, folders and links below the repo root", $"{Entries.Count} entries",
            Duration: clock.Elapsed), Compare(clock.Elapsed)];
    }

    private async Task<List<RuntimeEntry>> ReadAsync(Stream stream, List<string> problems, CancellationToken cancellation)
    {
        // A name that means something else on another platform can only have been archived on purpose by a host that signed it.
        var rules = new EntryRules(anyPlatform: OperatingSystem.IsWindows() || !trusted || IsZip, ignoresCase);
        var entries = new List<RuntimeEntry>();
        var left = IsZip ? MostUnlistedBytes : manifest.Source.Bytes;
        foreach (var item in Items(stream))
        {
            cancellation.ThrowIfCancellationRequested();
            var entry = item.Entry;
            if ((item.Problem ?? rules.FindObstacle(entry.Path, entry.Kind, entry.Target)) is { } problem)
            {
                problems.Add($"{Printable(entry.Path)} {problem}");
                if (problems.Count > MostProblemsNamed) break;
                continue;
            }

            if (item.Data is not { } data)
            {
                entries.Add(entry);
                continue;
            }

            using var limited = new LimitedStream(data, left);
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(limited, cancellation));
            left -= limited.Count;
            entries.Add(entry with { Bytes = limited.Count, Sha256 = sha256 });
        }

        return entries;
    }

    private Check Compare(TimeSpan duration)
    {
        const string name = "Runtime files";
        if (IsZip) return LegacyProofs.Files(Entries.Count, duration);
        var expected = manifest.Runtime!.Entries;
        var differences = Differences(expected).Take(MostProblemsNamed).ToList();
        // Every entry of a tar file has permissions: those that its writer did not know are made up.
        var unknown = expected.Where(entry => entry.Mode is null).Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        Entries = [.. Entries.Select(entry => unknown.Contains(entry.Path) ? entry with { Mode = null } : entry)];
        return new Check(name, differences.Count == 0 ? CheckStatus.Passed : CheckStatus.Failed, $"{expected.Count} entries",
            $"{Entries.Count} entries",
            differences.Count == 0 ? null : string.Join("; ", differences), duration);
    }

    private IEnumerable<string> Differences(IReadOnlyList<RuntimeEntry> expected)
    {
        var found = Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        foreach (var entry in expected)
        {
            if (!found.Remove(entry.Path, out var there)) yield return $"{entry.Path} is missing";
            else if ((there.Kind, there.Bytes, there.Sha256, there.Target) != (entry.Kind, entry.Bytes, entry.Sha256, entry.Target)
                || (entry.Mode is { } mode && mode != there.Mode)) yield return $"{entry.Path} is not what the manifest says";
        }

        foreach (var extra in found.Keys) yield return $"{extra} is not in the manifest";
    }

    private static string Printable(string text) =>
        new([.. text.Take(200).Select(character => char.IsControl(character) ? '?' : character)]);

    private void Report(string step, long done, long total) => observer.Progress(new OperationProgress("Runtime", step, done, total));
}
