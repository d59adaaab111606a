using System.Globalization;

namespace Postry.Ops.Engine.Addresses;

/// <summary>Makes an address of its parameters, and fills in what they leave open as libpq does.</summary>
internal static class AddressBuilder
{
    private const int DefaultPort = 5432;

    /// <summary>Parameters that an address cannot have here, each with what to do instead.</summary>
    private static readonly Dictionary<string, string> Unsupported = new(StringComparer.Ordinal)
    {
        ["service"] = "Write the parameters of the service into the address.",
        ["sslpassword"] = "Use a key file without a password that only this user can read.",
        ["SSL Password"] = "Use a key file without a password that only this user can read.",
        ["requirepeer"] = "Leave it out: who may make sockets is decided by the rights of their folder.",
        ["sslcrl"] = "Leave it out: lists of revoked certificates are not read.",
        ["sslcrldir"] = "Leave it out: lists of revoked certificates are not read.",
        ["replication"] = "Leave it out: backups and restores use ordinary connections.",
    };

    /// <summary>Builds the address.</summary>
    public static PostgresAddress Build(IReadOnlyList<AddressPart> parts, Func<string, string?> environment)
    {
        var ignored = new List<string>();
        var values = Collect(parts, ignored);
        string? Given(string name, string variable) => NullIfEmpty(values.GetValueOrDefault(name)) ?? NullIfEmpty(environment(variable));

        if (values.ContainsKey("hostaddr") && values.ContainsKey("host"))
            throw AddressText.Refuse("The address has both host and hostaddr.",
                "Leave hostaddr out, or put its value into host.");
        if (NullIfEmpty(environment("PGSERVICE")) is not null && !values.ContainsKey("hostaddr") && !values.ContainsKey("host"))
            throw AddressText.Refuse("The address names no host, and PGSERVICE names a service, whose file is not read.",
                "Write the service's host and the rest of its parameters into the address, or unset PGSERVICE.");
        var ports = Given("port", "PGPORT") ?? "";
        var hosts = NullIfEmpty(values.GetValueOrDefault("hostaddr")) ?? Given("host", "PGHOST") ?? DefaultHost(ports);
        var user = Given("user", "PGUSER") ?? Environment.UserName;
        return new PostgresAddress
        {
            Hosts = Hosts(hosts.Split(','), ports.Split(',')),
            User = Plain("user", user),
            Database = Plain("dbname", Given("dbname", "PGDATABASE") ?? user),
            Password = values.GetValueOrDefault("password"),
            Parameters = Parameters(values, environment),
            Ignored = ignored,
        };
    }

