using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>The environment of client programs: where the database is, and the password, which travels nowhere else.</summary>
internal static class PgEnvironment
{
    private const string DefaultConnectSeconds = "15";

    private static readonly string[] DefaultKeepAlives = ["keepalives_idle=60", "keepalives_interval=10", "keepalives_count=6"];

    /// <summary>Takes out of an inherited environment what could change how a program works, and every secret that is not its
    /// business.</summary>
    public static void Clean(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsNotForChildren).ToList()) environment.Remove(name);
        // Messages are read, so they must be English.
        environment.Remove("LANGUAGE");
        environment["LC_ALL"] = "C";
        environment["LC_MESSAGES"] = "C";
    }

    /// <summary>Adds an address, with the settings under which every row has one text and nothing ends a long operation.</summary>
    /// <param name="environment">The variables that <see cref="Clean"/> has left.</param>
    /// <param name="address">The address; its password, or else PGPASSWORD of this process, goes with it.</param>
    /// <param name="serverMajor">Major version of the server, which refuses settings that it does not know.</param>
    /// <param name="applicationName">The name that the server's administrator sees.</param>
    public static void Add(IDictionary<string, string?> environment, PostgresAddress address, int serverMajor, string applicationName)
    {
        foreach (var (name, value) in address.Parameters)
            if (LibpqParameters.Variables.TryGetValue(name, out var variable)) environment[variable] = value;
        environment["PGHOST"] = string.Join(',', address.Hosts.Select(host => host.Host));
        environment["PGPORT"] = string.Join(',', address.Hosts.Select(host => host.Port));
        environment["PGUSER"] = address.User;
        environment["PGDATABASE"] = address.Database;
        if ((address.Password ?? Environment.GetEnvironmentVariable(EnvironmentVariables.PostgresPassword)) is { Length: > 0 } password)
            environment[EnvironmentVariables.PostgresPassword] = password;
        environment["PGAPPNAME"] = applicationName;
        environment.TryAdd("PGCONNECT_TIMEOUT", DefaultConnectSeconds);
        environment["PGOPTIONS"] = string.Join(' ',
            new[] { address.Parameters.GetValueOrDefault("options") }.OfType<string>().Concat(Pins(serverMajor)));
    }

    /// <summary>
    /// The value for --dbname, which names the database so that no name is taken for a connection string, and carries the parameters that
    /// have no variable. The value holds no secret.
    /// </summary>
    public static string DatabaseArgument(PostgresAddress address)
    {
        var own = address.Parameters.Where(parameter => LibpqParameters.WithoutVariable.Contains(parameter.Key))
            .Select(parameter => $"{parameter.Key}={KeywordForm.Quote(parameter.Value)}").ToList();
        return string.Join(' ', [$"dbname={KeywordForm.Quote(address.Database)}", .. own.Count > 0 ? own : [.. DefaultKeepAlives]]);
    }

    private static IEnumerable<string> Pins(int serverMajor) =>
        SessionSettings.Texts.Select(pin => $"-c {pin.Key}={pin.Value.Replace(" ", "\\ ", StringComparison.Ordinal)}")
            .Concat(SessionSettings.Timeouts.Where(timeout => timeout.Since <= serverMajor).Select(timeout => $"-c {timeout.Name}=0"));

    private static bool IsNotForChildren(string name) => ChildEnvironment.IsHidden(name)
        || name.StartsWith("PG", ChildEnvironment.Comparison) && !name.Equals("PGPASSFILE", ChildEnvironment.Comparison)
        || name.StartsWith("BACKUP_METADATA_HMAC_KEY", ChildEnvironment.Comparison);
}
