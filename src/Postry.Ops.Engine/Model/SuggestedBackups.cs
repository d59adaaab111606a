namespace Postry.Ops.Engine.Model;

/// <summary>The backups that a shell can suggest: what is typed so far.</summary>
public sealed record SuggestedBackups
{
    /// <summary>The beginning of the id, whatever its case.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>Logical name of the database; * and ? are wildcards.</summary>
    public string? Database { get; init; }

    /// <summary>The engine.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>Picks by the full path of the backup's file and by the time in its name, before anything is read; null for all.</summary>
    public Func<string, DateTime, bool>? Name { get; init; }

    /// <summary>Picks among those that were read; null for all.</summary>
    public Func<BackupSet, bool>? IsMeant { get; init; }
}

/// <summary>A label that a shell can suggest.</summary>
/// <param name="Label">The label.</param>
/// <param name="Database">Logical name of the database of the newest backup that has it.</param>
/// <param name="SnapshotAt">The time of that backup, in UTC.</param>
public sealed record SuggestedLabel(string Label, string Database, DateTime SnapshotAt);
