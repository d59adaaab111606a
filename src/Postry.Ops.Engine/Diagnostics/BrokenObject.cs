using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Diagnostics;

/// <summary>What becomes of an index, a key, a view or a trigger that the rows or functions of a backup do not allow.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BrokenObjectRule>))]
public enum BrokenObjectRule
{
    /// <summary>Nothing is restored; the error names every such object.</summary>
    Refuse,

    /// <summary>Every row comes back without it, and the record lists it with the SQL that makes it later.</summary>
    Leave,
}

/// <summary>An object of a backup that the server does not make, because rows or functions in the same backup do not allow it.</summary>
/// <param name="Type">As pg_restore calls it, in lower case: "fk constraint", "index", "materialized view data".</param>
/// <param name="Name">Its schema and name; of what belongs to a table the table's name stands before its own.</param>
/// <param name="Problem">What the server says.</param>
/// <param name="Keys">The offending key, of several the first, as the server names it; null where it names none.</param>
/// <param name="Sql">The statements that make it, once its rows are mended.</param>
public sealed record BrokenObject(string Type, string Name, string Problem, string? Keys, string Sql)
{
    /// <summary>Other objects of the schema that are defined otherwise without it, by type and name: the table of a CHECK.</summary>
    [JsonIgnore]
    internal IReadOnlyList<(string Type, string Name)> Changes { get; init; } = [];

    /// <summary>The object and what is wrong, in one sentence without a full stop.</summary>
    public override string ToString() => $"{Type} {Name}: {Problem}{(Keys is null ? "" : $" ({Keys.TrimEnd('.')})")}";
}
