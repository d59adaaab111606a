using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>The sets of a backup root as a removal asks for them, so that the removal of thousands does not look at all of them for
/// each. Sets are compared by name, because one may have been found through a link.</summary>
internal sealed class RemovableSets
{
    private readonly ILookup<string, BackupSet> _byArchive;
    private readonly Dictionary<(string Identity, DatabaseMode Mode), Dictionary<string, int>> _ranks = [];
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    /// <param name="sets">Every set of the backup root.</param>
    public RemovableSets(IEnumerable<BackupSet> sets)
    {
        var all = sets.ToList();
        _byArchive = all.Where(set => set.Mode != DatabaseMode.Runtime && set.Runtime.File is not null)
            .ToLookup(set => Path.GetFileName(set.Runtime.File!), StringComparer.Ordinal);
        foreach (var group in all.Where(set => set.BeforeRestore is null && Rank(set) > 0).GroupBy(KeyOf))
            _ranks[group.Key] = group.DistinctBy(NameOf).ToDictionary(NameOf, Rank, StringComparer.Ordinal);
    }

    /// <summary>True where both are the same set.</summary>
    public static bool IsSame(BackupSet one, BackupSet other) => NameOf(one) == NameOf(other);

    /// <summary>The sets of databases that name an archive of runtime files as theirs.</summary>
    /// <param name="archive">Path of the archive.</param>
    public IEnumerable<BackupSet> WithArchive(string archive) =>
        _byArchive[Path.GetFileName(archive)].Where(set => !_removed.Contains(NameOf(set)));

    /// <summary>Of sets that are to be removed, the best one of each database that would have no other so good any more.</summary>
    public IReadOnlyList<BackupSet> LastGood(IReadOnlyCollection<BackupSet> removed)
    {
        var gone = removed.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return [.. removed.Where(set => set.BeforeRestore is null && Rank(set) > 0).GroupBy(KeyOf)
            .Select(group => (group.Key, Best: group.OrderByDescending(Rank).ThenByDescending(set => set.SnapshotAt).First()))
            .Where(group => !_ranks.TryGetValue(group.Key, out var ranks)
                || !ranks.Any(left => left.Value >= Rank(group.Best) && !gone.Contains(left.Key)))
            .Select(group => group.Best)];
    }

    /// <summary>Takes a set out that has been removed.</summary>
    public void Remove(BackupSet set)
    {
        _removed.Add(NameOf(set));
        if (_ranks.TryGetValue(KeyOf(set), out var ranks)) ranks.Remove(NameOf(set));
    }

    private static (string Identity, DatabaseMode Mode) KeyOf(BackupSet set) => (set.SourceIdentity, set.Mode);

    private static string NameOf(BackupSet set) => Path.GetFileName(set.ManifestFile);

    // Without the key nobody can tell a good set from a forged one, so each may be the last good one.
    private static int Rank(BackupSet set) => set.Status switch
    {
        BackupStatus.Complete => 3,
        BackupStatus.Suspicious => 2,
        BackupStatus.Unverified => 1,
        _ => 0,
    };
}
