using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Reads every file of a directory archive once: its SHA-256, and the rows or the large object in it.</summary>
/// <param name="folder">The archive.</param>
/// <param name="tables">The tables that it should hold, with the names of their data files.</param>
/// <param name="kind">The amount to measure of the rows.</param>
/// <param name="jobs">The number of files to read at the same time.</param>
/// <param name="restore">Runs pg_restore, for compressions that only it can read.</param>
/// <param name="progress">Called from many threads with the bytes read since the last call.</param>
internal sealed partial class ArchiveContents(
    string folder, IReadOnlyList<PostgresTable> tables, FingerprintKind kind, int jobs, RunRestore restore, Action<long> progress)
{
    private const int BufferSize = 256 << 10;

    private readonly Dictionary<string, PostgresTable> _tableOf = tables.Where(t => t.DataFile is not null)
        .ToDictionary(t => t.DataFile!, StringComparer.Ordinal);
    private readonly ConcurrentBag<FolderFile> _files = [];
    private readonly ConcurrentDictionary<long, TableContent> _contents = [];
    private readonly ConcurrentDictionary<string, byte[]> _largeObjectLists = [];
    private readonly ConcurrentDictionary<long, LargeObjectSum> _largeObjects = [];
    private readonly ConcurrentBag<ArchiveDamage> _damage = [];
    private bool _largeObjectsThroughTool;

    /// <summary>True to read all rows and large objects through pg_restore, as where this program does not know the compression.</summary>
    public bool ThroughTool { get; init; }

    private bool ReadsRows => kind != FingerprintKind.None;

    private bool Hashes => kind is not (FingerprintKind.None or FingerprintKind.RowCount);

    /// <summary>Reads the archive, its largest files first.</summary>
    public async Task<ArchiveReading> ReadAsync(CancellationToken cancellation)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderByDescending(file => file.Length)
            .ToList();
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(jobs, 1), CancellationToken =
            cancellation },
            (file, token) => ReadAsync(file, token));

        if (_largeObjectsThroughTool) await ReadLargeObjectsThroughToolAsync(cancellation);
        foreach (var missing in _tableOf.Where(t => !_contents.ContainsKey(t.Value.Oid)))
            _damage.Add(new ArchiveDamage(missing.Key, $"The file with the rows of {missing.Value.DisplayName} is not there."));
        return new ArchiveReading(
            [.. _files.OrderBy(file => file.Name, StringComparer.Ordinal)],
            [.. _tableOf.Values.Select(t => _contents.GetValueOrDefault(t.Oid) ?? Unread(t)).OrderBy(t => t.Name, StringComparer.Ordinal)],
            LargeObjects(),
            [.. _damage.OrderBy(damage => damage.File, StringComparer.Ordinal)]);
    }

    private async ValueTask ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        var name = Path.GetRelativePath(folder, file.FullName).Replace('\\', '/');
        // A new archive is made durable meanwhile, for which Windows wants the right to write.
        await using var stream = HeldFile.Retry(() => new FileStream(file.FullName, FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete, BufferSize, FileOptions.SequentialScan));
        using var source = new HashingStream(stream);
        try
        {
            if (_tableOf.TryGetValue(name, out var table)) await ReadTableAsync(name, table, source, cancellation);
            else if (LargeObjectList().IsMatch(name)) _largeObjectLists[name] = ReadAll(source);
            else if (LargeObjectFile().Match(name) is { Success: true } match)
                ReadLargeObject(name, long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), source, cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or ToolFailedException)
        {
            _damage.Add(new ArchiveDamage(name, $"It cannot be read: {e.Message}"));
            if (_tableOf.TryGetValue(name, out var table)) _contents[table.Oid] = Unread(table);
        }

        Read(source, _ => { }, cancellation);
        _files.Add(new FolderFile(name, source.Count, source.Sha256()));
    }

    private async Task ReadTableAsync(string name, PostgresTable table, HashingStream source, CancellationToken cancellation)
    {
        if (!ReadsRows)
        {
            _contents[table.Oid] = Unread(table);
            return;
        }

        using var hasher = new CopyTextHasher(Hashes);
        var rows = Open(name, source);
        if (rows is not null) ReadWhole(name, rows, hasher.Append, source, cancellation);
        else await ReadThroughToolAsync(EntryOf(name), (output, token) =>
            Read(output, new CopyScript(hasher).Append, token, source), cancellation);

        var problem = !hasher.Terminated ? $"The rows of {table.DisplayName} end after {hasher.Rows} without the line that ends them."
            : hasher.ContinuesAfterEnd && rows is not null ? $"There are bytes after the line that ends the rows of {table.DisplayName}."
            : null;
        if (problem is not null) _damage.Add(new ArchiveDamage(name, problem));
        _contents[table.Oid] = problem is null ? new TableContent(table.DisplayName, hasher.Rows, hasher.Fingerprint) : Unread(table);
    }

    private void ReadLargeObject(string name, long oid, HashingStream source, CancellationToken cancellation)
    {
        _largeObjects[oid] = default;
        if (!Hashes) return;
        using var hash = new LargeObjectHash(oid);
        if (Open(name, source) is { } content) ReadWhole(name, content, hash.Append, source, cancellation);
        else _largeObjectsThroughTool = true;
        _largeObjects[oid] = hash.Sum();
    }

    private async Task ReadLargeObjectsThroughToolAsync(CancellationToken cancellation)
    {
        var list = await ArchiveList.ReadAsync(folder, restore, cancellation);
        var entries = list.Entries.Where(entry => entry.IsLargeObjectData).Select(entry => entry.DumpId);
        try
        {
            await ReadThroughToolAsync(entries, (output, token) =>
            {
                foreach (var (oid, sum) in LargeObjectScript.Read(ByteKeepingEncoding.Reader(output), token)) _largeObjects[oid] = sum;
            }, cancellation);
        }
        catch (ToolFailedException e)
        {
            _damage.Add(new ArchiveDamage(_largeObjectLists.Keys.Order(StringComparer.Ordinal).FirstOrDefault("toc.dat"),
                $"The large objects cannot be read: {e.Message}"));
        }
    }

    // pg_dump compresses each file by itself, and names the compression in the file's ending.
    private Stream? Open(string name, Stream source) => (ThroughTool ? null : Path.GetExtension(name)) switch
    {
        ".gz" => new GZipStream(source, CompressionMode.Decompress, leaveOpen: true),
        ".dat" => source,
        _ => null,
    };

    // The file with the rows of a table is named after the entry. Another name belongs to none, and nothing is read for it.
    private static int[] EntryOf(string file) =>
        int.TryParse(file.AsSpan(0, Math.Max(0, file.IndexOf('.', StringComparison.Ordinal))), CultureInfo.InvariantCulture, out var id)
            ? [id] : [];

    private async Task ReadThroughToolAsync(IEnumerable<int> entries, Action<Stream, CancellationToken> read,
        CancellationToken cancellation)
    {
        using var list = await EntryListFile.WriteAsync(entries, cancellation);
        await restore(["--data-only", "-L", list.Path, "-f", "-", folder],
            (output, token) => Task.Run(() => read(output, token), token), cancellation);
    }

    // .NET reads a truncated gzip file as if it ended there. The last four bytes of a whole file give its size.
    private void ReadWhole(string name, Stream content, ByteReceiver take, HashingStream source, CancellationToken cancellation)
    {
        var held = Read(content, take, cancellation, source);
        if (ReferenceEquals(content, source)) return;
        using var file = HeldFile.Retry(
            () => File.OpenHandle(Path.Combine(folder, name), share: FileShare.ReadWrite | FileShare.Delete));
        Span<byte> size = stackalloc byte[4];
        if (RandomAccess.Read(file, size, Math.Max(RandomAccess.GetLength(file) - 4, 0)) < 4
            || BinaryPrimitives.ReadUInt32LittleEndian(size) != (uint)held)
            throw new InvalidDataException("The file is cut off.");
    }

    private delegate void ByteReceiver(ReadOnlySpan<byte> bytes);

    // Compressed bytes are what progress counts; without a counter the stream's own.
    private long Read(Stream stream, ByteReceiver take, CancellationToken cancellation, HashingStream? counter = null)
    {
        var buffer = new byte[BufferSize];
        var total = 0L;
        for (var before = counter?.Count ?? 0; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (read == 0) return total;
            total += read;
            take(buffer.AsSpan(0, read));
            var now = counter?.Count ?? before + read;
            progress(now - before);
            before = now;
        }
    }

    private byte[] ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        progress(all.Length);
        return all.ToArray();
    }

    private PostgresLargeObjects LargeObjects()
    {
        var sum = default(LargeObjectSum);
        var count = 0L;
        foreach (var (list, content) in _largeObjectLists)
        {
            foreach (var line in System.Text.Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                count++;
                if (!long.TryParse(line.Split(' ')[0], out var oid))
                    _damage.Add(new ArchiveDamage(list, "The file is not a list of large objects."));
                else if (!_largeObjects.TryRemove(oid, out var one))
                    _damage.Add(new ArchiveDamage(list, $"The file of the large object {oid} is not there."));
                else sum += one;
            }
        }

        foreach (var oid in _largeObjects.Keys) _damage.Add(new ArchiveDamage($"blob_{oid}.dat", "No list names this large object."));
        return new PostgresLargeObjects(count, Hashes ? sum.Bytes : null, Hashes ? sum.Hash.ToString("x32", null) : null);
    }

    private static TableContent Unread(PostgresTable table) => new(table.DisplayName, null, null);

    [GeneratedRegex(@"^blobs(_\d+)?\.toc$", RegexOptions.CultureInvariant)]
    private static partial Regex LargeObjectList();

    [GeneratedRegex(@"^blob_(\d+)\.dat(\.[a-z0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex LargeObjectFile();
}
