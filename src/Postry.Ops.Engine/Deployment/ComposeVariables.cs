using System.Text;

namespace Postry.Ops.Engine.Deployment;

/// <summary>Puts the values of variables into a text, by the rules of compose.</summary>
/// <param name="value">Returns the value of a variable; null where it is not set.</param>
internal sealed class ComposeVariables(Func<string, string?> value)
{
    private const int MostSteps = 8;

    /// <summary>
    /// The text with its variables replaced: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME+other}, and $$ for
    /// one $. A variable without a value and without a default stays as ${NAME}, so that nobody takes the rest for the whole.
    /// </summary>
    public string Replace(string text) => Replace(text, MostSteps);

    private string Replace(string text, int steps)
    {
        var result = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length) result.Append(text[at]);
            else if (text[at + 1] == '$') result.Append(text[++at]);
            else if (text[at + 1] == '{' && End(text, at + 2) is var close && close < text.Length)
            {
                result.Append(steps == 0 ? text[at..(close + 1)] : Expression(text[(at + 2)..close], steps - 1));
                at = close;
            }
            else if (NameEnd(text, at + 1) is var end && end > at + 1)
            {
                result.Append(Value(text[(at + 1)..end]));
                at = end - 1;
            }
            else
            {
                result.Append(text[at]);
            }
        }

        return result.ToString();
    }

    private string Expression(string inner, int steps)
    {
        var end = NameEnd(inner, 0);
        var (name, rest) = (inner[..end], inner[end..]);
        var set = value(name);
        var counts = rest.StartsWith(':') ? !string.IsNullOrEmpty(set) : set is not null;
        return (rest.StartsWith(':') ? rest[1..] : rest) switch
        {
            "" => Value(name),
            ['-', .. var other] => counts ? set! : Replace(other, steps),
            ['+', .. var other] => counts ? Replace(other, steps) : "",
            _ => Value(name),
        };
    }

    private string Value(string name) => value(name) ?? $"${{{name}}}";

    private static int NameEnd(string text, int at)
    {
        while (at < text.Length && (char.IsAsciiLetter(text[at]) || text[at] == '_' || (char.IsAsciiDigit(text[at])))) at++;
        return at;
    }

    // A default may hold variables itself.
    private static int End(string text, int at)
    {
        for (var depth = 1; at < text.Length; at++)
        {
            if (text[at] == '{') depth++;
            else if (text[at] == '}' && --depth == 0) return at;
        }

        return text.Length;
    }
}
