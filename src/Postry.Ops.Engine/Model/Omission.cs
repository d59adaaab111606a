using System.Globalization;
using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// Something that belongs to a database and that a backup of it does not hold, because the tool that writes the archive leaves it out; in
/// a comparison also what could not be compared for another reason.
/// </summary>
/// <param name="Kind">
/// What it is: "extension table", "extension rows", "extension sequence", "foreign table", "materialized view" or "system table"; in a
/// comparison also "scope" (what the set was narrowed to), "definitions", "property" or "all".
/// </param>
/// <param name="Name">The object, as messages call it.</param>
/// <param name="Rows">How many rows are left out; null where they were not or could not be counted, which never means none.</param>
/// <param name="Reason">Why it is left out, and what then brings it back, in words.</param>
/// <param name="Lost">True where rows are left out, or may be, that no restore of the backup brings back for certain.</param>
/// <param name="Extension">The extension that it is a member of, or null.</param>
public sealed record Omission(
    string Kind, string Name, long? Rows, string Reason, bool Lost,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Extension = null)
{
    /// <summary>In a comparison: what the set was narrowed to.</summary>
    internal const string Scope = "scope";

    /// <summary>In a comparison: views, functions, constraints and whatever else a statement defines.</summary>
    internal const string Definitions = "definitions";

    /// <summary>In a comparison: what is neither a row nor a definition.</summary>
    internal const string Property = "property";

    /// <summary>In a comparison: all of it.</summary>
    internal const string All = "all";

    /// <summary>In a comparison: what is not compared, and has no rows that could be counted.</summary>
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
