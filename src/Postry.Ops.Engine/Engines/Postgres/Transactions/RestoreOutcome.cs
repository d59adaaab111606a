using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The outcome of restoring an archive that could not be restored as it is.</summary>
/// <param name="Broken">Objects that could not be created and were left out.</param>
/// <param name="WithPath">The objects that needed a search_path, by that path.</param>
internal sealed record RestoreOutcome(IReadOnlyList<BrokenObject> Broken, IReadOnlyDictionary<string, List<string>> WithPath)
{
    private const int MostNames = 20;

    /// <summary>The outcome of an archive that was restored as it is.</summary>
    public static readonly RestoreOutcome AsItIs = new([], new Dictionary<string, List<string>>());

    /// <summary>The outcome of a plain dump that was run as a whole under a search_path, or null for its own.</summary>
    public static RestoreOutcome OfDump(string? path) => path is null ? AsItIs
        : new([], new Dictionary<string, List<string>> { [path] = ["the whole dump"] });

    /// <summary>The statement under whose search_path most of it can be evaluated; empty where none was needed.</summary>
    public string SetPath => WithPath.Count == 0 ? ""
        : PostgresNames.SetSearchPath(WithPath.MaxBy(made => made.Value.Count).Key);

    /// <summary>The checks for a report. The check for an object that was left out is never passed.</summary>
    public IReadOnlyList<Check> Checks =>
    [
        .. WithPath.Select(made => new Check("Search path", CheckStatus.Passed,
            Detail: "pg_restore alone cannot create these, because their functions use names without a schema. "
                + $"They were made with search_path = {made.Key}: {Names(made.Value)}.")),
        .. Broken.Select(one => new Check($"Object {one.Type} {one.Name}", CheckStatus.Inconclusive, "made", "left out",
            $"{one.Problem}{(one.Keys is null ? "" : $" ({one.Keys.TrimEnd('.')})")}. All rows are there. "
                + $"Only {OptionName.OnBrokenObject} Leave restores without it. Once the rows are corrected, this creates it: {one.Sql}")),
    ];

    /// <summary>The objects of a schema without those that were left out, and without those that are defined otherwise for it.</summary>
    public IReadOnlyList<SchemaObject> Without(IReadOnlyList<SchemaObject> schema)
    {
        if (Broken.Count == 0) return schema;
        var changed = Broken.SelectMany(one => one.Changes).ToHashSet();
        return [.. schema.Where(entry => !changed.Contains((entry.Type, entry.Name)))];
    }

    private static string Names(List<string> names) =>
        string.Join("; ", names.Take(MostNames)) + (names.Count > MostNames ? $"; and {names.Count - MostNames} more" : "");
}
