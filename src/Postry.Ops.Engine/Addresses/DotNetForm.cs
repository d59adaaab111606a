using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Postry.Ops.Engine.Addresses;

/// <summary>Npgsql's form: Host=...;Database=...;Username=...;Password=..., with all of its names for the parameters.</summary>
internal static class DotNetForm
{
    private const string QuoteHint = "Write name=value pairs with ; between them; put a value with ; or = in double quotes.";

    /// <summary>
    /// Npgsql's canonical name and libpq's. A name that is missing here only concerns the application's use of the driver.
    /// </summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Host"] = "host",
        ["Port"] = "port",
        ["Database"] = "dbname",
        ["Username"] = "user",
        ["Password"] = "password",
        ["Passfile"] = "passfile",
        ["Application Name"] = "application_name",
        ["SSL Mode"] = "sslmode",
        ["SSL Negotiation"] = "sslnegotiation",
        ["SSL Certificate"] = "sslcert",
        ["SSL Key"] = "sslkey",
        ["Root Certificate"] = "sslrootcert",
        ["Kerberos Service Name"] = "krbsrvname",
        ["GSS Encryption Mode"] = "gssencmode",
        ["Channel Binding"] = "channel_binding",
        ["Require Auth"] = "require_auth",
        ["Timeout"] = "connect_timeout",
        ["Options"] = "options",
        ["Target Session Attributes"] = "target_session_attrs",
        ["Tcp Keepalive Time"] = "keepalives_idle",
        ["Tcp Keepalive Interval"] = "keepalives_interval",
    };

    private static readonly string[] Refused = ["SSL Password"];

    /// <summary>True for a name that Npgsql knows.</summary>
    public static bool IsKnown(string name) => Canonical(name) is not null;

    /// <summary>Reads it.</summary>
    public static IReadOnlyList<AddressPart> Read(string text)
    {
        var written = new DbConnectionStringBuilder();
        try
        {
            written.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            // The message of the parser repeats the text, which may hold a password.
            throw AddressText.Refuse("The connection string cannot be read.", QuoteHint);
        }

        var parts = new List<AddressPart>();
        foreach (string name in written.Keys)
        {
            var value = Convert.ToString(written[name], CultureInfo.InvariantCulture) ?? "";
            if (Canonical(name) is not { } canonical || Refused.Contains(canonical)) parts.Add(new(name, value));
            else if (Names.TryGetValue(canonical, out var libpq)) parts.Add(new(libpq, Value(libpq, value)));
        }

        return parts;
    }

    private static string Value(string libpq, string value) => libpq switch
    {
        "sslmode" or "gssencmode" or "channel_binding" or "sslnegotiation" => value.ToLowerInvariant(),
        "target_session_attrs" => value.ToLowerInvariant() switch { "preferstandby" => "prefer-standby", "preferprimary" => "any",
            "readwrite" or "read-write" => "primary", "readonly" => "read-only", var word => word },
        _ => value,
    };

    private static string? Canonical(string name)
    {
        // Npgsql's own parser knows every spelling, with a value or without.
        if (!new NpgsqlConnectionStringBuilder().ContainsKey(name)) return null;
        var plain = name.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return Names.Keys.Concat(Refused).FirstOrDefault(canonical =>
            canonical.Replace(" ", "", StringComparison.Ordinal).Equals(plain, StringComparison.OrdinalIgnoreCase)) ?? plain switch
        {
            "server" => "Host",
            "db" => "Database",
            "user" or "userid" or "uid" => "Username",
            "psw" or "pwd" => "Password",
            "krbsrvname" => "Kerberos Service Name",
            _ => name,
        };
    }
}
