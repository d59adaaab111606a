using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>
/// The caller's description of the database, and the one place that decides between a file and a server. The class is no record, because
/// records print their members.
/// </summary>
public sealed partial class DatabaseChoice
{
    /// <summary>Path of an SQLite file, or null.</summary>
    public string? Path { get; init; }

    /// <summary>Address of a PostgreSQL database in any form that <see cref="PostgresAddress.Parse(string)"/> reads, or null. May
    /// hold a password.</summary>
    public string? Url { get; init; }

    /// <summary>The role to connect as, in place of the address's, or null.</summary>
    public string? User { get; init; }

    /// <summary>The password that goes with <see cref="User"/>, or null.</summary>
    public string? Password { get; init; }

    /// <summary>The engine that the caller expects, or null.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>The options that were given although only PostgreSQL has them, as the front end writes them.</summary>
    public IReadOnlyList<string> PostgresOnly { get; init; } = [];

    /// <summary>The name of an entry of postry.json, or null. If postry.json has no entries, it is only the name of the backups.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The database that is meant: -Path or -DatabaseUrl; else the entry that -Database names; else DATABASE_URL, with what the entry for
    /// that variable says; else the only entry. Errors: InvalidRequest, which never repeats an address; ConfigurationInvalid where an entry
    /// is needed.
    /// </summary>
    public ChosenDatabase Choose(OpsSettings settings)
    {
        if (Path is not null && Url is not null)
            throw Refuse($"{OptionName.Path} and {OptionName.DatabaseUrl} name two databases.", "Give one of them.");
        if (Path is not null) return new(Checked(new SqliteAddress(RequirePath(Path)), $"{OptionName.Path}"), null);
        if (Url is not null)
            return new(Checked(DatabaseEntries.Read(Url, settings), $"{OptionName.DatabaseUrl}"), null);

        var entries = new DatabaseEntries(settings);
        if (Name is not null && entries.Any) return FromEntry(Single(entries.Matching(Name)), entries);
        return FromEnvironment(settings, entries)
            ?? (entries.Only(Mode) is { } only ? FromEntry(only, entries) : throw Nothing(settings));
    }

    /// <summary>Returns the address of the database. Errors: those of <see cref="Choose"/>.</summary>
    public DatabaseAddress Resolve(OpsSettings settings) => Choose(settings).Address;

    /// <summary>Returns the address if the caller names a database, otherwise null.</summary>
    public DatabaseAddress? ResolveIfNamed(OpsSettings settings) =>
        Path is null && Url is null && User is null ? null : Resolve(settings);

    /// <summary>Refuses an address in the place of a path, before anybody repeats it in an error. Errors: InvalidRequest.</summary>
    public static string RequirePath(string path) => !PostgresScheme().IsMatch(path) ? path
        : throw Refuse("The path of a file is needed, and what was given is the address of a server.",
            $"Name a PostgreSQL database with {OptionName.DatabaseUrl}.");

    private ChosenDatabase FromEntry(DatabaseEntry entry, DatabaseEntries entries) =>
        new(Checked(entries.AddressOf(entry), $"the entry {entry.Name} of {OpsSettings.ConfigurationFileName}"),
            entry);

    // A mode that is asked for says which of several there are; DATABASE_URL may be of the other kind.
    private ChosenDatabase? FromEnvironment(OpsSettings settings, DatabaseEntries entries)
    {
        if (settings.DatabaseUrl is null) return null;
        if (settings.EnvironmentAddress() is not { } address) throw Nothing(settings);
        if (Mode is { } mode && address.Mode != mode) return null;
        var described = entries.InVariable(EnvironmentVariables.DatabaseUrl);
        if (described.Count > 1) throw DatabaseEntries.Several(described);
        return described is [var entry] ? FromEntry(entry, entries)
            : new(Checked(address, EnvironmentVariables.DatabaseUrl), null);
    }

    /// <summary>The address as the role that was given, once nothing that was said contradicts it.</summary>
    private DatabaseAddress Checked(DatabaseAddress address, string where)
    {
        if (Mode is { } mode && address.Mode != mode)
        {
            throw mode == DatabaseMode.Postgres
                ? Refuse($"{OptionName.Mode} postgres contradicts {where}, which names a SQLite file.",
                    $"Leave {OptionName.Mode} out, or name the database with {OptionName.DatabaseUrl}.")
                : Refuse($"{OptionName.Mode} sqlite contradicts {where}, which names a PostgreSQL database.",
                    $"Leave {OptionName.Mode} out, or name the file with {OptionName.Path}.");
        }

        if (address is PostgresAddress server) return User is null ? server : server.As(User, Password);
        if (User is not null)
            throw Refuse($"{OptionName.Credential} is for PostgreSQL, and {where} names a SQLite file.",
                $"Leave {OptionName.Credential} out.");
        return PostgresOnly.Count == 0 ? address : throw Refuse(
            $"{string.Join(", ", PostgresOnly)} can only be used with PostgreSQL, and {where} names a SQLite file.", "Leave it out.");
    }

    private static DatabaseEntry Single(IReadOnlyList<DatabaseEntry> entries) => entries is [var one] ? one
        : throw DatabaseEntries.Several(entries);

    private InvalidRequestException Nothing(OpsSettings settings)
    {
        var isUnknown = settings.DatabaseUrl is not null && settings.EnvironmentAddress() is null;
        var url = settings.DatabaseUrl is null ? "is not set" : isUnknown ? OpsSettings.OtherUrl : "names a database of the other kind";
        // An address that cannot be read is used before the entries of postry.json.
        var entries = isUnknown && settings.Configuration.IsValid(ConfigurationSections.Databases)
            ? settings.Configuration.Databases.Keys.ToList() : [];
        var file = settings.Configuration.File is not { } path ? $"there is no {OpsSettings.ConfigurationFileName} in {settings.RepoRoot}"
            : entries.Count > 0 ? $"{path} names {string.Join(", ", entries)}, and none of these is chosen"
            : $"{path} names no {(Mode is null ? "database" : "such database")}";
        var problem = Mode == DatabaseMode.Sqlite ? $"{OptionName.Mode} sqlite needs a file, and {OptionName.Path} is missing"
            : $"No database is named: there is no {OptionName.Path} and no {OptionName.DatabaseUrl}";
        return Refuse($"{problem}, and {EnvironmentVariables.DatabaseUrl} {url}; {file}.",
            $"{(entries.Count > 0 ? $"Name one of these with {OptionName.Database}, or give" : "Give")} {OptionName.Path} ./app.db, or " +
                $"{OptionName.DatabaseUrl} postgresql://host/database, or set {EnvironmentVariables.DatabaseUrl}, or describe the " +
                $"database in {OpsSettings.ConfigurationFileName} ({CommandName.WriteConfiguration}).{FilesThere(settings)}");
    }

    // The files are only listed: the product never guesses which one is meant.
    private static string FilesThere(OpsSettings settings)
    {
        var files = SqliteFinder.Below(settings.RepoRoot).Take(4).ToList();
        return files.Count == 0 ? "" : $" SQLite databases there: {string.Join(", ", files.Take(3))}{(files.Count > 3 ? ", ..." : "")}.";
    }

    private static InvalidRequestException Refuse(string problem, string hint) =>
        new("the database", problem, hint);

    [GeneratedRegex(@"^\s*(jdbc:)?postgres(ql)?(\+[A-Za-z0-9_]+)?:/", RegexOptions.IgnoreCase)]
    private static partial Regex PostgresScheme();
}
