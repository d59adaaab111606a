using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>A key of an object: its name, what it means, its shape, and how it gets into and out of the model.</summary>
internal sealed record Key<T>(string Name, Shape Shape, Func<T, object?> Get, Func<T, object, T> Set, string Description, bool Required,
    bool HasVariable);

/// <summary>Marks the shapes of objects with known keys.</summary>
internal interface IObjectShape
{
    /// <summary>The values that environment variables hold, put in the itemPath of those of an object.</summary>
    JsonItem Overlay(JsonItem item, string path, Func<string, string?> environment);

    /// <summary>The variable for each single value below, by its path.</summary>
    IEnumerable<(string Path, string Variable)> Variables(string path);
}

/// <summary>An object with known keys, which is read into a T.</summary>
/// <param name="start">The object with all defaults, for a file that does not name it.</param>
/// <param name="words">The object in words.</param>
internal sealed class ObjectShape<T>(T start, string words) : Shape<T>, IObjectShape where T : class
{
    private readonly List<Key<T>> _keys = [];
    private readonly List<(Action<T, JsonItem, string, ConfigurationReading> Check, bool EvenIfBroken)> _checks = [];
    private Action<JsonObject> _schemaRule = _ => { };

    public override string Expected => $"an object in {{ }} with {words}";

    /// <summary>The object with all defaults, for a file that does not name it.</summary>
    public T Start => start;

    public IReadOnlyList<Key<T>> Keys => _keys;

    /// <summary>Adds a key.</summary>
    public ObjectShape<T> Add<TValue>(string name, Shape<TValue> shape, Func<T, object?> get, Func<T, TValue, T> set, string description,
        bool required = false, bool hasVariable = true)
        where TValue : notnull
    {
        _keys.Add(new Key<T>(name, shape, get, (model, value) => set(model, (TValue)value), description, required, hasVariable));
        return this;
    }

    /// <summary>Adds a check of the keys against each other, which notes what it finds.</summary>
    /// <param name="check">Gets the value, what was written, its path.</param>
    /// <param name="evenIfBroken">True where the check can also judge an object some of whose values are wrong.</param>
    public ObjectShape<T> Check(Action<T, JsonItem, string, ConfigurationReading> check, bool evenIfBroken = false)
    {
        _checks.Add((check, evenIfBroken));
        return this;
    }

