using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The parameters of a restore.</summary>
public sealed record RestoreRequest
{
    public required BackupSelector Backup { get; init; }

    /// <summary>The database to restore.</summary>
    public required DatabaseAddress Target { get; init; }

    /// <summary>Restore a set of another database, or onto a target that does not exist and was not named.</summary>
    public bool AllowDifferentSource { get; init; }

    /// <summary>Restore although the signature cannot be checked.</summary>
    public bool AllowUnverified { get; init; }

    /// <summary>Do not compare the live database with the backup first.</summary>
    public bool SkipCompare { get; init; }

    /// <summary>The time limit of the comparison.</summary>
    public TimeSpan CompareBudget { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Commands to run around the swap.</summary>
    public RestoreHooks Hooks { get; init; } = new();

    /// <summary>The smoke checks that decide before the swap whether it takes place, and after it whether the restore stays; null for
    /// none.</summary>
    public RestoreSmoke? Smoke { get; init; }

    /// <summary>PostgreSQL: how the backup comes in.</summary>
    public PostgresRestoreOptions Postgres { get; init; } = new();

    /// <summary>Restore the runtime files of the set as well, in the same transaction.</summary>
    public bool WithRuntime { get; init; }

    /// <summary>Path of a runtime archive to restore with the database in place of the set's own; implies <see
    /// cref="WithRuntime"/>.</summary>
    public string? RuntimeBackupFile { get; init; }
}

/// <summary>Commands around the swap, for stopping and starting the application. The shell runs them.</summary>
public sealed record RestoreHooks
{
    /// <summary>Run when the backup is staged and verified; where it fails nothing is swapped.</summary>
    public string? BeforeSwap { get; init; }

    /// <summary>Run after the swap; where it fails the restore is undone, like after any failed check.</summary>
    public string? AfterSwap { get; init; }

    /// <summary>The time limit of each command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The options of a restore of a PostgreSQL backup.</summary>
public sealed record PostgresRestoreOptions
{
    /// <summary>The requested strategy; Auto chooses the safest that the role and the database allow.</summary>
    public RestoreStrategy Strategy { get; init; }

    /// <summary>
    /// True to make the connecting role the owner of everything and to leave out grants: for servers that do not have the backup's roles.
    /// </summary>
    public bool NoOwner { get; init; }

    /// <summary>Tablespaces are left out, and everything goes to the default one: for servers that do not have the backup's
    /// tablespaces.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>Go on although replication slots or subscriptions of the database will be left behind.</summary>
    public bool AllowReplicationBreak { get; init; }

    /// <summary>Make the live database read-only by default and end its sessions, once consent is given. Best effort: a session can still
    /// switch back.</summary>
    public bool FreezeWrites { get; init; }

    /// <summary>The treatment of objects that the server cannot create because of rows or functions of the backup.</summary>
    public BrokenObjectRule OnBrokenObject { get; init; }

    /// <summary>True for the trial of a test, in which a server that lacks something must not be taken for a fault of the backup.</summary>
    internal bool IsTrial { get; init; }

    /// <summary>Tables restored at the same time; null for the number of processors.</summary>
    public int? Jobs { get; init; }

    /// <summary>The options that pg_restore itself gets.</summary>
    internal IReadOnlyList<string> Arguments =>
        [.. NoOwner ? ["--no-owner", "--no-privileges"] : Array.Empty<string>(), .. NoTablespaces ? ["--no-tablespaces"]
            : Array.Empty<string>()];
}

/// <summary>The result of planning a restore: -WhatIf returns it, and consent is asked for it.</summary>
public sealed record RestorePlan
{
    public required BackupSet Backup { get; init; }

    /// <summary>The name of the target: a full path with links resolved, or a URL without user and password.</summary>
    public required string Target { get; init; }

    /// <summary>The request that was planned.</summary>
    internal RestoreRequest Request { get; init; } = null!;

    /// <summary>The target, with the paths of its journal and its lock.</summary>
    internal RestoreTarget ResolvedTarget { get; init; } = null!;

    /// <summary>The strategy that the restore will use; null where only the swap finds out (SQLite, runtime files).</summary>
    public RestoreStrategy? Strategy { get; init; }

    /// <summary>The reason for the strategy.</summary>
    public string? StrategyReason { get; init; }

    public required bool TargetExists { get; init; }

    /// <summary>Size of the target in bytes, with its side files; 0 where there is none.</summary>
    public required long TargetBytes { get; init; }

    /// <summary>Bytes that the restore needs free beside the target.</summary>
    public required long SpaceNeeded { get; init; }

    /// <summary>Bytes free beside the target; null where that cannot be known.</summary>
    public required long? SpaceFree { get; init; }

    /// <summary>Copies kept by earlier restores of the target.</summary>
    public required IReadOnlyList<PreviousCopy> KeptCopies { get; init => field = Indexable.Of(value); }

    /// <summary>The comparison of the backup with the live database; null if there is no live database.</summary>
    public required DatabaseComparison? Comparison { get; init; }

    /// <summary>Notes that the operator should read before agreeing.</summary>
    public required IReadOnlyList<string> Notes { get; init => field = Indexable.Of(value); }

    public required bool AllowUnverified { get; init; }

    /// <summary>The changes to the runtime files; null if they stay as they are.</summary>
    public RuntimeChanges? Runtime { get; init; }

    /// <summary>The whole plan as the text of the question.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>The selection of a restore: one of RestoreId, or the latest (of a target).</summary>
public sealed record RestoreSelector
{
    public string? RestoreId { get; init; }

    /// <summary>The newest restore that fits.</summary>
    public bool Latest { get; init; }

    /// <summary>The database it was restored to; null for any.</summary>
    public DatabaseAddress? Target { get; init; }

    /// <summary>The target's identity, if it is known; the target's name does not count then.</summary>
    internal string? Identity { get; init; }

    /// <summary>The address of the server of a PostgreSQL restore; null for <see cref="Target"/>, otherwise DATABASE_URL.</summary>
    public DatabaseAddress? Connection { get; init; }
}

/// <summary>The result of planning an undo.</summary>
public sealed record UndoPlan
{
    public required RestoreRecord Restore { get; init; }

    /// <summary>The selection of the restore, and the address of its server.</summary>
    internal RestoreSelector Selector { get; init; } = null!;

    /// <summary>The changes since the swap that would be replaced (and kept); null if they could not be compared.</summary>
    public required DatabaseComparison? WrittenSince { get; init; }

    /// <summary>The whole plan as the text of the question.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
