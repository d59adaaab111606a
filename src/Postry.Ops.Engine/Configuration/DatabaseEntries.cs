using System.IO.Enumeration;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration;

/// <summary>The database that a command means.</summary>
/// <param name="Address">The address.</param>
/// <param name="Entry">The entry of postry.json; null if the database is not configured there.</param>
public sealed record ChosenDatabase(DatabaseAddress Address, DatabaseEntry? Entry)
{
    /// <summary>
    /// The name under which backups of the database are stored: the name of the entry by which it was found; otherwise the name that the
    /// caller gives; null for the database's own name.
    /// </summary>
    public string? BackupName(string? given) => Entry?.Name ?? given;

    /// <summary>The contents that a backup leaves out, and how it is stored: the caller's values, otherwise those of postry.json.</summary>
    /// <param name="schemas">Patterns of schemas to back up; null if the caller gives none, as with the other parameters.</param>
    /// <param name="excludeSchemas">Patterns of schemas to leave out.</param>
    /// <param name="excludeTableData">Patterns of tables whose rows are left out.</param>
    /// <param name="profile">The hosting service.</param>
    public PostgresBackupOptions Options(IReadOnlyList<string>? schemas, IReadOnlyList<string>? excludeSchemas,
        IReadOnlyList<string>? excludeTableData, BackupProfile? profile) => new()
    {
        Schemas = schemas ?? Entry?.Schemas ?? [],
        ExcludeSchemas = excludeSchemas ?? Entry?.ExcludeSchemas ?? [],
        ExcludeTableData = excludeTableData ?? Entry?.ExcludeTableData ?? [],
        Profile = profile ?? Entry?.Profile ?? BackupProfile.None,
    };

    /// <summary>The commands around a swap: what the caller says, else what postry.json does.</summary>
    public RestoreHooks Hooks(string? beforeSwap, string? afterSwap, TimeSpan? timeout) => new()
    {
        BeforeSwap = beforeSwap ?? Entry?.Hooks.BeforeSwap,
        AfterSwap = afterSwap ?? Entry?.Hooks.AfterSwap,
        Timeout = timeout ?? (Entry?.Hooks ?? new HookCommands()).Timeout,
    };
}

/// <summary>The databases that postry.json names.</summary>
public sealed class DatabaseEntries(OpsSettings settings)
{
    /// <summary>True where postry.json names any. Errors: ConfigurationInvalid.</summary>
    public bool Any => All.Count > 0;

    private IReadOnlyDictionary<string, DatabaseEntry> All => settings.Configuration.Databases;

    /// <summary>True for a name that may mean several.</summary>
    public static bool IsPattern(string name) => name.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The entries that a name means, which may have the wildcards * and ?. Errors: InvalidRequest where there is none,
    /// ConfigurationInvalid.</summary>
    public IReadOnlyList<DatabaseEntry> Matching(string name)
    {
        var found = IsPattern(name)
            ? All.Values.Where(entry => FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: false)).ToList()
            : All.TryGetValue(name, out var one) ? [one] : [];
        return found.Count > 0 ? found : throw Unknown(name);
    }

    /// <summary>Returns the address of an entry's database. Errors: InvalidRequest, which never repeats an address.</summary>
    public DatabaseAddress AddressOf(DatabaseEntry entry)
    {
        if (entry.Path is { } path) return new SqliteAddress(Path.GetFullPath(path, settings.RepoRoot));
        var text = entry.UrlVariable is { } variable ? settings.Variable(variable) : entry.Url;
        if (string.IsNullOrEmpty(text))
        {
            throw new InvalidRequestException(entry.Name,
                $"The environment variable {entry.UrlVariable}, which {OpsSettings.ConfigurationFileName} names for the database " +
                    $"{entry.Name}, is not set.", $"Set {entry.UrlVariable} to the address of that database.");
        }

        var address = Read(text, settings);
        if (entry.Mode is { } mode && address.Mode != mode)
        {
            throw new InvalidRequestException(entry.Name,
                $"The database {entry.Name} is expected to be of mode {mode.ToString().ToLowerInvariant()}, and its address is of " +
                $"another kind.",
                $"Correct databases.{entry.Name}.mode in {OpsSettings.ConfigurationFileName}, or the address.");
        }

        return address;
    }

    /// <summary>The address that a text means: a SQLite file's URL, or any form of a PostgreSQL address. Errors: InvalidRequest.</summary>
    public static DatabaseAddress Read(string text, OpsSettings settings) =>
        SqliteUrl.Matches(text) ? SqliteUrl.Parse(text, settings.RepoRoot) : PostgresAddress.Parse(text);

    /// <summary>The entries whose address is in a variable.</summary>
    public IReadOnlyList<DatabaseEntry> InVariable(string variable) => [.. All.Values.Where(entry => entry.UrlVariable == variable)];

    /// <summary>The one entry that is meant where nobody names one, or null where there is none. Errors: InvalidRequest where there are
    /// several.</summary>
    public DatabaseEntry? Only(DatabaseMode? mode)
    {
        // An entry that names its kind can be passed over by that alone, so the variable of a database that is not meant need not be set.
        var fitting = All.Values.Where(entry => mode is null || (entry.Mode ?? AddressOf(entry).Mode) == mode).ToList();
        return fitting.Count > 1 ? throw Several(fitting) : fitting.FirstOrDefault();
    }

    /// <summary>The addresses of the databases on servers, as far as they can be told now.</summary>
    internal IEnumerable<PostgresAddress> Servers()
    {
        if (!settings.Configuration.IsValid(ConfigurationSections.Databases)) yield break;
        foreach (var entry in All.Values.Where(entry => entry.Path is null))
        {
            PostgresAddress? server = null;
            try
            {
                server = AddressOf(entry) as PostgresAddress;
            }
            catch (InvalidRequestException)
            {
                // An entry that cannot be used now is none that could help.
            }

            if (server is not null) yield return server;
        }
    }

    /// <summary>The error for several entries where one is needed.</summary>
    public static InvalidRequestException Several(IReadOnlyList<DatabaseEntry> entries) => new("the database",
        $"{OpsSettings.ConfigurationFileName} names {entries.Count} databases, and none of them is chosen: " +
            $"{string.Join(", ", entries.Select(entry => entry.Name))}.", $"Name one with {OptionName.Database}.");

    private InvalidRequestException Unknown(string name)
    {
        var nearest = NearestName.To(name, All.Keys);
        return new InvalidRequestException(name,
            $"{settings.Configuration.File ?? OpsSettings.ConfigurationFileName} names no database '{NearestName.Shown(name)}'" +
                $"{(nearest is null ? "." : $"; did you mean '{nearest}'?")} It names: {string.Join(", ", All.Keys)}.",
            $"Name one of these with {OptionName.Database}, or the database itself with {OptionName.Path} or {OptionName.DatabaseUrl}.");
    }
}