    /// <summary>Adds to the schema the rule that a check of this class enforces.</summary>
    public ObjectShape<T> WithSchema(Action<JsonObject> rule)
    {
        _schemaRule = rule;
        return this;
    }

    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var key in _keys)
        {
            var property = key.Shape.Schema();
            property["description"] = key.Description;
            if (key.Shape is not IObjectShape && key.Get(start) is { } value && value is not System.Collections.ICollection { Count: 0 })
                property["default"] = key.Shape.ToJson(value);
            properties[key.Name] = property;
        }

        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (_keys.Exists(key => key.Required))
            schema["required"] = new JsonArray([.. _keys.Where(key => key.Required).Select(key => (JsonNode)key.Name)]);
        _schemaRule(schema);
        return schema;
    }

    public override JsonNode ToJson(object value) => new JsonObject(
        from key in _keys let member = key.Get((T)value) where member is not null select KeyValuePair
            .Create(key.Name, (JsonNode?)key.Shape.ToJson(member)));

    public override IEnumerable<string> Paths(string path) =>
        _keys.SelectMany(key => key.Shape.Paths(Below(path, key.Name)).Prepend(Below(path, key.Name)));

    public override IEnumerable<(string Path, string Value)> Leaves(object value, string path) =>
        from key in _keys let member = key.Get((T)value) where member is not null from leaf in key.Shape
            .Leaves(member, Below(path, key.Name)) select leaf;

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out T value)
    {
        if (item.Kind != JsonKind.Object) return Refuse(item, path.Length == 0 ? "The file" : path, reading, out value);
        value = start;
        var whole = Members.RequireDistinct(item, path, reading, path.Length == 0 ? SectionOf : null);
        var outer = reading.Section;
        foreach (var (name, origin, member) in item.Members)
        {
            var key = _keys.Find(key => key.Name == name);
            var nearest = key?.Name ?? NearestName.To(name, _keys.Select(known => known.Name));
            if (path.Length == 0) reading.Section = SectionOf(nearest);
            if (key is null)
            {
                whole = false;
                reading.Add(origin, Unknown(name, nearest, path));
            }
            else
            {
                var itemPath = Below(path, name);
                reading.Origins[itemPath] = origin;
                if (key.Shape.TryReadAny(member, itemPath, reading, out var read)) value = key.Set(value, read!);
                else whole = false;
            }

            reading.Section = outer;
        }

        foreach (var missing in _keys.Where(key => key.Required && item[key.Name] is null))
        {
            whole = false;
            reading.Add(item.Origin, $"{path} needs the key '{missing.Name}'.");
        }

        var found = reading.Problems.Count;
        foreach (var (check, evenIfBroken) in _checks)
        {
            if (whole || evenIfBroken) check(value, item, path, reading);
        }

        return whole && reading.Problems.Count == found;
    }

    public JsonItem Overlay(JsonItem item, string path, Func<string, string?> environment)
    {
        // A variable cannot repair a value that should be an object: the problem of the file stays.
        if (item.Kind != JsonKind.Object) return item;
        var members = item.Members.ToList();
        foreach (var key in _keys.Where(key => key.HasVariable))
        {
            var itemPath = Below(path, key.Name);
            var there = members.FindIndex(member => member.Name == key.Name);
            var value = there < 0 ? null : members[there].Value;
            var replaced = key.Shape is IObjectShape inner
                ? inner.Overlay(value ?? new JsonItem(JsonKind.Object, item.Origin), itemPath, environment)
                : environment(VariableFor(itemPath)) is { Length: > 0 } text
                    ? key.Shape.FromVariable(text, new ConfigurationOrigin(SettingSource.Environment, VariableFor(itemPath))) : value;
            if (replaced is null || (value is null && replaced is { Kind: JsonKind.Object, Members.Count: 0 })) continue;
            var changed = new JsonMember(key.Name, replaced.Origin.Source == SettingSource.Environment || there < 0 ? replaced.Origin
                : members[there].Origin, replaced);
            if (there < 0) members.Add(changed);
            else members[there] = changed;
        }

        return item with { Members = members };
    }

    public IEnumerable<(string Path, string Variable)> Variables(string path) =>
        _keys.Where(key => key.HasVariable).SelectMany(key => key.Shape is IObjectShape inner
        ? inner.Variables(Below(path, key.Name))
        : [(Below(path, key.Name), VariableFor(Below(path, key.Name)))]);

    /// <summary>objectives.disk.warnUsed is POSTRY_OBJECTIVES_DISK_WARN_USED.</summary>
    private static string VariableFor(string path) =>
        EnvironmentVariables.SettingPrefix + string.Concat(path
        .Select(c => c == '.' ? "_" : char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));

    private static ConfigurationSections SectionOf(string? key) =>
        Enum.TryParse<ConfigurationSections>(key, ignoreCase: true, out var section) ? section : ConfigurationSections.Unknown;

    private string Unknown(string name, string? nearest, string path)
    {
        var where = path.Length == 0 ? "the file" : path;
        return nearest is null
            ? $"There is no key '{NearestName.Shown(name)}' in {where}; there are {string.Join(", ", _keys.Select(key => key.Name))}."
            : $"There is no key '{NearestName.Shown(name)}' in {where}; did you mean '{nearest}'?";
    }
}

/// <summary>Operations that all shapes of objects share.</summary>
internal static class Members
{
    /// <summary>Notes every name that came before, and says whether there is none.</summary>
    public static bool RequireDistinct(JsonItem item, string path, ConfigurationReading reading, Func<string,
        ConfigurationSections>? sectionOf = null)
    {
        var before = reading.Problems.Count;
        var outer = reading.Section;
        foreach (var group in item.Members.GroupBy(member => member.Name, StringComparer.Ordinal))
        {
            var first = group.First().Origin;
            if (sectionOf is not null) reading.Section = sectionOf(group.Key);
            foreach (var again in group.Skip(1))
                reading.Add(again.Origin,
                    $"The key '{NearestName.Shown(again.Name)}' occurs already, in line {first.Line}" +
                    $"{(path.Length == 0 ? "" : $" of {path}")}: keep one of them.");
        }

        reading.Section = outer;
        return reading.Problems.Count == before;
    }
}
