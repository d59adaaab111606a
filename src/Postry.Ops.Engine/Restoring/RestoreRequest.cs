using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Comparing;

namespace Postry.Ops.Engine.Restoring;

/// <summary>What to restore where.</summary>
public sealed record RestoreRequest
{
    public required BackupSelector Backup { get; init; }

    /// <summary>Full or relative path of the database to restore.</summary>
    public required string TargetPath { get; init; }

    /// <summary>Restore a set of another database, or onto a target that does not exist and was not named.</summary>
    public bool AllowDifferentSource { get; init; }

    /// <summary>Restore although the signature cannot be checked.</summary>
    public bool AllowUnverified { get; init; }

    /// <summary>Do not compare the live database with the backup first.</summary>
    public bool SkipCompare { get; init; }

    /// <summary>How long the comparison may take before it is given up.</summary>
    public TimeSpan CompareBudget { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What a restore would do; what -WhatIf returns and what consent is asked for.</summary>
public sealed record RestorePlan
{
    public required BackupSet Backup { get; init; }

    /// <summary>Full path of the target, links resolved.</summary>
    public required string Target { get; init; }

    public required bool TargetExists { get; init; }

    /// <summary>Size of the target in bytes, with its side files; 0 where there is none.</summary>
    public required long TargetBytes { get; init; }

    /// <summary>Bytes that the restore needs free beside the target.</summary>
    public required long SpaceNeeded { get; init; }

    /// <summary>Bytes free beside the target.</summary>
    public required long SpaceFree { get; init; }

    /// <summary>Copies kept by earlier restores of the target.</summary>
    public required IReadOnlyList<PreviousCopy> KeptCopies { get; init; }

    /// <summary>What would be brought back and lost; null where there is no live database.</summary>
    public required DatabaseComparison? Comparison { get; init; }

    /// <summary>What an operator should know before agreeing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required bool AllowUnverified { get; init; }

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

    /// <summary>Full or relative path of the database it was restored to; null for any.</summary>
    public string? TargetPath { get; init; }
}

/// <summary>What an undo would do.</summary>
public sealed record UndoPlan
{
    public required RestoreRecord Restore { get; init; }

    /// <summary>What was written since the swap and would be replaced (and kept); null where it could not be compared.</summary>
    public required DatabaseComparison? WrittenSince { get; init; }

    /// <summary>The whole plan as the text of the question.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
