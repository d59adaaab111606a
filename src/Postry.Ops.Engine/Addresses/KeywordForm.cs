using System.Text;

namespace Postry.Ops.Engine.Addresses;

/// <summary>libpq's form: parameter = value, separated by spaces; a value with spaces stands in single quotes, and \ takes the next
/// character as it is.</summary>
internal static class KeywordForm
{
    /// <summary>Reads it.</summary>
    public static IReadOnlyList<AddressPart> Read(string text) => TryRead(text)
        ?? throw AddressText.Refuse("The list of parameters cannot be read: a name has no value, or a quote is not closed.",
            "Write name=value pairs with spaces between them; put a value with spaces in single quotes, and \\ before a quote or a \\ in " +
                "it.");

    /// <summary>Reads it; null where it is not of this form.</summary>
    public static IReadOnlyList<AddressPart>? TryRead(string text)
    {
        var parts = new List<AddressPart>();
        for (var at = Skip(text, 0); at < text.Length; at = Skip(text, at))
        {
            var start = at;
            while (at < text.Length && text[at] != '=' && !char.IsWhiteSpace(text[at])) at++;
            var name = text[start..at];
            at = Skip(text, at);
            if (name.Length == 0 || at >= text.Length || text[at] != '=') return null;
            if (ReadValue(text, Skip(text, at + 1), out at) is not { } value) return null;
            parts.Add(new(name, value));
        }

        return parts;
    }

    /// <summary>A value as this form writes it.</summary>
    public static string Quote(string value) =>
        $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static string? ReadValue(string text, int start, out int at)
    {
        at = start;
        var quoted = at < text.Length && text[at] == '\'';
        if (quoted) at++;
        var value = new StringBuilder();
        for (; at < text.Length; at++)
        {
            if (quoted ? text[at] == '\'' : char.IsWhiteSpace(text[at])) break;
            if (text[at] == '\\' && ++at >= text.Length) return quoted ? null : value.ToString();
            value.Append(text[at]);
        }

        if (!quoted) return value.ToString();
        return at++ < text.Length ? value.ToString() : null;
    }

    private static int Skip(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }
}
