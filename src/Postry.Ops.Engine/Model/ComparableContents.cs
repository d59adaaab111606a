
namespace Postry.Ops.Engine.Model;

/// <summary>
/// The contents of a backup and of a live database (or a copy of one), each as far as it can be compared with the other. Objects that
/// only one of them shows are in neither. <see cref="Unknown"/> and <see cref="NotHeld"/> name them, so that they are not taken for equal.
/// </summary>
/// <param name="Backup">Tables and definitions of the backup.</param>
/// <param name="Live">Tables and definitions of the live database.</param>
internal sealed record ComparableContents(DatabaseContents Backup, DatabaseContents Live)
{
    /// <summary>The properties of the database in the backup, besides rows and definitions.</summary>
    public IReadOnlyList<DatabaseProperty> BackupProperties { get; init; } = [];

    /// <summary>The properties of the live database.</summary>
    public IReadOnlyList<DatabaseProperty> LiveProperties { get; init; } = [];

    /// <summary>
    /// Objects that the backup may hold and that could not be compared, each with the reason: whether they are equal is not known.
    /// </summary>
    public IReadOnlyList<Omission> Unknown { get; init; } = [];

    /// <summary>Objects that this backup does not hold, besides those that no backup of the database would hold.</summary>
    public IReadOnlyList<Omission> NotHeld { get; init; } = [];

    /// <summary>Returns both contents without the properties that belong to the database itself.</summary>
    public ComparableContents WithoutDatabaseProperties() => this with
    {
        BackupProperties = [.. BackupProperties.Where(property => property.Kind != PropertyKind.Database)],
        LiveProperties = [.. LiveProperties.Where(property => property.Kind != PropertyKind.Database)],
    };
}

/// <summary>A property of a database that is neither a row nor a definition.</summary>
/// <param name="Kind">The kind of the property's owner; one of <see cref="PropertyKind"/>.</param>
/// <param name="Name">The name of the property: "comment", "setting work_mem", the name of a sequence.</param>
/// <param name="Value">The value for people; null if it is not shown.</param>
/// <param name="Key">The text to compare, if that is not the value.</param>
/// <param name="Unknown">The reason why the value is not known, or null.</param>
internal sealed record DatabaseProperty(string Kind, string Name, string? Value, string? Key = null, string? Unknown = null)
{
    /// <summary>The text to compare.</summary>
    public string? Compared => Key ?? Value;
}

/// <summary>The kinds of owners of properties.</summary>
internal static class PropertyKind
{
    /// <summary>The database itself, which a restore of its contents alone leaves as it is.</summary>
    public const string Database = "database";

    public const string Sequence = "sequence";
    public const string MaterializedView = "materialized view";
    public const string LargeObjects = "large objects";
    public const string Extension = "extension";
}
