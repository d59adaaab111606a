using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>When each database got its first set with a tag.</summary>
internal sealed class TagBeginnings
{
    private readonly Dictionary<(DatabaseMode, string), BackupSet> _first = [];
    private readonly TagCondition _tag;

    /// <summary>Errors: SourceNotFound where no set has the tag, because an empty list would pass for an answer.</summary>
    /// <param name="sets">The sets of the databases that are meant.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="database">The database that is meant in words, for the error; null for any.</param>
    /// <param name="backupRoot">The backup root, for the error.</param>
    public TagBeginnings(IEnumerable<BackupSet> sets, TagCondition tag, string? database, string backupRoot)
    {
        _tag = tag;
        // A manifest that was changed says nothing.
        foreach (var set in sets.Where(set => set.DatabaseStatus is not (BackupStatus.Tampered or BackupStatus.Invalid) && tag.Fits(set)))
        {
            var key = (set.Mode, set.SourceIdentity);
            if (!_first.TryGetValue(key, out var known) || set.SnapshotAt < known.SnapshotAt) _first[key] = set;
        }

        if (_first.Count == 0)
            throw new SourceNotFoundException($"{tag}",
                $"No backup {(database is null ? "" : $"of {database} ")}in {backupRoot} has the tag {tag}, so it is not known which " +
                    "backups are older.",
                $"{CommandName.ListBackups} {OptionName.Tag} {tag.Key}=* lists the backups that have such a tag; {OptionName.Before} " +
                    "takes a time.");
    }

    /// <summary>The first set with the tag. Errors: AmbiguousBackup where several databases have one.</summary>
    public BackupSet First => _first.Count == 1 ? _first.Values.Single()
        : throw new AmbiguousBackupException($"{_tag}",
            $"Backups of {_first.Count} databases have the tag {_tag}: " +
                $"{string.Join(", ", _first.Values.Select(set => set.Database).Distinct())}.",
            $"Name the database with {OptionName.Database}.");

    /// <summary>Refuses to choose a backup where a manifest that was changed or cannot be read may have had the tag: then the first set
    /// with it may be an older one, and what is chosen would hold data of the new version. Errors: AmbiguousBackup.</summary>
    /// <param name="sets">All sets.</param>
    public void RequireCertain(IEnumerable<BackupSet> sets)
    {
        var doubtful = sets.FirstOrDefault(set => IsUnreadable(set)
            || (set.DatabaseStatus == BackupStatus.Tampered && _first.ContainsKey((set.Mode, set.SourceIdentity))));
        if (doubtful is null) return;
        var first = _first.Values.MinBy(set => set.SnapshotAt)!;
        throw new AmbiguousBackupException($"{_tag}",
            Invariant($"The first backup with the tag {_tag} may not be {first.Id} of {first.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC, ") +
                $"but an older one: {doubtful.ManifestFile} " +
                (doubtful.DatabaseStatus == BackupStatus.Invalid ? "cannot be read." : "was changed."),
            $"Choose the backup with {OptionName.Id}, or by its time with {OptionName.Before}; {CommandName.ListBackups} lists all.");
    }

    // The database of such a manifest is not known. Those of the old scripts have no tags, and those of runtime files lie elsewhere.
    private bool IsUnreadable(BackupSet set) => set is { DatabaseStatus: BackupStatus.Invalid, Legacy: false }
        && _first.Keys.Any(key => (key.Item1 == DatabaseMode.Runtime) == (set.Mode == DatabaseMode.Runtime));

    /// <summary>True for a set that is older than the first set of its database with the tag.</summary>
    public bool IsOlder(BackupSet set) =>
        _first.TryGetValue((set.Mode, set.SourceIdentity), out var first) && set.SnapshotAt < first.SnapshotAt;
}
