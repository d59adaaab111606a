using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>How a table in the live database relates to the same table in a backup.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TableDifference>))]
public enum TableDifference
{
    /// <summary>The same rows with the same values.</summary>
    Equal,

    /// <summary>Rows or values differ.</summary>
    Different,

    /// <summary>A restore would bring the table back.</summary>
    OnlyInBackup,

    /// <summary>A restore would take the table away.</summary>
    OnlyInLive,

    /// <summary>It could not be told.</summary>
    Inconclusive,
}

/// <summary>One table, live and in the backup.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="LiveRows">Rows in the live database, or null.</param>
/// <param name="BackupRows">Rows in the backup, or null.</param>
/// <param name="Difference">The verdict by fingerprint.</param>
/// <param name="Detail">Why it is Inconclusive, or null.</param>
public sealed record TableComparison(string Name, long? LiveRows, long? BackupRows, TableDifference Difference, string? Detail = null);

/// <summary>A schema object that a restore would add, take away or change.</summary>
/// <param name="Type">table, index, view or trigger; of PostgreSQL every type that a dump knows.</param>
/// <param name="Name">Its name.</param>
/// <param name="Difference">OnlyInBackup, OnlyInLive or Different.</param>
public sealed record SchemaDifference(string Type, string Name, TableDifference Difference);

/// <summary>A fact of a database beside rows and definitions that is not the same on both sides.</summary>
/// <param name="Kind">
/// What it is a fact of: database (comment, connection limit, privileges, settings, encoding; of SQLite user_version and
/// application_id), sequence, materialized view, large objects or extension.
/// </param>
/// <param name="Name">Which fact, or the object's name.</param>
/// <param name="LiveValue">What it is in the live database; null where it is not set there, or not shown.</param>
/// <param name="BackupValue">What it is in the backup; null where it is not set there, or not shown.</param>
/// <param name="Difference">OnlyInBackup, OnlyInLive or Different.</param>
public sealed record PropertyDifference(string Kind, string Name, string? LiveValue, string? BackupValue, TableDifference Difference);

/// <summary>What a restore of a backup would bring back to a database and what it would lose.</summary>
public sealed record DatabaseComparison
{
    /// <summary>The backup's id.</summary>
    public required string BackupId { get; init; }

    /// <summary>The live database.</summary>
    public required string Target { get; init; }

    /// <summary>When the live database was read, in UTC.</summary>
    public required DateTime ComparedAt { get; init; }

    /// <summary>False where the live database could not be compared at all; Reason says why.</summary>
    public required bool Compared { get; init; }

    /// <summary>Why nothing was compared: out of time, no live database, unreadable; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Different where anything differs; else Inconclusive where something that the backup may hold could not be compared; else Equal.
    /// </summary>
    public required TableDifference Status { get; init; }

    /// <summary>Every table on either side.</summary>
    public required IReadOnlyList<TableComparison> Tables { get; init; }

    /// <summary>Schema objects that are not the same on both sides.</summary>
    public required IReadOnlyList<SchemaDifference> Schema { get; init; }

    // Of the two that follow, records of earlier versions have neither.

    /// <summary>
    /// Values of sequences, large objects, settings and whatever else is neither a row nor a definition, where it is not the same on both
    /// sides.
    /// </summary>
    public IReadOnlyList<PropertyDifference> Properties { get => field ?? []; init; }

    /// <summary>
    /// What of either side was not compared, and why: what could not be, and what no backup of the database, or not this one, holds.
    /// </summary>
    public IReadOnlyList<Omission> NotCompared { get => field ?? []; init; }

    /// <summary>The schema migration that the backup is at, by its migration table; null where no well-known table holds one.</summary>
    public string? BackupMigration { get; init; }

    /// <summary>The schema migration that the live database is at, or null.</summary>
    public string? LiveMigration { get; init; }

    /// <summary>One sentence for a question or a log.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
