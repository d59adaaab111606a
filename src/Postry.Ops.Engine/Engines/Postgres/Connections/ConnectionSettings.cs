using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using Npgsql;
using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Translates an address to Npgsql's settings.</summary>
internal static class ConnectionSettings
{
    private const int DefaultConnectSeconds = 15;
    private const int DefaultKeepAliveSeconds = 60;
    private const int DefaultKeepAliveInterval = 10;

    /// <summary>Returns the settings of a connection to one host of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="host">The host.</param>
    /// <param name="applicationName">The name that the server's administrator sees.</param>
    /// <param name="clientEncoding">The server's encoding until the session is pinned.</param>
    public static NpgsqlConnectionStringBuilder For(PostgresAddress address, PostgresHost host, string applicationName,
        string clientEncoding = "UTF8")
    {
        var given = address.Parameters;
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = host.Host,
            Port = host.Port,
            Database = address.Database,
            Username = address.User,
            Password = address.Password,
            ApplicationName = applicationName,
            Pooling = false,
            Enlist = false,
            CommandTimeout = 0,
            // The reader of an error needs the key or row that it is about.
            IncludeErrorDetail = true,
            ClientEncoding = clientEncoding,
            Encoding = ByteKeepingEncoding.Instance.WebName,
            Timeout = Number(given, "connect_timeout", DefaultConnectSeconds),
            SslMode = host.IsSocket ? SslMode.Disable : Encryption(given),
            // .NET complains on the error output where the Kerberos library is missing: only who asks for it gets it.
            GssEncryptionMode = Word<GssEncryptionMode>(given, "gssencmode") ?? GssEncryptionMode.Disable,
        };
        if (given.TryGetValue("options", out var options)) settings.Options = options;
        // libpq also ignores a password file that does not exist.
        if (given.TryGetValue("passfile", out var passfile) && File.Exists(passfile)) settings.Passfile = passfile;
        if (given.TryGetValue("krbsrvname", out var service)) settings.KerberosServiceName = service;
        if (given.TryGetValue("require_auth", out var methods)) settings.RequireAuth = methods;
        if (Word<ChannelBinding>(given, "channel_binding") is { } binding) settings.ChannelBinding = binding;
        if (!host.IsSocket) AddEncryption(settings, given);
        if (!host.IsSocket && given.GetValueOrDefault("keepalives") != "0") AddKeepAlive(settings, given);
        return settings;
    }

    /// <summary>The narrowest of what the address and this system allow; null where the address says nothing.</summary>
    public static Action<SslClientAuthenticationOptions>? Protocols(PostgresAddress address)
    {
        var oldest = address.Parameters.GetValueOrDefault("ssl_min_protocol_version");
        var newest = address.Parameters.GetValueOrDefault("ssl_max_protocol_version");
        if (oldest is null && newest is null) return null;
        return options => options.EnabledSslProtocols = (oldest, newest) switch
        {
            (_, "TLSv1.2") => SslProtocols.Tls12,
            ("TLSv1.3", _) => SslProtocols.Tls13,
            _ => SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }

    private static SslMode Encryption(IReadOnlyDictionary<string, string> given) => given.GetValueOrDefault("sslmode") switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        // libpq also verifies the certificate for "require" if a root certificate is named.
        "require" when given.ContainsKey("sslrootcert") => SslMode.VerifyCA,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => SslMode.Prefer,
    };

    private static void AddEncryption(NpgsqlConnectionStringBuilder settings, IReadOnlyDictionary<string, string> given)
    {
        if (Word<SslNegotiation>(given, "sslnegotiation") is { } negotiation) settings.SslNegotiation = negotiation;
        if (given.TryGetValue("sslcert", out var certificate)) settings.SslCertificate = certificate;
        if (given.TryGetValue("sslkey", out var key)) settings.SslKey = key;
        if (!given.TryGetValue("sslrootcert", out var root)) return;
        if (root != "system") settings.RootCertificate = root;
        else settings.SslMode = SslMode.VerifyFull;
    }

    private static void AddKeepAlive(NpgsqlConnectionStringBuilder settings, IReadOnlyDictionary<string, string> given)
    {
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = Math.Max(1, Number(given, "keepalives_idle", DefaultKeepAliveSeconds));
        settings.TcpKeepAliveInterval = Math.Max(1, Number(given, "keepalives_interval", DefaultKeepAliveInterval));
    }

    private static int Number(IReadOnlyDictionary<string, string> given, string name, int otherwise) =>
        given.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            && number >= 0 ? number : otherwise;

    private static T? Word<T>(IReadOnlyDictionary<string, string> given, string name) where T : struct, Enum =>
        given.TryGetValue(name, out var word) && Enum.TryParse<T>(word, ignoreCase: true, out var value) ? value : null;
}
