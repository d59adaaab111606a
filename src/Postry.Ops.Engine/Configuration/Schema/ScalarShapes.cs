using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>A text that is parsed into a T.</summary>
/// <param name="expected">The expected value in words.</param>
/// <param name="parse">Returns the value, or the problem of the text; the problem must not repeat the text, which may be a secret.</param>
/// <param name="write">The value as text.</param>
/// <param name="pattern">A regular expression for editors that every right value fits; null for any text that is not empty.</param>
/// <param name="alsoNumber">True where a bare number is as good as a text.</param>
internal sealed class TextShape<T>(string expected, Func<string, (T? Value, string? Problem)> parse, Func<T, string> write,
    string? pattern = null, bool alsoNumber = false)
    : Shape<T> where T : notnull
{
    public override string Expected => expected;

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = alsoNumber ? new JsonArray("string", "integer") : "string" };
        if (pattern is null) schema["minLength"] = 1;
        else schema["pattern"] = pattern;
        return schema;
    }

    public override JsonNode ToJson(object value) => JsonValue.Create(write((T)value));

    public override JsonItem FromVariable(string text, ConfigurationOrigin origin) => new(JsonKind.Text, origin) { Text = text };

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out T value)
    {
        if (item.Kind != JsonKind.Text && !(alsoNumber && item.Kind == JsonKind.Number)) return Refuse(item, path, reading, out value);
        value = default!;
        string? problem = null;
        if (item.Text.Length == 0)
        {
            problem = "is empty";
        }
        else if (Fits(item.Text))
        {
            (var parsed, problem) = parse(item.Text);
            value = parsed!;
            if (problem is null) return true;
        }

        reading.Add(item.Origin, problem is null ? $"{path} must be {expected}." : $"{path} {problem}: it must be {expected}.");
        return false;
    }

    // The parser's $ would also match before a final line break, which .NET allows.
    private bool Fits(string text) => pattern is null
        || (!text.Contains('\n', StringComparison.Ordinal) && Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant));
}

/// <summary>A choice of several words, in upper or lower case.</summary>
internal sealed class ChoiceShape<T>(params (string Word, T Value)[] choices) : Shape<T> where T : struct, Enum
{
    public override string Expected => "one of " + string.Join(", ", choices.Select(choice => choice.Word));

    public override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. choices.Select(choice => (JsonNode)choice.Word)]) };

    public override JsonNode ToJson(object value) => choices.First(choice => choice.Value.Equals((T)value)).Word;

    public override JsonItem FromVariable(string text, ConfigurationOrigin origin) => new(JsonKind.Text, origin) { Text = text };

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out T value)
    {
        if (item.Kind != JsonKind.Text) return Refuse(item, path, reading, out value);
        var found = Array.FindIndex(choices, choice => choice.Word == item.Text);
        value = found < 0 ? default : choices[found].Value;
        if (found >= 0) return true;
        var nearest = NearestName.To(item.Text, choices.Select(choice => choice.Word));
        // The message repeats a word only if it resembles a right one, because another text may be a secret in the wrong place.
        reading.Add(item.Origin, nearest is null ? $"{path} must be {Expected}."
            : $"{path} has no value '{NearestName.Shown(item.Text)}'; did you mean '{nearest}'? It must be {Expected}.");
        return false;
    }
}

/// <summary>A whole number.</summary>
internal sealed class NumberShape(int least, int most) : Shape<int>
{
    public override string Expected => $"a whole number from {least} to {most}";

    public override JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };

    public override JsonNode ToJson(object value) => (int)value;

    public override JsonItem FromVariable(string text, ConfigurationOrigin origin) => new(JsonKind.Number, origin) { Text = text };

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out int value)
    {
        value = 0;
        if (item.Kind != JsonKind.Number) return Refuse(item, path, reading, out value);
        if (int.TryParse(item.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least
            && value <= most)
            return true;
        reading.Add(item.Origin, $"{path} must be {Expected}.");
        return false;
    }
}

/// <summary>A share in percent, or true for all.</summary>
internal sealed class ShareShape : Shape<int>
{
    public override string Expected => "true, or a share from \"0%\" to \"100%\"";

    public override JsonObject Schema() =>
        new() { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = true }, ConfigTypes.Percent.Schema()) };

    public override JsonNode ToJson(object value) => ConfigTypes.Percent.ToJson(value);

    public override JsonItem? FromVariable(string text, ConfigurationOrigin origin) => ConfigTypes.Percent.FromVariable(text, origin);

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out int value)
    {
        value = 100;
        return item switch
        {
            { Kind: JsonKind.Switch, Text: "true" } => true,
            { Kind: JsonKind.Text } => ConfigTypes.Percent.TryRead(item, path, reading, out value),
            _ => Refuse(item, path, reading, out value),
        };
    }
}

/// <summary>true or false.</summary>
internal sealed class SwitchShape : Shape<bool>
{
    public override string Expected => "true or false";

    public override JsonObject Schema() => new() { ["type"] = "boolean" };

    public override JsonNode ToJson(object value) => (bool)value;

    public override JsonItem FromVariable(string text, ConfigurationOrigin origin) => text.ToLowerInvariant() switch
    {
        "true" or "1" => new(JsonKind.Switch, origin) { Text = "true" },
        "false" or "0" => new(JsonKind.Switch, origin) { Text = "false" },
        _ => new(JsonKind.Text, origin) { Text = text },
    };

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out bool value)
    {
        value = item.Text == "true";
        return item.Kind == JsonKind.Switch || Refuse(item, path, reading, out value);
    }
}
