using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>What to restore where.</summary>
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

    /// <summary>How long the comparison may take before it is given up.</summary>
    public TimeSpan CompareBudget { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Commands to run around the swap.</summary>
    public RestoreHooks Hooks { get; init; } = new();

    /// <summary>PostgreSQL: how the backup comes in.</summary>
    public PostgresRestoreOptions Postgres { get; init; } = new();

    /// <summary>Restore the runtime files of the set as well, in the same transaction.</summary>
    public bool WithRuntime { get; init; }

    /// <summary>Path of a runtime archive to restore with the database in place of the set's own; implies <see
    /// cref="WithRuntime"/>.</summary>
    public string? RuntimeBackupFile { get; init; }
}

/// <summary>Commands around the swap, for stopping and starting the application. They are run by the shell.</summary>
public sealed record RestoreHooks
{
    /// <summary>Run when the backup is staged and verified; where it fails nothing is swapped.</summary>
    public string? BeforeSwap { get; init; }

    /// <summary>Run after the swap; where it fails the restore is undone, like after any failed check.</summary>
    public string? AfterSwap { get; init; }

    /// <summary>How long each may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>How a PostgreSQL backup comes in.</summary>
public sealed record PostgresRestoreOptions
{
    /// <summary>The way in; Auto chooses the safest that the role and the database allow.</summary>
    public RestoreStrategy Strategy { get; init; }

    /// <summary>Everything belongs to the connecting role, and grants are left out: for servers that do not have the backup's
    /// roles.</summary>
    public bool NoOwner { get; init; }

    /// <summary>Tablespaces are left out, and everything goes to the default one: for servers that do not have the backup's
    /// tablespaces.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>Go on although replication slots or subscriptions of the database will be left behind.</summary>
    public bool AllowReplicationBreak { get; init; }

    /// <summary>Make the live database read-only by default and end its sessions, once consent is given. Best effort: a session can still
    /// switch back.</summary>
    public bool FreezeWrites { get; init; }

    /// <summary>What becomes of objects that rows or functions of the backup do not let the server make.</summary>
    public BrokenObjectRule OnBrokenObject { get; init; }

    /// <summary>True for the trial of a test, in which a server that lacks something must not be taken for a fault of the backup.</summary>
    internal bool IsTrial { get; init; }

    /// <summary>Tables restored at the same time; null for the number of processors.</summary>
    public int? Jobs { get; init; }

    /// <summary>What of it pg_restore itself is told.</summary>
    internal IReadOnlyList<string> Arguments =>
        [.. NoOwner ? ["--no-owner", "--no-privileges"] : Array.Empty<string>(), .. NoTablespaces ? ["--no-tablespaces"]
            : Array.Empty<string>()];
}

/// <summary>How a PostgreSQL backup comes in.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestoreStrategy>))]
public enum RestoreStrategy
{
    /// <summary>Swap where it can be, else Schema; InPlace only where both cannot.</summary>
    Auto,

    /// <summary>Into a new database, which then takes the live one's name in one transaction.</summary>
    Swap,

    /// <summary>The live schemas are renamed and new ones made in one transaction, for an owner who may not create databases.</summary>
    Schema,

    /// <summary>The live contents are dropped and restored in one transaction, after a full backup that Undo restores.</summary>
    InPlace,
}

/// <summary>What a restore would do; what -WhatIf returns and what consent is asked for.</summary>
public sealed record RestorePlan
{
    public required BackupSet Backup { get; init; }

    /// <summary>What the target is called: a full path with links resolved, or a URL without user and password.</summary>
    public required string Target { get; init; }

    /// <summary>What was asked for.</summary>
    internal RestoreRequest Request { get; init; } = null!;

    /// <summary>Where the target's journal and lock lie.</summary>
    internal RestoreTarget Place { get; init; } = null!;

    /// <summary>PostgreSQL: how the backup comes in; null where the swap itself finds out.</summary>
    public RestoreStrategy? Strategy { get; init; }

    /// <summary>Why that way.</summary>
    public string? StrategyReason { get; init; }

    public required bool TargetExists { get; init; }

    /// <summary>Size of the target in bytes, with its side files; 0 where there is none.</summary>
    public required long TargetBytes { get; init; }

    /// <summary>Bytes that the restore needs free beside the target.</summary>
    public required long SpaceNeeded { get; init; }

    /// <summary>Bytes free beside the target; null where that cannot be known.</summary>
    public required long? SpaceFree { get; init; }

    /// <summary>Copies kept by earlier restores of the target.</summary>
    public required IReadOnlyList<PreviousCopy> KeptCopies { get; init; }

    /// <summary>What would be brought back and lost; null where there is no live database.</summary>
    public required DatabaseComparison? Comparison { get; init; }

    /// <summary>What an operator should know before agreeing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required bool AllowUnverified { get; init; }

    /// <summary>What would become of the runtime files; null where they stay as they are.</summary>
    public RuntimeChanges? Runtime { get; init; }

    /// <summary>The whole plan as the text of the question.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>Which restore to act on: one of RestoreId, or the latest (of a target).</summary>
public sealed record RestoreSelector
{
    public string? RestoreId { get; init; }

    /// <summary>The newest restore that fits.</summary>
    public bool Latest { get; init; }

    /// <summary>The database it was restored to; null for any.</summary>
    public DatabaseAddress? Target { get; init; }

    /// <summary>What the target is, where it has been asked; then its name does not count.</summary>
    internal string? Identity { get; init; }

    /// <summary>How to reach the server of a PostgreSQL restore; null for <see cref="Target"/>, else DATABASE_URL.</summary>
    public DatabaseAddress? Connection { get; init; }
}

/// <summary>What an undo would do.</summary>
public sealed record UndoPlan
{
    public required RestoreRecord Restore { get; init; }

    /// <summary>How the restore was named, and how its server is reached.</summary>
    internal RestoreSelector Selector { get; init; } = null!;

    /// <summary>What was written since the swap and would be replaced (and kept); null where it could not be compared.</summary>
    public required DatabaseComparison? WrittenSince { get; init; }

    /// <summary>The whole plan as the text of the question.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
