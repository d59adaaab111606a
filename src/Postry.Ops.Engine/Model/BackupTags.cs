using System.Globalization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The tags that an operator gives to a backup: names with values. They are signed with the backup, and never changed.</summary>
public static class BackupTags
{
    /// <summary>The key by which conditions name the tags of git; no tag of an operator has it.</summary>
    public const string GitKey = "git";

    /// <summary>The most tags of a backup.</summary>
    public const int Most = 32;

    /// <summary>The longest key, in characters.</summary>
    public const int LongestKey = 64;

    /// <summary>The longest value, in characters.</summary>
    public const int LongestValue = 200;

    /// <summary>A regular expression that every right key fits.</summary>
    internal const string KeyPattern = "^(?![Gg][Ii][Tt]$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

    internal static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    private const string Rule = "A key holds letters, digits, '.', '_' and '-', and begins with a letter or a digit.";

    /// <summary>The tags that texts such as "version=v2.14" make, in the order of their keys. Errors: InvalidRequest, which never repeats a
    /// value.</summary>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string>? texts)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in texts ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw Refused("A tag is written as key=value, and one of them has no '='.", $"Write {OptionName.Tag} version=v2.14.");
            var (key, value) = (text[..equals].Trim(), text[(equals + 1)..].Trim());
            if (KeyProblem(key) is { } wrongKey) throw Refused($"A key of a tag {wrongKey}.", Rule);
            if (ValueProblem(value) is { } wrongValue)
                throw Refused($"The value of the tag {key} {wrongValue}.", "Give it a short plain text, such as v2.14.");
            if (!tags.TryAdd(key, value))
                throw Refused($"The tag {key} is given more than once; capitals do not count.", "Give each tag one value.");
        }

        return Require(new Dictionary<string, string>(tags, StringComparer.Ordinal));
    }

    /// <summary>The tags of a command over the default ones, in the order of their keys.</summary>
    internal static IReadOnlyDictionary<string, string> Over(
        IReadOnlyDictionary<string, string> defaults, IReadOnlyDictionary<string, string> given)
    {
        var all = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in given.Concat(defaults)) all.TryAdd(key, value);
        return Require(new Dictionary<string, string>(all, StringComparer.Ordinal));
    }

    /// <summary>The problem of a key; null if it is right.</summary>
    internal static string? KeyProblem(string key) => key.Length == 0 ? "is empty"
        : key.Length > LongestKey ? $"has more than {LongestKey} characters"
        : !char.IsAsciiLetterOrDigit(key[0]) || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? "holds other characters than letters, digits, '.', '_' and '-', or does not begin with a letter or a digit"
        : key.Equals(GitKey, StringComparison.OrdinalIgnoreCase) ? $"is '{GitKey}', which stands for the tags of git itself"
        : null;

    /// <summary>The problem of a value; null if it is right.</summary>
    internal static string? ValueProblem(string value) => value.Length == 0 ? "is empty"
        : value.Length > LongestValue ? $"has more than {LongestValue} characters"
        : !IsPrintable(value) ? "holds a character that cannot be printed" : null;

    /// <summary>True for a text without line ends, control characters, and others that a terminal does not show as they are.</summary>
    internal static bool IsPrintable(string text) => text.EnumerateRunes().All(rune => rune.Value != 0xFFFD
        && System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned));

    /// <summary>The error for a tag.</summary>
    internal static InvalidRequestException Refused(string problem, string hint) => new($"{OptionName.Tag}", problem, hint);

    private static Dictionary<string, string> Require(Dictionary<string, string> tags) => tags.Count <= Most ? tags
        : throw Refused($"A backup has at most {Most} tags, and these are {tags.Count}.", "Give it fewer.");
}
