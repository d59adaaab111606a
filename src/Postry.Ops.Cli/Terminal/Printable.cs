using System.Globalization;
using System.Text;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Makes text from outside safe for a terminal: names and labels may hold escape sequences.</summary>
internal static class Printable
{
    /// <summary>The text on one line, with everything that a terminal would obey shown instead.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>Makes a text printable, but keeps its line ends.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    private static string Clean(string text, bool keepLines)
    {
        if (!text.Any(c => IsByte(c) || IsUnsafe(c, keepLines))) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (IsByte(c)) clean.Append(CultureInfo.InvariantCulture, $"\\x{c & 0xFF:x2}");
            else if (IsUnsafe(c, keepLines)) clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else clean.Append(c);
        }

        return clean.ToString();
    }

    // The engine reads a byte that is no UTF-8 in a name of an SQL_ASCII database as a private-use character, which terminals cannot show.
    private static bool IsByte(char c) => c is >= '\uF780' and <= '\uF7FF';

    // Format characters include those that turn the direction of the text around.
    private static bool IsUnsafe(char c, bool keepLines) => char.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.Control => !(keepLines && c is '\n' or '\r'),
        UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => false,
    };
}
