using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The contents of a database, table by table, as of one snapshot.</summary>
/// <param name="Kind">The amount that was measured.</param>
/// <param name="Algorithm">Name of the fingerprint format, for example "postry-sqlite-1"; null where no content was hashed.</param>
/// <param name="Tables">Every table that stores rows, by name.</param>
/// <param name="Schema">Every schema object with a hash of its definition, by type and name.</param>
public sealed record DatabaseContents(
    FingerprintKind Kind,
    string? Algorithm,
    IReadOnlyList<TableContent> Tables,
    IReadOnlyList<SchemaObject> Schema)
{
    /// <summary>The objects of the database that no backup would hold; null if the reader did not look for them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Omission>? NotHeld { get; init; }

    /// <summary>
    /// The schema migration of a live database ("public.alembic_version 3f2a"), or null. For a backup the manifest has it in another
    /// member.
    /// </summary>
    [JsonIgnore]
    public string? Migration { get; init; }

    /// <summary>True where the rows were counted in the artefact itself: then whether all of them came is what is checked, and not what
    /// they were.</summary>
    [JsonIgnore]
    public bool IsOfArtefact { get; init; }
}

/// <summary>A table's row count and content fingerprint.</summary>
/// <param name="Name">The table's name as the database spells it.</param>
/// <param name="Rows">Number of rows; null where they were not or could not be counted.</param>
/// <param name="Fingerprint">32 hexadecimal digits: the sum of the row hashes modulo 2^128; null where content was not or could not be
/// read.</param>
/// <param name="Inconclusive">The reason why the table could not be read, or null.</param>
public sealed record TableContent(
    string Name,
    long? Rows,
    string? Fingerprint,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Inconclusive = null);

/// <summary>A schema object and a hash of what defines it.</summary>
/// <param name="Type">table, index, view, trigger; of PostgreSQL every type that a dump knows.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Table">The table it belongs to; of PostgreSQL its schema.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the defining statement's UTF-8 text, or null where there is none (an automatic
/// index).</param>
public sealed record SchemaObject(string Type, string Name, string Table, string? Sha256);
