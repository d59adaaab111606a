namespace Postry.Ops.Engine.Model;

/// <summary>The parameters of a restore drill: a fresh backup of a database, or a backup that exists.</summary>
public sealed record DrillRequest
{
    /// <summary>The backup that the drill makes; null where it takes one that exists.</summary>
    public BackupRequest? Fresh { get; init; }

    /// <summary>The backup that exists; null for a fresh one.</summary>
    public BackupSelector? Backup { get; init; }

    /// <summary>The database that the newest backup is of; null where the selector names it.</summary>
    public DatabaseAddress? Source { get; init; }

    /// <summary>Name of the entry of the database in postry.json, which smoke checks may name; or null.</summary>
    public string? Entry { get; init; }

    /// <summary>PostgreSQL: a server on which the drill makes a scratch database; null for a temporary server on this machine.</summary>
    public DatabaseAddress? ScratchServer { get; init; }

    /// <summary>Full path of a folder on a disk with room, in which the drill makes its scratch folder; null for the backup root.</summary>
    public string? ScratchFolder { get; init; }

    /// <summary>
    /// True to restore into the disposable database that BACKUP_RESTORE_E2E_DATABASE_URL names; needs RUN_POSTGRES_BACKUP_RESTORE_E2E=1
    /// and BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE=YES as well.
    /// </summary>
    public bool EndToEnd { get; init; }

    /// <summary>The smoke checks of which those of the data are made; null for those of postry.json.</summary>
    public SmokeRequest? Smoke { get; init; }

    /// <summary>Corrective actions and remarks for the evidence.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>The result of planning a drill.</summary>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Source">The database whose backup would be restored: a full path, or a URL without user and password.</param>
/// <param name="BackupId">The backup that would be restored; null for a fresh one.</param>
/// <param name="Target">The place of the restore in words.</param>
/// <param name="SpaceNeeded">Bytes that the drill needs free in its scratch folder; 0 where it restores on another server.</param>
/// <param name="SpaceFree">Bytes free there.</param>
/// <param name="Summary">All of it in one sentence.</param>
public sealed record DrillPlan(string Database, string Source, string? BackupId, string Target, long SpaceNeeded, long SpaceFree,
    string Summary);
