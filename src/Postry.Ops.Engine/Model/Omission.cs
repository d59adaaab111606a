using System.Globalization;
using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// An object that belongs to a database and that a backup of it does not hold, because the tool that writes the archive leaves it out; in a
/// comparison also an object that could not be compared for another reason.
/// </summary>
/// <param name="Kind">The kind: "extension table", "extension rows", "extension sequence", "foreign table", "materialized view" or "system
/// table"; in a comparison also "scope" (the part that the set was narrowed to), "definitions", "property" or "all".</param>
/// <param name="Name">The object, as messages call it.</param>
/// <param name="Rows">The number of rows that are left out; null if they were not or could not be counted, which never means none.</param>
/// <param name="Reason">The reason why the object is left out, and how it can be brought back, in words.</param>
/// <param name="Lost">True if rows are left out, or may be, that no restore of the backup brings back for certain.</param>
/// <param name="Extension">The extension that the object is a member of, or null.</param>
public sealed record Omission(
    string Kind, string Name, long? Rows, string Reason, bool Lost,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Extension = null)
{
    /// <summary>The kind for a comparison with a narrowed set: the schemas and tables that the set was made of.</summary>
    internal const string Scope = "scope";

    /// <summary>
    /// The kind for a comparison of definitions: views, functions, constraints and everything else that a statement defines.
    /// </summary>
    internal const string Definitions = "definitions";

    /// <summary>The kind for a comparison of properties that are neither rows nor definitions.</summary>
    internal const string Property = "property";

    /// <summary>The kind for a comparison of which nothing was possible.</summary>
    internal const string All = "all";

    /// <summary>An omission for an object that is not compared, and has no rows that could be counted.</summary>
    internal static Omission NotCompared(string kind, string name, string reason) => new(kind, name, null, reason, Lost: false);

    /// <summary>The object with its rows: "public.q (3 rows)".</summary>
    [JsonIgnore]
    public string Counted => Rows switch
    {
        null when Kind is Scope or Definitions or Property or All => Name,
        null => $"{Name} (rows not counted)",
        1 => $"{Name} (1 row)",
        { } rows => $"{Name} ({rows.ToString("N0", CultureInfo.InvariantCulture)} rows)",
    };

    /// <summary>Several in a sentence, those that are lost first; of many, some and how many there are besides.</summary>
    internal static string List(IReadOnlyCollection<Omission> omissions)
    {
        const int mostNamed = 10;
        var named = omissions.OrderByDescending(omission => omission.Lost).Take(mostNamed).Select(omission => omission.ToString()).ToList();
        if (omissions.Count > mostNamed) named.Add(string.Create(CultureInfo.InvariantCulture, $"and {omissions.Count - mostNamed} more"));
        return string.Join("; ", named);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Counted}: {Reason}";
}
