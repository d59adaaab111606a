using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration.Parsing;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The shapes that only checks of applications use.</summary>
internal static partial class HttpTypes
{
    private const string HeaderPattern = "^[A-Za-z0-9!#$%&'*+.^_|~-]+$";

    /// <summary>The method of a request.</summary>
    public static readonly Shape<string> Method = Plain("one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$");

    /// <summary>The value of a header.</summary>
    public static readonly Shape<string> HeaderValue = Plain("a text of printable ASCII characters", "^[!-~]([ -~]*[!-~])?$");

    /// <summary>Names separated by dots, with [n] for the items of lists.</summary>
    public static readonly Shape<string> JsonPath = Plain("a path such as data.items[0].status",
        @"^(\$|(\$\.)?[^.\[\]$][^.\[\]]*(\.[^.\[\]]+|\[[0-9]{1,6}\])*|\$?\[[0-9]{1,6}\](\.[^.\[\]]+|\[[0-9]{1,6}\])*)$");

    /// <summary>A regular expression.</summary>
    public static readonly Shape<string> Expression = new TextShape<string>("a regular expression", text => (text, Problem(text)),
        text => text);

    /// <summary>A host and a port.</summary>
    public static readonly Shape<string> HostAndPort = Plain("host and port, such as 127.0.0.1:5432 or [::1]:5432",
        @"^(\[[0-9A-Fa-f:.]+(%[0-9A-Za-z]+)?\]|[^\s:/@\[\]]+):" +
        "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$");

    /// <summary>Values by the names of headers.</summary>
    /// <param name="value">The shape of a value.</param>
    /// <param name="mayBeSecret">False where the file itself holds the values, so that headers that are always secrets are refused.</param>
    public static Shape<IReadOnlyDictionary<string, string>> Headers(Shape<string> value, bool mayBeSecret) =>
        new MapShape<string>(value, "values by the names of headers", name => !HeaderName().IsMatch(name) ? "is not that of a header"
            : Framing().IsMatch(name) ? "is that of a header that is set by the connection itself"
            : !mayBeSecret && SecretHeader().IsMatch(name) ? "is that of a header which holds a secret: name the environment variable "
                + "with the value in 'headerVariables', or the file in 'headerFiles'"
            : null, HeaderPattern);

    private static TextShape<string> Plain(string expected, string pattern) => new(expected, text => (text, null), text => text, pattern);

    private static string? Problem(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.CultureInvariant);
            return null;
        }
        catch (ArgumentException)
        {
            return "cannot be read";
        }
    }

    [GeneratedRegex(HeaderPattern, RegexOptions.CultureInvariant)]
    private static partial Regex HeaderName();

    [GeneratedRegex("^(content-length|transfer-encoding|connection|upgrade|trailer|te)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Framing();

    [GeneratedRegex("^(proxy-)?authorization$|^cookie$|token|secret|password|api-?key",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretHeader();
}

/// <summary>A number, which need not be whole.</summary>
internal sealed class DecimalShape : Shape<decimal>
{
    public override string Expected => "a number";

    public override JsonObject Schema() => new() { ["type"] = "number" };

    public override JsonNode ToJson(object value) => (decimal)value;

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out decimal value)
    {
        value = 0;
        return item.Kind == JsonKind.Number && decimal.TryParse(item.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            || Refuse(item, path, reading, out value);
    }
}

/// <summary>A text, a number, true or false, which is kept as JSON.</summary>
internal sealed class JsonValueShape : Shape<string>
{
    public override string Expected => "a text, a number, true or false";

    public override JsonObject Schema() => new() { ["type"] = new JsonArray("string", "number", "boolean") };

    public override JsonNode ToJson(object value) => JsonNode.Parse((string)value)!;

    public override bool TryRead(JsonItem item, string path, ConfigurationReading reading, out string value)
    {
        value = item.Kind == JsonKind.Text ? JsonValue.Create(item.Text).ToJsonString() : item.Text;
        return item.Kind is JsonKind.Text or JsonKind.Number or JsonKind.Switch || Refuse(item, path, reading, out value);
    }
}
