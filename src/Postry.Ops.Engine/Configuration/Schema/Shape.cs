using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>
/// Describes a value of the configuration. Reading, complaints, display, environment variables and the published JSON schema all follow
/// from this one description, so that they cannot drift apart.
/// </summary>
internal abstract class Shape
{
    /// <summary>The expected value in words, as in "must be a list of texts".</summary>
    public abstract string Expected { get; }

    /// <summary>The JSON schema of a value.</summary>
    public abstract JsonObject Schema();

    /// <summary>A value as it would be written.</summary>
    public abstract JsonNode ToJson(object value);

    /// <summary>The keys below, each with its path; a name that is the user's own is *.</summary>
    public virtual IEnumerable<string> Paths(string path) => [];

    /// <summary>The single values that a value consists of, each with its path, as somebody may see them.</summary>
    public virtual IEnumerable<(string Path, string Value)> Leaves(object value, string path) =>
        [(path, ToJson(value) is JsonValue single && single.TryGetValue<string>(out var text) ? text : ToJson(value).ToJsonString())];

    /// <summary>A value that an environment variable holds, as if it stood in the file; null for a shape that has no such form.</summary>
    public virtual JsonItem? FromVariable(string text, ConfigurationOrigin origin) => null;

    /// <summary>Reads a value and notes what is wrong with it.</summary>
    public abstract bool TryReadAny(JsonItem item, string path, ConfigurationReading reading, out object? value);

    /// <summary>The path of a member.</summary>
    public static string Below(string path, string name) =>
        name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '*' or '$') ? $"{path}['{name}']"
            : path.Length == 0 ? name : $"{path}.{name}";
}

/// <summary>The shape of a value that becomes a T.</summary>
internal abstract class Shape<T> : Shape where T : notnull
{
    /// <summary>Reads a value and notes what is wrong with it.</summary>
    public abstract bool TryRead(JsonItem item, string path, ConfigurationReading reading, out T value);

    /// <inheritdoc/>
    public sealed override bool TryReadAny(JsonItem item, string path, ConfigurationReading reading, out object? value)
    {
        var read = TryRead(item, path, reading, out var typed);
        value = read ? typed : null;
        return read;
    }

    /// <summary>Notes that something else stands there, and says false.</summary>
    protected bool Refuse(JsonItem item, string path, ConfigurationReading reading, out T value)
    {
        value = default!;
        reading.Add(item.Origin, item.Kind == JsonKind.Null
            ? $"{path} must be {Expected}; leave the key out for its default."
            : $"{path} must be {Expected}, not {item.Words}.");
        return false;
    }
}
