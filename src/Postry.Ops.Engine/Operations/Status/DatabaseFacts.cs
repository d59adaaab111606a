using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>All that is known of one database without asking it.</summary>
internal sealed record DatabaseFacts
{
    public required string Name { get; init; }

    public DatabaseMode? Mode { get; init; }

    /// <summary>The location of the database; null where nothing tells.</summary>
    public string? Source { get; init; }

    /// <summary>True where postry.json names the database.</summary>
    public bool Configured { get; init; }

    /// <summary>The part that backups of it hold, as postry.json says, in the words of a set; null for the whole.</summary>
    public string? NarrowedTo { get; init; }

    /// <summary>The sets of the database, newest first.</summary>
    public IReadOnlyList<BackupSet> Sets { get; init; } = [];

    /// <summary>The evidence of drills and tests of the database, newest first.</summary>
    public IReadOnlyList<RestoreDrill> Evidence { get; init; } = [];

    /// <summary>The attempts to back the database up, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> Attempts { get; init; } = [];

    /// <summary>The attempts to copy its backups to destinations, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> Copies { get; init; } = [];

    /// <summary>The restores of the database that await a verdict or were interrupted, newest first.</summary>
    public IReadOnlyList<RestoreRecord> Pending { get; init; } = [];
}

/// <summary>All that is known of the backup root as a whole.</summary>
/// <param name="HasKey">True where there is a key that can check signatures.</param>
/// <param name="Disk">The disk; null where it cannot be measured.</param>
/// <param name="DaysUntilFull">Days until the disk is full; null where that cannot be told.</param>
/// <param name="UnreadableManifests">Full paths of manifests that cannot be read, so that their database is not known.</param>
/// <param name="ChangedEvidence">Full paths of evidence that was changed and belongs to no known database.</param>
/// <param name="HistoryProblem">The reason why failed backups may not be known, in a whole sentence; null where the history can be
/// trusted.</param>
internal sealed record RootFacts(
    bool HasKey, DiskFacts? Disk, double? DaysUntilFull, IReadOnlyList<string> UnreadableManifests,
    IReadOnlyList<string> ChangedEvidence, string? HistoryProblem)
{
    /// <summary>The history of backups as it was read.</summary>
    public HistoryReading History { get; init; } = HistoryReading.Empty;

    /// <summary>The attempts to make a backup that failed before it was known of which database, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> NamelessFailures { get; init; } = [];

    /// <summary>The restores that await a verdict or were interrupted, and belong to no known database, newest first.</summary>
    public IReadOnlyList<RestoreRecord> Pending { get; init; } = [];

    /// <summary>Full paths of records of restores that cannot be read, so that a restore may await a verdict.</summary>
    public IReadOnlyList<string> UnreadableRecords { get; init; } = [];
}

/// <summary>The disk with the backups.</summary>
/// <param name="Folder">The backup root.</param>
/// <param name="TotalBytes">The size of the disk in bytes.</param>
/// <param name="FreeBytes">The bytes that this user can still write.</param>
/// <param name="UsedBytes">The bytes in use.</param>
internal sealed record DiskFacts(string Folder, long TotalBytes, long FreeBytes, long UsedBytes)
{
    /// <summary>The share in use of what this user can have, as df shows it.</summary>
    public double UsedPercent => UsedBytes + FreeBytes == 0 ? 100 : Math.Round(100.0 * UsedBytes / (UsedBytes + FreeBytes), 1);
}
