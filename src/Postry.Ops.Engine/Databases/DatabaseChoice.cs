using System.Text.RegularExpressions;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.Postgres;

namespace Postry.Ops.Engine.Databases;

/// <summary>What a caller says of the database that is meant: the one place that decides between a file and a server. Not a record, because those print their members.</summary>
public sealed partial class DatabaseChoice
{
    /// <summary>Path of an SQLite file, or null.</summary>
    public string? Path { get; init; }

    /// <summary>Address of a PostgreSQL database in any form that <see cref="PostgresAddress.Parse(string, string)"/> reads, or null. May hold a password.</summary>
    public string? Url { get; init; }

    /// <summary>The role to connect as, in place of the address's, or null.</summary>
    public string? User { get; init; }

    /// <summary>The password that goes with <see cref="User"/>, or null.</summary>
    public string? Password { get; init; }

    /// <summary>The engine that the caller expects, or null.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>The parameters that were given although only PostgreSQL has them.</summary>
    public IReadOnlyList<string> PostgresOnly { get; init; } = [];

    /// <summary>The database that is meant; what nobody names is DATABASE_URL's. Errors: InvalidRequest, which never repeats an address.</summary>
    public DatabaseAddress Resolve(OpsSettings settings, string operation)
    {
        if (Path is not null && Url is not null)
            throw Refuse(operation, "-Path and -DatabaseUrl name two databases.", "Give one of them.");
        return Path is not null ? File(Path, operation) : Server(settings, operation);
    }

    /// <summary>The same where it need not be named: null where nothing is said of it.</summary>
    public DatabaseAddress? ResolveIfNamed(OpsSettings settings, string operation) =>
        Path is null && Url is null && User is null ? null : Resolve(settings, operation);

    /// <summary>Refuses an address in the place of a path, before anybody repeats it in an error. Errors: InvalidRequest.</summary>
    public static string RequirePath(string path, string operation) => !PostgresScheme().IsMatch(path) ? path
        : throw Refuse(operation, "The path of a file is needed, and what was given is the address of a server.", "Name a PostgreSQL database with -DatabaseUrl.");

    private SqliteAddress File(string path, string operation)
    {
        var file = new SqliteAddress(RequirePath(path, operation));
        if (Mode == DatabaseMode.Postgres) throw Refuse(operation, "-Mode postgres contradicts -Path, which names a SQLite file.", "Leave -Mode out, or name the database with -DatabaseUrl.");
        if (User is not null) throw Refuse(operation, "-Credential is for PostgreSQL, and -Path names a SQLite file.", "Leave -Credential out.");
        if (PostgresOnly.Count > 0) throw Refuse(operation, $"{string.Join(", ", PostgresOnly)} can only be used with PostgreSQL, and -Path names a SQLite file.", "Leave it out.");
        return file;
    }

    private PostgresAddress Server(OpsSettings settings, string operation)
    {
        if (Mode == DatabaseMode.Sqlite)
        {
            throw Url is null
                ? Refuse(operation, "-Mode sqlite needs a file, and -Path is missing.", "Name the file with -Path.")
                : Refuse(operation, "-Mode sqlite contradicts -DatabaseUrl, which names a PostgreSQL database.", "Leave -Mode out, or name the file with -Path.");
        }

        var address = (Url is null ? settings.DefaultAddress(operation) : PostgresAddress.Parse(Url, operation)) ?? throw Nothing(settings, operation);
        return User is null ? address : address.As(User, Password);
    }

    private static InvalidRequestException Nothing(OpsSettings settings, string operation) => Refuse(operation,
        $"No database is named: there is no -Path and no -DatabaseUrl, and {OpsSettings.DatabaseUrlVariable} {(settings.DatabaseUrl is null ? "is not set" : "does not begin with postgres")}.",
        $"Give -Path ./app.db, or -DatabaseUrl postgresql://host/database, or set {OpsSettings.DatabaseUrlVariable}.");

    private static InvalidRequestException Refuse(string operation, string problem, string hint) => new(operation, "the database", problem, hint);

    [GeneratedRegex(@"^\s*(jdbc:)?postgres(ql)?(\+[A-Za-z0-9_]+)?:/", RegexOptions.IgnoreCase)]
    private static partial Regex PostgresScheme();
}
