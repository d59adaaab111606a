namespace Postry.Ops.Engine.Addresses;

/// <summary>libpq's connection parameters: which there are, which environment variable each has, and which values it takes.</summary>
internal static class LibpqParameters
{
    /// <summary>Parameter and environment variable, for all that say how to reach a server besides host, port, dbname, user and
    /// password.</summary>
    public static readonly IReadOnlyDictionary<string, string> Variables = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["application_name"] = "PGAPPNAME",
        ["channel_binding"] = "PGCHANNELBINDING",
        ["connect_timeout"] = "PGCONNECT_TIMEOUT",
        ["gssdelegation"] = "PGGSSDELEGATION",
        ["gssencmode"] = "PGGSSENCMODE",
        ["gsslib"] = "PGGSSLIB",
        ["krbsrvname"] = "PGKRBSRVNAME",
        ["load_balance_hosts"] = "PGLOADBALANCEHOSTS",
        ["options"] = "PGOPTIONS",
        ["passfile"] = "PGPASSFILE",
        ["require_auth"] = "PGREQUIREAUTH",
        ["ssl_max_protocol_version"] = "PGSSLMAXPROTOCOLVERSION",
        ["ssl_min_protocol_version"] = "PGSSLMINPROTOCOLVERSION",
        ["sslcert"] = "PGSSLCERT",
        ["sslcertmode"] = "PGSSLCERTMODE",
        ["sslkey"] = "PGSSLKEY",
        ["sslmode"] = "PGSSLMODE",
        ["sslnegotiation"] = "PGSSLNEGOTIATION",
        ["sslrootcert"] = "PGSSLROOTCERT",
        ["sslsni"] = "PGSSLSNI",
        ["target_session_attrs"] = "PGTARGETSESSIONATTRS",
    };

    /// <summary>Parameters without a variable: client programs get them in the argument that names the database.</summary>
    public static readonly IReadOnlySet<string> WithoutVariable =
        new HashSet<string>(["keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"],
            StringComparer.Ordinal);

    /// <summary>The address itself.</summary>
    public static readonly IReadOnlySet<string> Own =
        new HashSet<string>(["host", "hostaddr", "port", "dbname", "user", "password"], StringComparer.Ordinal);

    /// <summary>
    /// Parameters that are accepted and have no effect, because the session's encoding is fixed or because they only concern an
    /// application's use of its driver.
    /// </summary>
    public static readonly IReadOnlySet<string> Ignored = new HashSet<string>(
        [
            "client_encoding", "fallback_application_name", "sslcompression",
            "schema", "currentSchema", "pgbouncer", "connection_limit", "pool_timeout", "statement_cache_size",
            "prepared_statement_cache_size", "prepareThreshold",
        ], StringComparer.Ordinal);

    /// <summary>Names that other drivers use for libpq's parameters.</summary>
    public static readonly IReadOnlyDictionary<string, string> Aliases = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ssl"] = "sslmode",
        ["sslMode"] = "sslmode",
        ["ssl-mode"] = "sslmode",
        ["ssl-ca"] = "sslrootcert",
        ["ssl-root-cert"] = "sslrootcert",
        ["ssl-cert"] = "sslcert",
        ["ssl-key"] = "sslkey",
        ["database"] = "dbname",
        ["username"] = "user",
        ["ApplicationName"] = "application_name",
        ["targetServerType"] = "target_session_attrs",
    };

    private static readonly string[] Protecting =
    [
        "ssl", "tls", "gss", "krb", "kerberos", "sspi", "cert", "verify", "encrypt", "insecure", "trust", "auth",
        "channel_binding", "channelbinding", "target_session", "targetserver", "passw",
    ];

    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["sslmode"] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        ["channel_binding"] = ["disable", "prefer", "require"],
        ["gssencmode"] = ["disable", "prefer", "require"],
        ["sslnegotiation"] = ["postgres", "direct"],
        ["target_session_attrs"] = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
        ["keepalives"] = ["0", "1"],
    };

    private static readonly HashSet<string> Numbers =
        new(["connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"], StringComparer.Ordinal);

    /// <summary>True for a parameter that an address may have.</summary>
    public static bool IsKnown(string name) =>
        Variables.ContainsKey(name) || WithoutVariable.Contains(name) || Own.Contains(name) || Ignored.Contains(name)
            || Aliases.ContainsKey(name) || name == EncryptionModes.Accept;

    /// <summary>True for a name that may decide how a connection is protected, or to which server it goes, so that it must not be
    /// ignored.</summary>
    public static bool DecidesSecurity(string name) => Protecting.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Describes the values that a parameter can have; null if the value is right.</summary>
    public static string? Expected(string name, string value)
    {
        if (Words.TryGetValue(name, out var words)) return words.Contains(value) ? null : "one of " + string.Join(", ", words);
        return Numbers.Contains(name) && !int.TryParse(value, out _) ? "a whole number" : null;
    }

    /// <summary>A value in libpq's words: other drivers write ssl=true, or sslmode=no-verify.</summary>
    public static string Translate(string name, string value) => name switch
    {
        "sslmode" => value.ToLowerInvariant() switch
        {
            "true" or "1" or "on" or "no-verify" => "require",
            "false" or "0" or "off" => "disable",
            "verifyca" => "verify-ca",
            "verifyfull" => "verify-full",
            var word => word,
        },
        "target_session_attrs" => value switch
        {
            // A database whose writes are frozen refuses to be called read-write; which server is meant is the same.
            "master" or "read-write" => "primary",
            "slave" or "secondary" => "standby",
            "preferSlave" or "preferSecondary" => "prefer-standby",
            _ => value,
        },
        _ => value,
    };
}
