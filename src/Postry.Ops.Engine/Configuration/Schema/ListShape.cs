using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>A list.</summary>
/// <param name="item">The shape of its items.</param>
/// <param name="words">The items in words, as in "a list of patterns".</param>
/// <param name="least">The least number of items.</param>
internal sealed class ListShape<T>(Shape<T> item, string words, int least = 0) : Shape<IReadOnlyList<T>> where T : notnull
{
    public override string Expected => $"a list of {words} in [ ]";

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = item.Schema() };
        if (least > 0) schema["minItems"] = least;
        return schema;
    }

    public override JsonNode ToJson(object value) => new JsonArray([.. ((IReadOnlyList<T>)value).Select(one => item.ToJson(one))]);

    public override IEnumerable<string> Paths(string path) => item.Paths(path + "[]");

    public override IEnumerable<(string Path, string Value)> Leaves(object value, string path)
    {
        var list = (IReadOnlyList<T>)value;
        return item is IObjectShape
            ? list.SelectMany((one, i) => item.Leaves(one, $"{path}[{i}]"))
            : [(path, string.Join(", ", list.SelectMany(one => item.Leaves(one, path)).Select(leaf => leaf.Value)))];
    }

    /// <summary>Items are separated by commas or line ends.</summary>
    public override JsonItem? FromVariable(string text, ConfigurationOrigin origin)
    {
        var parts = text.Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => item.FromVariable(part, origin)).OfType<JsonItem>();
        return item is IObjectShape ? null : new JsonItem(JsonKind.List, origin) { Items = [.. parts] };
    }

    public override bool TryRead(JsonItem list, string path, ConfigurationReading reading, out IReadOnlyList<T> value)
    {
        if (list.Kind != JsonKind.List) return Refuse(list, path, reading, out value);
        var values = new List<T>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = $"{path}[{i}]";
            reading.Origins[itemPath] = list.Items[i].Origin;
            if (item.TryRead(list.Items[i], itemPath, reading, out var one)) values.Add(one);
        }

        value = values;
        if (list.Items.Count < least) reading.Add(list.Origin, $"{path} needs at least {(least == 1 ? "one item" : $"{least} items")}.");
        return values.Count == list.Items.Count && values.Count >= least;
    }
}

/// <summary>An object whose names are the user's own.</summary>
/// <param name="item">The shape of its values.</param>
/// <param name="words">The object in words, as in "databases by name".</param>
/// <param name="problem">The problem of a name; null if the name is right.</param>
/// <param name="pattern">A regular expression for editors that every right name fits.</param>
internal sealed class MapShape<T>(Shape<T> item, string words, Func<string, string?> problem, string pattern)
    : Shape<IReadOnlyDictionary<string, T>> where T : notnull
{
    public override string Expected => $"an object in {{ }} with {words}";

    public override JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = pattern },
        ["additionalProperties"] = item.Schema(),
    };

    public override JsonNode ToJson(object value) =>
        new JsonObject(((IReadOnlyDictionary<string, T>)value)
        .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)item.ToJson(pair.Value))));

    public override IEnumerable<string> Paths(string path) => item.Paths(Below(path, "*"));

    public override IEnumerable<(string Path, string Value)> Leaves(object value, string path) =>
        ((IReadOnlyDictionary<string, T>)value).SelectMany(pair => item.Leaves(pair.Value, Below(path, pair.Key)));

    public override bool TryRead(JsonItem map, string path, ConfigurationReading reading, out IReadOnlyDictionary<string, T> value)
    {
        if (map.Kind != JsonKind.Object) return Refuse(map, path, reading, out value);
        var values = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        var whole = Members.RequireDistinct(map, path, reading);
        foreach (var (name, origin, member) in map.Members)
        {
            var itemPath = Below(path, NearestName.Shown(name));
            reading.Origins[itemPath] = origin;
            if (problem(name) is { } wrong) reading.Add(origin, $"A name in {path} {wrong}.");
            else if (item.TryRead(member, itemPath, reading, out var one)) values[name] = one;
        }

        value = values;
        return whole && values.Count == map.Members.Count;
    }
}
