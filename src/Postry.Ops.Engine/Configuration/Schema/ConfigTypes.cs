using System.Globalization;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The shapes that several keys share.</summary>
internal static partial class ConfigTypes
{
    /// <summary>true or false.</summary>
    public static readonly Shape<bool> Switch = new SwitchShape();

    /// <summary>Free text.</summary>
    public static readonly Shape<string> Text = Plain("a text");

    /// <summary>The value of a tag, which everybody who sees a backup can read.</summary>
    public static readonly Shape<string> Tag = new TextShape<string>(
        $"a text of at most {BackupTags.LongestValue} characters, without a secret", text => (text, BackupTags.ValueProblem(text)
            ?? (SecretMask.Text(text) == text ? null : "looks like a password")), text => text);

    /// <summary>A time with its unit.</summary>
    public static readonly Shape<TimeSpan> Duration = new TextShape<TimeSpan>(
        "a time with its unit such as \"30s\", \"60m\", \"24h\" or \"7d\"", text => (Durations.Parse(text)!.Value, null), Durations.Write,
        Durations.Pattern);

    /// <summary>A size with its unit.</summary>
    public static readonly Shape<long> Size = new TextShape<long>(
        "a size with its unit such as \"100MB\" (millions of bytes) or \"512MiB\" (of 1,048,576)", text => (Sizes.Parse(text)!.Value, null),
        Sizes.Write, "^[0-9]{1,6}(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$");

    /// <summary>A share in percent.</summary>
    public static readonly Shape<int> Percent = new TextShape<int>(
        "a share from \"0%\" to \"100%\"", text => (int.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture), null),
        value => $"{value}%", "^([0-9]|[1-9][0-9]|100)%$");

    /// <summary>A time zone of this machine.</summary>
    public static readonly Shape<string> TimeZone = new TextShape<string>("a time zone such as \"UTC\" or \"Europe/Berlin\"",
        text => (text, TimeZoneInfo.TryFindSystemTimeZoneById(text, out _) ? null : $"There is no time zone '{text}' on this machine."),
        text => text);

    /// <summary>The name of an environment variable, where the value itself is a secret.</summary>
    public static readonly Shape<string> Variable = Plain(
        "the name of an environment variable: letters, digits and _ (never write the value itself in this file)",
        "^[A-Za-z_][A-Za-z0-9_]*$");

    /// <summary>The key of an env file.</summary>
    public static readonly Shape<string> EnvironmentKey = Plain("the name of a key such as MAINTENANCE_MODE", "^[A-Za-z_][A-Za-z0-9_.-]*$");

    /// <summary>A glob that stays in the repo root.</summary>
    public static readonly Shape<string> Pattern = new TextShape<string>(
        "a path or pattern below the repo root, with / between folders", text => (text, PatternProblem(text)), text => text);

    /// <summary>A path.</summary>
    public static readonly Shape<string> Path = new TextShape<string>("a path", text => (text, PathProblem(text)), text => text);

    /// <summary>An HTTP address without a secret.</summary>
    public static readonly Shape<string> HttpUrl = new TextShape<string>(
        "an address that begins with http:// or https:// and holds no user and no password", text => (text, HttpProblem(text)), text =>
            text, "^[Hh][Tt][Tt][Pp][Ss]?://[^@]+$");

    /// <summary>A status or a class of them.</summary>
    public static readonly Shape<string> Status = new TextShape<string>(
        "a status such as 200, or a class of them such as \"2xx\"", text => (text, null), text => text, "^[1-5](xx|[0-9][0-9])$",
        alsoNumber: true);

    /// <summary>The address of a database, without its password.</summary>
    public static readonly Shape<string> DatabaseUrl = new TextShape<string>(
        "an address without a password such as postgresql://app@host:5432/app or sqlite:///app.db", text =>
            (text, DatabaseUrlProblem(text)), text => text);

    /// <summary>A whole number.</summary>
    public static Shape<int> Number(int least, int most) => new NumberShape(least, most);

    /// <summary>A list.</summary>
    public static Shape<IReadOnlyList<T>> List<T>(Shape<T> item, string words, int least = 0) where T : notnull =>
        new ListShape<T>(item, words, least);

    private static TextShape<string> Plain(string expected, string? pattern = null) =>
        new(expected, text => (text, null), text => text, pattern);

    private static string? PathProblem(string text) => text.Contains('\0', StringComparison.Ordinal) ? "holds a zero byte"
        : text.Contains("://", StringComparison.Ordinal) ? "is an address and no path" : null;

    private static string? PatternProblem(string text)
    {
        if (PathProblem(text) is { } problem) return problem;
        if (text.Contains('\\', StringComparison.Ordinal)) return "has a \\";
        if (text.StartsWith('/') || DriveLetter().IsMatch(text)) return "is not relative";
        return text.Split('/').Contains("..") ? "leaves the repo root" : null;
    }

    private static string? HttpProblem(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && uri.Host.Length > 0 ? null : "is not such an address";

    private static string? DatabaseUrlProblem(string text)
    {
        var isFile = SqliteScheme().IsMatch(text);
        if (isFile && (text.Contains('@', StringComparison.Ordinal) || text.Contains("password", StringComparison.OrdinalIgnoreCase)))
            return "has something like a password in it";
        try
        {
            if (isFile)
            {
                SqliteUrl.Parse(text, System.IO.Path.GetTempPath());
                return null;
            }

            // The environment's defaults are left out here, because they are checked when the address is used.
            return PostgresAddress.Parse(text, _ => null).HasPassword
                ? "has a password in it, which this file must not hold: name the variable that holds the whole address with " +
                    "'urlVariable', or leave the password to PGPASSWORD or ~/.pgpass"
                : null;
        }
        catch (InvalidRequestException e)
        {
            return $"cannot be read ({e.Message.TrimEnd('.')})";
        }
    }

    [GeneratedRegex("^[A-Za-z]:")]
    private static partial Regex DriveLetter();

    [GeneratedRegex(@"^sqlite(\+[a-z0-9_]+)?:", RegexOptions.IgnoreCase)]
    private static partial Regex SqliteScheme();
}
