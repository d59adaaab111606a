using System.Collections.Concurrent;
using System.Security.Cryptography;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Tests.Storage;

/// <summary>A store that is no folder and keeps no byte as it was put, as one of objects that are encrypted would. Drafts and local copies
/// are files below a folder of their own.</summary>
internal sealed class MemoryBackupStore(string folder) : IBackupStore
{
    private const string Prefix = "memory:";
    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Lease, string> _readers = new();
    private readonly SemaphoreSlim _writer = new(1);
    private int _opened;

    public string Name => Prefix;

    public long? FreeBytes => null;

    public string NameOf(string key) => Prefix + BackupKeys.Require(key);

    public string? KeyOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;

    public IReadOnlyList<string> List(string folder) => [.. _objects.Keys.Where(key => BackupKeys.FolderOf(key) == folder)];

    public bool Exists(string key) => _objects.ContainsKey(BackupKeys.Require(key));

    public long? Size(string key) =>
        Tree(key).ToList() is { Count: > 0 } tree ? tree.Sum(one => one.Value.Length - Cipher.HeaderLength) : null;

    public Stream Open(string key)
    {
        Interlocked.Increment(ref _opened);
        return _objects.TryGetValue(BackupKeys.Require(key), out var stored)
            ? new MemoryStream(Cipher.Decrypt(stored), writable: false) : throw new FileNotFoundException(key);
    }

    /// <summary>How many objects were opened since the last question.</summary>
    public int TakeOpened() => Interlocked.Exchange(ref _opened, 0);

    public void Put(string key, ReadOnlySpan<byte> bytes, bool replace)
    {
        var stored = Cipher.Encrypt(bytes);
        if (replace) _objects[BackupKeys.Require(key)] = stored;
        else if (!_objects.TryAdd(BackupKeys.Require(key), stored)) throw new IOException($"{key} is there already.");
    }

    public void Delete(string key) => _objects.TryRemove(BackupKeys.Require(key), out _);

    public void SweepUnfinished(string folder, Func<string, bool> isOwn)
    {
        // An object appears whole or not at all.
    }

    public async Task<LocalCopy> OpenLocallyAsync(string key, CancellationToken cancellation)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "copies", BackupKeys.NewId())).FullName, "artefact");
        var tree = Tree(key).ToList();
        if (tree.Count == 0) throw new FileNotFoundException(key);
        foreach (var (one, stored) in tree)
        {
            var file = path + one[key.Length..];
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, Cipher.Decrypt(stored), cancellation);
        }

        return new LocalCopy(path, () => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true));
    }

    public IDisposable? TryLease(string manifestKey) => new Lease(_readers, BackupKeys.Require(manifestKey));

    public void SweepLeases() { }

    public string? ReaderOf(string manifestKey) => _readers.Values.Contains(BackupKeys.Require(manifestKey)) ? "a reader" : null;

    public async Task<IStoreWriter> OpenForWritingAsync(CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        Sweep();
        return new Writer(this);
    }

    public void TrySweep()
    {
        if (!_writer.Wait(0)) return;
        Sweep();
        _writer.Release();
    }

    public string? Unlock() => _writer.CurrentCount == 1 ? null
        : throw new DatabaseBusyException(Name, "Somebody is writing.", "Wait.");

    private string Drafts => Path.Combine(folder, "drafts");

    private void Sweep()
    {
        if (Directory.Exists(Drafts)) Directory.Delete(Drafts, recursive: true);
    }

    private IEnumerable<KeyValuePair<string, byte[]>> Tree(string key) => _objects.Where(one => one.Key == BackupKeys.Require(key)
        || one.Key.StartsWith(key + "/", StringComparison.Ordinal));

    private static class Cipher
    {
        public const int HeaderLength = 16;

        public static byte[] Encrypt(ReadOnlySpan<byte> bytes)
        {
            var header = RandomNumberGenerator.GetBytes(HeaderLength);
            return [.. header, .. Apply(header, bytes)];
        }

        public static byte[] Decrypt(byte[] stored) => Apply(stored.AsSpan(0, HeaderLength), stored.AsSpan(HeaderLength));

        private static byte[] Apply(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes)
        {
            var result = bytes.ToArray();
            for (var i = 0; i < result.Length; i++) result[i] ^= header[i % HeaderLength];
            return result;
        }
    }

    private sealed class Lease : IDisposable
    {
        private readonly ConcurrentDictionary<Lease, string> _readers;

        public Lease(ConcurrentDictionary<Lease, string> readers, string key) => (_readers = readers)[this] = key;

        public void Dispose() => _readers.TryRemove(this, out _);
    }

    private sealed class Writer(MemoryBackupStore store) : IStoreWriter
    {
        public IStoreDraft NewDraft(string id) => new Draft(store, id);

        public bool Delete(string manifestKey, IReadOnlyList<string> others, Func<bool>? isNeeded)
        {
            var gone = others.Prepend(manifestKey).SelectMany(store.Tree).ToList();
            foreach (var (key, _) in gone) store._objects.TryRemove(key, out _);
            if (isNeeded?.Invoke() == true)
            {
                foreach (var (key, stored) in gone) store._objects[key] = stored;
                return false;
            }

            return true;
        }

        public void Dispose() => store._writer.Release();
    }

    private sealed class Draft(MemoryBackupStore store, string id) : IStoreDraft
    {
        public string Id => id;

        private string Folder => Directory.CreateDirectory(Path.Combine(store.Drafts, id)).FullName;

        public string PathFor(string folder) => Path.Combine(Folder, folder);

        public async Task PublishAsync(IReadOnlyList<DraftPart> parts, CancellationToken cancellation)
        {
            if (parts.Any(part => store.Size(part.Key) is not null || store.Exists(part.ManifestKey)))
                throw new IOException("A key of the set is taken.");
            var objects = new List<(string Key, byte[] Bytes)>();
            foreach (var part in parts)
            {
                var path = PathFor(BackupKeys.FolderOf(part.Key));
                var files = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [path];
                foreach (var file in files)
                    objects.Add((part.Key + file[path.Length..], await File.ReadAllBytesAsync(file, cancellation)));
                objects.Add((part.ManifestKey, part.Manifest));
            }

            cancellation.ThrowIfCancellationRequested();
            foreach (var (key, bytes) in objects) store.Put(key, bytes, replace: false);
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
