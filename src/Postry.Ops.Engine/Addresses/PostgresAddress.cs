using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Addresses;

/// <summary>A host of an address.</summary>
/// <param name="Host">Name or IP address, or the folder of a Unix socket (it begins with /).</param>
/// <param name="Port">TCP port, or the number in the socket's name.</param>
public sealed record PostgresHost(string Host, int Port)
{
    /// <summary>True for the folder of a Unix socket.</summary>
    public bool IsSocket => Host.StartsWith('/');

    /// <inheritdoc/>
    public override string ToString() => $"{(IsSocket || Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>The address of a PostgreSQL database, as a URL, a keyword string or a credential gives it.</summary>
public sealed record PostgresAddress : DatabaseAddress
{
    /// <inheritdoc/>
    public override DatabaseMode Mode => DatabaseMode.Postgres;

    /// <summary>The hosts in the order in which they are tried.</summary>
    public required IReadOnlyList<PostgresHost> Hosts { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The role to connect as.</summary>
    public required string User { get; init; }

    /// <summary>Every other libpq parameter that was given (sslmode, sslrootcert, options, connect_timeout, ...), by libpq's name for
    /// it.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of parameters that PostgreSQL does not know and that decide nothing about security: they are for an application's
    /// driver, and ignored.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>A warning about the address for the operator; null if there is none.</summary>
    internal string? Warning => Ignored.Count == 0 ? null
        : $"Ignored in the database's address, because PostgreSQL does not know {(Ignored.Count == 1 ? "it" : "them")}: " +
            $"{string.Join(", ", Ignored)}.";

    /// <summary>
    /// The password; null if it comes from PGPASSWORD, PGPASSFILE or ~/.pgpass. The password is never shown, logged or stored.
    /// </summary>
    internal string? Password { get; init; }

    /// <summary>True where the address brings its own password.</summary>
    public bool HasPassword => !string.IsNullOrEmpty(Password);

    /// <summary>postgresql://host:port/database, without user and password. It can be parsed again.</summary>
    public override string Name => $"postgresql://{string.Join(',', Hosts)}/{UrlForm.Escape(Database)}";

    /// <summary>
    /// The URL for libpq, with user and parameters but without the password: postgresql://user@host:port/database?name=value.
    /// </summary>
    public override string Url
    {
        get
        {
            var hosts = Hosts
                .Select(host =>
                $"{(host.Host.Contains(':', StringComparison.Ordinal) ? $"[{host.Host}]" : Uri.EscapeDataString(host.Host))}" +
                $":{host.Port.ToString(CultureInfo.InvariantCulture)}");
            var parameters = Parameters.Select(parameter => $"{parameter.Key}={Uri.EscapeDataString(parameter.Value)}").ToList();
            return $"postgresql://{Uri.EscapeDataString(User)}@{string.Join(',', hosts)}/{Uri.EscapeDataString(Database)}" +
                $"{(parameters.Count == 0 ? "" : $"?{string.Join('&', parameters)}")}";
        }
    }

    /// <summary>
    /// Reads a URL (postgres://, postgresql://, SQLAlchemy's postgresql+driver://), libpq's keyword form (host=... dbname=...) or .NET's
    /// (Host=...;Database=...). Parts that are not given come from libpq's environment variables and defaults. Errors: InvalidRequest,
    /// which never repeats the text.
    /// </summary>
    /// <param name="text">The text of the address.</param>
    public static PostgresAddress Parse(string text) => Parse(text, Environment.GetEnvironmentVariable);

    /// <summary>Reads an address, with the caller's own environment variables.</summary>
    internal static PostgresAddress Parse(string text, Func<string, string?> environment) =>
        AddressBuilder.Build(AddressText.Read(text), environment);

    /// <summary>Returns the same address, whose sessions start with further server options ("-c name=value").</summary>
    internal PostgresAddress WithOptions(string options) => this with
    {
        Parameters = new Dictionary<string, string>(Parameters) { ["options"] = $"{Parameters.GetValueOrDefault("options")} {options}"
            .Trim() },
    };

    /// <summary>Returns the address of another database on the same server.</summary>
    public PostgresAddress For(string database) => this with { Database = database };

    /// <summary>Returns the address of the same database for another role.</summary>
    public PostgresAddress As(string user, string? password) => this with { User = user, Password = password };
}
