using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The kinds of findings in a backup root.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingKind>))]
public enum FindingKind : long
{
    /// <summary>A file that a killed command left unfinished.</summary>
    Leftover,

    /// <summary>An artefact without its manifest, so that it is no backup.</summary>
    Orphan,

    /// <summary>A backup whose artefact or archive of runtime files is missing or has another size.</summary>
    Incomplete,

    /// <summary>A manifest that was changed after it was signed.</summary>
    ChangedManifest,

    /// <summary>A manifest, or the record of a restore, that cannot be read.</summary>
    Unreadable,

    /// <summary>An archive of runtime files whose database's backup is not there.</summary>
    ArchiveWithoutBackup,

    /// <summary>A pin whose backup is not there.</summary>
    PinWithoutBackup,

    /// <summary>The record of a restore whose backup is not there any more.</summary>
    RecordWithoutBackup,

    /// <summary>The evidence of a drill or test whose backup is not there any more.</summary>
    EvidenceWithoutBackup,

    /// <summary>A lock of the backup root, which keeps other commands from writing.</summary>
    Locked,

    /// <summary>A line of the history that was changed or cannot be read, or that follows on lines that were removed.</summary>
    DamagedHistory,

    /// <summary>A file or folder that is none of this product's.</summary>
    Foreign,
}

/// <summary>Something in a backup root that is not as it is to be, or that an operator may want to know.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="IsProblem">True where it is not as it is to be; false for what is only mentioned.</param>
/// <param name="Path">Full path of the file or folder.</param>
/// <param name="SizeBytes">Size in bytes; 0 for what is not there.</param>
/// <param name="ModifiedAt">Time of the last change, in UTC; null for what is not there.</param>
/// <param name="Detail">The finding as a sentence.</param>
/// <param name="Next">The next step.</param>
/// <param name="CanRepair">True for what a repair removes.</param>
/// <param name="IsRepaired">True once it is gone.</param>
public sealed record CatalogFinding(FindingKind Kind, bool IsProblem, string Path, long SizeBytes, DateTime? ModifiedAt, string Detail,
    string Next, bool CanRepair = false, bool IsRepaired = false)
{
    /// <summary>The time since the last change; null for what is not there.</summary>
    public TimeSpan? Age => ModifiedAt is { } time ? DateTime.UtcNow - time : null;
}

/// <summary>All findings in a backup root.</summary>
/// <param name="BackupRoot">Full path of the backup root.</param>
/// <param name="Backups">The number of backups.</param>
/// <param name="Findings">The findings, problems first.</param>
public sealed record CatalogReport(string BackupRoot, int Backups, IReadOnlyList<CatalogFinding> Findings)
{
    /// <inheritdoc cref="CatalogReport"/>
    public IReadOnlyList<CatalogFinding> Findings { get; init => field = Indexable.Of(value); } = Indexable.Of(Findings);

    /// <summary>True where no problem is left.</summary>
    public bool IsClean => !Findings.Any(finding => finding is { IsProblem: true, IsRepaired: false });
}
