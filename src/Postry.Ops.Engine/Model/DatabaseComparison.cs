using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The difference between a table of the live database and the same table of a backup.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TableDifference>))]
public enum TableDifference : long
{
    /// <summary>Both sides have the same rows with the same values.</summary>
    Equal,

    /// <summary>Rows or values differ.</summary>
    Different,

    /// <summary>A restore would bring the table back.</summary>
    OnlyInBackup,

    /// <summary>A restore would take the table away.</summary>
    OnlyInLive,

    /// <summary>The difference could not be determined.</summary>
    Inconclusive,
}

/// <summary>A table, live and in the backup.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="LiveRows">Rows in the live database, or null.</param>
/// <param name="BackupRows">Rows in the backup, or null.</param>
/// <param name="Difference">The verdict by fingerprint.</param>
/// <param name="Detail">The reason if the difference is Inconclusive, or null.</param>
public sealed record TableComparison(string Name, long? LiveRows, long? BackupRows, TableDifference Difference, string? Detail = null);

/// <summary>A schema object that a restore would add, remove or change.</summary>
/// <param name="Type">table, index, view or trigger; of PostgreSQL every type that a dump knows.</param>
/// <param name="Name">The name of the object.</param>
/// <param name="Difference">OnlyInBackup, OnlyInLive or Different.</param>
public sealed record SchemaDifference(string Type, string Name, TableDifference Difference);

/// <summary>A property of a database, besides rows and definitions, that differs between the two sides.</summary>
/// <param name="Kind">The kind of the property's owner: database (comment, connection limit, privileges, settings, encoding; of SQLite
/// user_version and application_id), sequence, materialized view, large objects or extension.</param>
/// <param name="Name">The name of the property, or of the object.</param>
/// <param name="LiveValue">The value in the live database; null if it is not set there, or not shown.</param>
/// <param name="BackupValue">The value in the backup; null if it is not set there, or not shown.</param>
/// <param name="Difference">OnlyInBackup, OnlyInLive or Different.</param>
public sealed record PropertyDifference(string Kind, string Name, string? LiveValue, string? BackupValue, TableDifference Difference);

/// <summary>The result of comparing a backup with a live database: what a restore would bring back and what would be lost.</summary>
public sealed record DatabaseComparison
{
    /// <summary>The backup's id.</summary>
    public required string BackupId { get; init; }

    /// <summary>The live database.</summary>
    public required string Target { get; init; }

    /// <summary>The time at which the live database was read, in UTC.</summary>
    public required DateTime ComparedAt { get; init; }

    /// <summary>False where the live database could not be compared at all; Reason says why.</summary>
    public required bool Compared { get; init; }

    /// <summary>The reason why nothing was compared (out of time, no live database, unreadable); null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>True where nothing was compared because the live database is damaged.</summary>
    internal bool FoundDamage { get; init; }

    /// <summary>
    /// Different where anything differs; else Inconclusive where something that the backup may hold could not be compared; else Equal.
    /// </summary>
    public required TableDifference Status { get; init; }

    /// <summary>Every table on either side.</summary>
    public required IReadOnlyList<TableComparison> Tables { get; init => field = Indexable.Of(value); }

    /// <summary>Schema objects that are not the same on both sides.</summary>
    public required IReadOnlyList<SchemaDifference> Schema { get; init => field = Indexable.Of(value); }

    // Records of earlier versions have neither of the two members that follow.

    /// <summary>
    /// Values of sequences, large objects, settings and whatever else is neither a row nor a definition, where it is not the same on both
    /// sides.
    /// </summary>
    public IReadOnlyList<PropertyDifference> Properties { get => field ?? []; init => field = Indexable.Of(value); }

    /// <summary>
    /// The objects that were not compared, each with the reason: those that could not be read, and those that no backup of the database, or
    /// not this one, holds.
    /// </summary>
    public IReadOnlyList<Omission> NotCompared { get => field ?? []; init => field = Indexable.Of(value); }

    /// <summary>The schema migration that the backup is at, by its migration table; null where no well-known table holds one.</summary>
    public string? BackupMigration { get; init; }

    /// <summary>The schema migration that the live database is at, or null.</summary>
    public string? LiveMigration { get; init; }

    /// <summary>A sentence for a question or a log.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
