using System.Collections.Concurrent;
using System.IO.Enumeration;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// The values that a shell can suggest from a backup store while a command is being typed. The prompt must not wait, however many backups
/// there are: names of files choose the newest that the typed beginning fits, and only those are read. Nothing is decided here, and a
/// command that runs looks again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="keys">The keys that check what is read.</param>
internal sealed class BackupSuggestions(IBackupStore store, Keyring keys)
{
    /// <summary>The most values that are suggested; a longer beginning shows others.</summary>
    public const int Most = 100;

    // Where few of the newest fit, the search ends all the same.
    private const int MostRead = 5 * Most;

    // No name holds a label. The first bytes of a manifest do, and are read in a tenth of the time of the whole.
    private const int MostHeads = 10_000;
    private const int HeadsAtOnce = 1000;

    private readonly BackupPins _pins = new(store, keys);

    /// <summary>The newest backups that fit, newest first.</summary>
    /// <param name="wanted">The conditions that are typed so far.</param>
    public IReadOnlyList<BackupSet> Newest(SuggestedBackups wanted)
    {
        var found = new List<BackupSet>();
        foreach (var chunk in Keys(name => CanFit(name, wanted)).Take(MostRead).Chunk(Most))
        {
            found.AddRange(Read(chunk).Where(set => Fits(set, wanted)));
            if (found.Count >= Most) break;
        }

        return [.. NewestFirst(found).Take(Most)];
    }

    /// <summary>The newest backup of each database, the newest first.</summary>
    /// <param name="prefix">The beginning of the database's name, whatever its case.</param>
    public IReadOnlyList<BackupSet> Databases(string prefix)
    {
        // An id is in its name alone, so that each manifest of another naming is a database of its own here.
        var newest = Keys(name => name.CanBeOf(prefix + "*", ignoreCase: true))
            .DistinctBy(key => BackupName.TryParse(key) is { } name ? (name.Mode, name.DatabasePart) : (default, key)).Take(MostRead);
        return [.. NewestFirst(Read(newest)).Where(set => set.Database.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(set => set.Database).Take(Most)];
    }

    /// <summary>The labels in use, those of the newest backups first.</summary>
    /// <param name="prefix">The beginning of the label, whatever its case.</param>
    public IReadOnlyList<SuggestedLabel> Labels(string prefix)
    {
        var labels = new ConcurrentDictionary<string, SuggestedLabel>(StringComparer.Ordinal);
        foreach (var chunk in Keys(_ => true).Take(MostHeads).Chunk(HeadsAtOnce))
        {
            Parallel.ForEach(chunk, key =>
            {
                if (TryReadLabel(key) is { } label && label.Label.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    labels.AddOrUpdate(label.Label, label, (_, other) => other.SnapshotAt > label.SnapshotAt ? other : label);
            });
            if (labels.Count >= Most) break;
        }

        return [.. labels.Values.OrderByDescending(label => label.SnapshotAt).Take(Most)];
    }

    private bool CanFit(BackupName name, SuggestedBackups wanted) =>
        (wanted.Database is null || name.CanBeOf(wanted.Database))
        && (wanted.Mode is null || name.Mode == wanted.Mode)
        && name.Id.StartsWith(wanted.IdPrefix, StringComparison.OrdinalIgnoreCase)
        && wanted.Name?.Invoke(store.NameOf(name.ManifestKey[..^BackupKeys.ManifestSuffix.Length]), name.At) != false;

    private static bool Fits(BackupSet set, SuggestedBackups wanted) =>
        (wanted.Database is null || FileSystemName.MatchesSimpleExpression(wanted.Database, set.Database, ignoreCase: false))
        && (wanted.Mode is null || set.Mode == wanted.Mode)
        && set.Id.StartsWith(wanted.IdPrefix, StringComparison.OrdinalIgnoreCase)
        && wanted.IsMeant?.Invoke(set) != false;

    private static IEnumerable<BackupSet> NewestFirst(IEnumerable<BackupSet> sets) =>
        sets.OrderByDescending(set => set.SnapshotAt).ThenBy(set => set.Id, StringComparer.Ordinal);

    /// <summary>Keys of the manifests whose names can be meant, the newest first, and then those whose names say nothing.</summary>
    private IEnumerable<string> Keys(Func<BackupName, bool> canFit)
    {
        var databases = store.List(BackupKeys.DatabaseFolder).Where(ManifestReader.IsManifest).ToList();
        var archives = store.List(BackupKeys.RuntimeFolder).Where(ManifestReader.IsManifest).ToList();
        // The archive of a set has its id, and is no backup of its own.
        var ids = archives.Count == 0 ? [] : databases.Select(BackupKeys.IdOf).ToHashSet(StringComparer.Ordinal);
        var all = databases.Concat(archives.Where(key => !ids.Contains(BackupKeys.IdOf(key))))
            .Select(key => (Key: key, Name: BackupName.TryParse(key))).ToLookup(one => one.Name is null);
        return
        [
            .. all[false].Where(one => canFit(one.Name!)).OrderByDescending(one => one.Name!.Stamp, StringComparer.Ordinal)
                .Select(one => one.Key),
            .. all[true].Select(one => one.Key).OrderDescending(StringComparer.Ordinal),
        ];
    }

    private ConcurrentBag<BackupSet> Read(IEnumerable<string> manifests)
    {
        var sets = new ConcurrentBag<BackupSet>();
        Parallel.ForEach(manifests, key =>
        {
            if (TryRead(key) is { Status: not BackupStatus.Invalid } set) sets.Add(_pins.Mark(set, ManifestReader.ArtefactOf(key)));
        });
        return sets;
    }

    private BackupSet? TryRead(string manifestKey)
    {
        try
        {
            return ManifestReader.Read(store, manifestKey, keys).Set;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private SuggestedLabel? TryReadLabel(string manifestKey)
    {
        try
        {
            return ManifestHead.TryRead(store, manifestKey);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
