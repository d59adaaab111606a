using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Diagnostics;

/// <summary>The treatment of an index, a key, a view or a trigger that the rows or functions of a backup do not allow.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BrokenObjectRule>))]
public enum BrokenObjectRule : long
{
    /// <summary>The restore is refused; the error names every such object.</summary>
    Refuse,

    /// <summary>Every row comes back without it, and the record lists it with the SQL that makes it later.</summary>
    Leave,
}

/// <summary>An object of a backup that the server cannot create, because rows or functions in the same backup do not allow it.</summary>
/// <param name="Type">The type in pg_restore's words, in lower case: "fk constraint", "index", "materialized view data".</param>
/// <param name="Name">Schema and name; for an object of a table, the table's name stands before its own.</param>
/// <param name="Problem">The server's message.</param>
/// <param name="Keys">The offending key as the server names it, the first of several; null if the server names none.</param>
/// <param name="Sql">The statements that create the object, once its rows are repaired.</param>
public sealed record BrokenObject(string Type, string Name, string Problem, string? Keys, string Sql)
{
    /// <summary>Other objects of the schema that are defined otherwise without it, by type and name: the table of a CHECK.</summary>
    [JsonIgnore]
    internal IReadOnlyList<(string Type, string Name)> Changes { get; init; } = [];

    /// <summary>The object and what is wrong, in one sentence without a full stop.</summary>
    public override string ToString() => $"{Type} {Name}: {Problem}{(Keys is null ? "" : $" ({Keys.TrimEnd('.')})")}";
}
