namespace Postry.Ops.Engine.Deployment;

/// <summary>A value of YAML on one line: quoted or plain, or a mapping in braces.</summary>
/// <param name="text">The text.</param>
internal sealed class YamlFlow(string text)
{
    /// <summary>False where a quote, a brace or a bracket is not closed, so that the value goes on in the next line.</summary>
    public bool IsWhole
    {
        get
        {
            if (text is not ['"' or '\'' or '{' or '[', ..]) return true;
            var depth = 0;
            for (var at = 0; at < text.Length; at++)
            {
                if (text[at] is '"' or '\'' && (at = QuoteEnd(at)) >= text.Length) return false;
                if (text[at] is '{' or '[') depth++;
                if (text[at] is '}' or ']') depth--;
                if (depth == 0) return true;
            }

            return false;
        }
    }

    /// <summary>The keys of a mapping with the text of their values.</summary>
    public IEnumerable<(string Key, string Value)> Members()
    {
        var (depth, start) = (0, 1);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is '"' or '\'') at = Math.Min(QuoteEnd(at), text.Length - 1);
            else if (text[at] is '{' or '[') depth++;
            else if (text[at] is '}' or ']') depth--;
            if (depth > 0 && !(depth == 1 && text[at] == ',')) continue;
            if (Member(text[start..at]) is { } member) yield return member;
            start = at + 1;
            if (depth == 0) yield break;
        }
    }

    /// <summary>A plain text, or the text between quotes.</summary>
    public static string Unquoted(string text) => text switch
    {
        ['"', .. var inner, '"'] => inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal),
        ['\'', .. var inner, '\''] => inner.Replace("''", "'", StringComparison.Ordinal),
        _ => text,
    };

    /// <summary>A value without the comment behind it.</summary>
    public static string WithoutComment(string text)
    {
        if (text.StartsWith('#')) return "";
        var quoted = text is ['"' or '\'', ..] && new YamlFlow(text).QuoteEnd(0) is var end && end < text.Length ? end : 0;
        var comment = text.IndexOf(" #", quoted, StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).Trim();
    }

    private static (string Key, string Value)? Member(string part)
    {
        var colon = part.TrimStart() is ['"' or '\'', ..] quoted
            ? part.IndexOf(':', part.Length - quoted.Length + Math.Min(new YamlFlow(quoted).QuoteEnd(0), quoted.Length - 1))
            : part.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (Unquoted(part[..colon].Trim()), part[(colon + 1)..].Trim());
    }

    /// <summary>The place of the quote that closes the one at a place; the end of the text where there is none.</summary>
    private int QuoteEnd(int at)
    {
        for (var next = at + 1; next < text.Length; next++)
        {
            if (text[next] == '\\' && text[at] == '"') next++;
            else if (text[next] == text[at]) return next;
        }

        return text.Length;
    }
}
