using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Addresses;

/// <summary>Shows values without the secrets in them.</summary>
internal static partial class SecretMask
{
    /// <summary>The text that replaces a secret.</summary>
    public const string Mask = "***";

    /// <summary>
    /// Masks the address of a database: the result says where it is, which role connects, and whether there is a password. An address that
    /// cannot be read is not shown at all.
    /// </summary>
    public static string Address(string text)
    {
        // The text after ? is for the driver, for example the key of an encrypted file.
        if (SqliteUrl.Matches(text))
            return Text(text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question ? $"{text[..question]}?{Mask}" : text);
        try
        {
            var address = PostgresAddress.Parse(text);
            var user = Uri.EscapeDataString(address.User) + (address.HasPassword ? $":{Mask}" : "");
            return address.Name.Replace("://", $"://{user}@", StringComparison.Ordinal);
        }
        catch (OpsException)
        {
            return $"{Mask} (no address of a PostgreSQL or SQLite database)";
        }
    }

    /// <summary>Any other text, with what looks like a password in it masked.</summary>
    public static string Text(string text) => OfProgram
        .Replace(Assignment.Replace(UserInfo.Replace(text, $"$1:{Mask}@"), $"$1{Mask}"), Mask);

    /// <summary>A text that may hold SQL or a row's key: as <see cref="Text"/>, and without the string after PASSWORD and the values of a
    /// key with a password in it.</summary>
    public static string Statement(string text) => KeyValues.Replace(SqlPassword.Replace(Text(text), $"$1'{Mask}'"), $"$1({Mask})");

    /// <summary>
    /// A command for the shell: its program, and the names of the variables that are set for it. No program can tell which of the arguments
    /// are secrets.
    /// </summary>
    public static string Command(string text) => Program.Match(text) is { Success: true } match
        ? string.Join(' ', [.. match.Groups["variable"].Captures.Select(variable => $"{variable.Value}={Mask}"),
            match.Groups["program"].Value, .. match.Groups["rest"].Length > 0 ? new[] { Mask } : []])
        : Mask;

    // A password may hold an @ of its own.
    [GeneratedRegex(@"(://[^/@\s:]*):\S*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo { get; }

    [GeneratedRegex(
        @"((?:[?&]key|password|passwd|pwd|psw|secret|token|api[_-]?key|hmac_key)\w*['""]?\s*[=:]\s*|bearer\s+|\s--(?:password|passwd|pass|secret|token|api-key)\s+)(?:'[^']*'|""[^""]*""|[^\s;&]+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment { get; }

    // ALTER ROLE a PASSWORD 'x', OPTIONS (user 'a', password 'x'); the end may be cut off.
    [GeneratedRegex(@"((?:password|passwd|pwd|secret|token|api[_-]?key)\w*""?\s+)'(?:[^']|'')*(?:'|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SqlPassword { get; }

    // Key (user, password)=(a, x) already exists.
    [GeneratedRegex(@"(\([^()]*(?:password|passwd|pwd|secret|token|api[_-]?key)[^()]*\)=)\(.*?\)(?= |\.|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex KeyValues { get; }

    // The options of these programs mean a password; of others the same letters mean a port or a user's group.
    [GeneratedRegex(
        @"(?<=(^|[\s;|&(/])((mysql|mariadb)[\w-]*\s([^;|&\n]*\s)?-p|sshpass\s([^;|&\n]*\s)?-p\s*|mongo\w*\s([^;|&\n]*\s)?-p\s+|redis-cli\s([^;|&\n]*\s)?-a\s+|curl\s([^;|&\n]*\s)?(-\w*[uU]\s*|--(proxy-)?user[\s=]\s*)['""]?[^\s:'""]*:))('[^']*'|""[^""]*""|[^\s'"";|&)])+",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OfProgram { get; }

    // A first word that the shell would have to expand is no program that can be named.
    [GeneratedRegex(
        @"^\s*((?<variable>[A-Za-z_]\w*)=('[^']*'|""[^""$`]*""|[^\s'""$`;|&()])*\s+)*(?<program>[\w./~+-]+)(?=[\s;|&]|$)\s*(?<rest>.*)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Program { get; }
}
