using System.Text.RegularExpressions;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Postgres;

namespace Postry.Ops.Engine.Configuration;

/// <summary>Shows values without the secrets in them.</summary>
internal static partial class SecretMask
{
    /// <summary>What stands for a secret.</summary>
    public const string Mask = "***";

    /// <summary>The address of a database: where it is and as whom, and whether it has a password. What cannot be read is not shown at all.</summary>
    public static string Address(string text)
    {
        // What follows ? is for the driver, for example the key of an encrypted file.
        if (SqliteUrl.IsOne(text)) return Text(text.IndexOf('?') is >= 0 and var question ? $"{text[..question]}?{Mask}" : text);
        try
        {
            var address = PostgresAddress.Parse(text, "Show");
            var user = Uri.EscapeDataString(address.User) + (address.HasPassword ? $":{Mask}" : "");
            return address.Name.Replace("://", $"://{user}@", StringComparison.Ordinal);
        }
        catch (OpsException)
        {
            return $"{Mask} (no address of a PostgreSQL or SQLite database)";
        }
    }

    /// <summary>Any other text, with what looks like a password in it masked.</summary>
    public static string Text(string text) => Assignment.Replace(UserInfo.Replace(text, $"$1:{Mask}@"), $"$1{Mask}");

    // A password may hold an @ of its own.
    [GeneratedRegex(@"(://[^/@\s:]*):\S*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo { get; }

    [GeneratedRegex(@"((?:[?&]key|password|passwd|pwd|psw|secret|token|api[_-]?key|hmac_key)\w*['""]?\s*[=:]\s*|bearer\s+)(?:'[^']*'|""[^""]*""|[^\s;&]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment { get; }
}
