
namespace Postry.Ops.Engine.Model;

/// <summary>
/// A backup and a live database (or a copy of one), each as far as it can be held against the other. What one side does not tell is in
/// neither of the two contents, and is named in <see cref="Unknown"/> or <see cref="NotHeld"/>: nobody may take it for equal.
/// </summary>
/// <param name="Backup">Tables and definitions of the backup.</param>
/// <param name="Live">Tables and definitions of the live database.</param>
internal sealed record BothSides(DatabaseContents Backup, DatabaseContents Live)
{
    /// <summary>What the backup says of the database beside its rows and definitions.</summary>
    public IReadOnlyList<DatabaseProperty> BackupProperties { get; init; } = [];

    /// <summary>The same of the live database.</summary>
    public IReadOnlyList<DatabaseProperty> LiveProperties { get; init; } = [];

    /// <summary>What the backup may hold and could not be compared, each with the reason: whether it is equal is not known.</summary>
    public IReadOnlyList<Omission> Unknown { get; init; } = [];

    /// <summary>What this backup does not hold, beside what no backup of the database would.</summary>
    public IReadOnlyList<Omission> NotHeld { get; init; } = [];

    /// <summary>Both without what belongs to the database itself and not to what is in it.</summary>
    public BothSides OfContents() => this with
    {
        BackupProperties = [.. BackupProperties.Where(property => property.Kind != PropertyKind.Database)],
        LiveProperties = [.. LiveProperties.Where(property => property.Kind != PropertyKind.Database)],
    };
}

/// <summary>One fact of a database that is neither a row nor a definition.</summary>
/// <param name="Kind">What it is a fact of; one of <see cref="PropertyKind"/>.</param>
/// <param name="Name">Which fact: "comment", "setting work_mem", the name of a sequence.</param>
/// <param name="Value">What it is, for people; null where it is not shown.</param>
/// <param name="Key">What is compared where that is not the value.</param>
/// <param name="Unknown">Why it is not known, or null.</param>
internal sealed record DatabaseProperty(string Kind, string Name, string? Value, string? Key = null, string? Unknown = null)
{
    /// <summary>What is compared.</summary>
    public string? Compared => Key ?? Value;
}

/// <summary>What a fact can be of.</summary>
internal static class PropertyKind
{
    /// <summary>The database itself, which a restore of its contents alone leaves as it is.</summary>
    public const string Database = "database";

    public const string Sequence = "sequence";
    public const string MaterializedView = "materialized view";
    public const string LargeObjects = "large objects";
    public const string Extension = "extension";
}