    private static Dictionary<string, string> Collect(IReadOnlyList<AddressPart> parts, List<string> ignored)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < parts.Count; i++)
        {
            var (name, value, mayBeForeign) = parts[i];
            if (Unsupported.TryGetValue(name, out var instead))
                throw AddressText.Refuse($"The parameter {name} of the address is not supported.", instead);
            // If a password has no quotes, text that looks like a parameter name may be the rest of the password.
            if (!LibpqParameters.IsKnown(name) && i > 0 && parts[i - 1].Name == "password")
            {
                throw AddressText.Refuse("The text after the password in the address is not a known parameter.",
                    "If it belongs to the password, put the password in quotes, or percent-encode it in a URL; else write it before the " +
                        "password, or leave it out.");
            }

            if (!LibpqParameters.IsKnown(name))
            {
                RequireForeign(name, mayBeForeign);
                if (!ignored.Contains(name)) ignored.Add(name);
                continue;
            }

            Add(values, LibpqParameters.Aliases.GetValueOrDefault(name, name), name, value);
        }

        EncryptionModes.Translate(values);
        return values;
    }

    // Two drivers may name the same thing with different words: the weaker value must not win because it comes later.
    private static void Add(Dictionary<string, string> values, string name, string written, string value)
    {
        value = LibpqParameters.Translate(name, value);
        if (name == "sslmode" && values.TryGetValue(name, out var before)
            && (written != name || values.ContainsKey(EncryptionModes.ByAlias)))
            value = EncryptionModes.Stricter(before, value);
        if (name == "sslmode" && written != name) values[EncryptionModes.ByAlias] = "";
        values[name] = value;
    }

    private static void RequireForeign(string name, bool mayBeForeign)
    {
        if (LibpqParameters.DecidesSecurity(name))
        {
            throw AddressText
                .Refuse(
                $"The address has a parameter that is not known and may decide how the connection is protected: {Shown(name)}.",
                "Say it in libpq's words: sslmode, sslrootcert, sslcert, sslkey, channel_binding, require_auth, gssencmode, " +
                    "target_session_attrs.");
        }

        if (!mayBeForeign || Shown(name) != name)
        {
            throw AddressText.Refuse($"The address has a parameter that is not known: {Shown(name)}.",
                "Use libpq's names: sslmode, sslrootcert, connect_timeout, options, target_session_attrs and so on; in a URL, " +
                    "percent-encode the password.");
        }
    }

    private static Dictionary<string, string> Parameters(Dictionary<string, string> values, Func<string,
        string?> environment)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, variable) in LibpqParameters.Variables)
            if (name != "application_name" && NullIfEmpty(environment(variable)) is { } inherited)
                parameters[name] = LibpqParameters.Translate(name, inherited);
        foreach (var (name, value) in values)
            if (!LibpqParameters.Own.Contains(name) && !LibpqParameters.Ignored.Contains(name) && value.Length > 0)
                parameters[name] = value;
        foreach (var (name, value) in parameters)
        {
            if (LibpqParameters.Expected(name, value) is { } expected)
                throw AddressText.Refuse(
                    $"The parameter {name} of the address, or the variable {LibpqParameters.Variables.GetValueOrDefault(name, name)}, " +
                    $"has a value that is not known.", $"It must be {expected}.");
            Plain(name, value);
        }

        return parameters;
    }

    private static PostgresHost[] Hosts(string[] hosts, string[] ports)
    {
        if (ports.Length > 1 && ports.Length != hosts.Length)
            throw AddressText.Refuse($"The address has {hosts.Length} hosts and {ports.Length} ports.",
                "Give one port for all hosts, or one for each.");
        return [.. hosts.Select((host, i) =>
        {
            var (name, own) = Split(host.Trim());
            var port = own ?? ports[ports.Length == 1 ? 0 : i].Trim();
            if (name.Length == 0) name = DefaultHost(port);
            if (!name.StartsWith('/') && name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)
                || "=@;'\"/?#&".Contains(c, StringComparison.Ordinal)))
                throw AddressText.Refuse("A host of the address has a character that no host name has.",
                    "Check the address; in a URL, percent-encode the password.");
            return new PostgresHost(Plain("host", name), Port(port));
        })];
    }

    // host:port and [v6]:port are the forms of other drivers; libpq has no colon in a host but in an IPv6 address.
    private static (string Host, string? Port) Split(string host)
    {
        if (host.StartsWith('/')) return (host, null);
        if (host.StartsWith('[') && host.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
            return (host[1..close], host.Length > close + 2 && host[close + 1] == ':' ? host[(close + 2)..] : null);
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && host.IndexOf(':', colon + 1) < 0 ? (host[..colon], host[(colon + 1)..]) : (host, null);
    }

    private static int Port(string text)
    {
        if (text.Length == 0) return DefaultPort;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port
            : throw AddressText.Refuse("A port of the address is not a number between 1 and 65535.",
                "Check the port; in a URL, percent-encode a : / or @ of the password.");
    }

    // libpq's own default is the socket folder that it was built with: Debian's and Red Hat's, or /tmp.
    private static string DefaultHost(string port)
    {
        if (OperatingSystem.IsWindows()) return "localhost";
        if (Directory.Exists("/var/run/postgresql")) return "/var/run/postgresql";
        return File.Exists($"/tmp/.s.PGSQL.{(port.Length == 0 ? DefaultPort : port)}") ? "/tmp" : "localhost";
    }

    private static string Plain(string name, string value) => !value.Contains('\0', StringComparison.Ordinal) ? value
        : throw AddressText.Refuse($"The parameter {name} of the address has a zero byte.", "Take it out.");

    private static string Shown(string name) => name.Length <= 40
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "_-. []".Contains(c, StringComparison.Ordinal)) ? name
        : "(its name has odd characters)";

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
