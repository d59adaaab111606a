using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The databases of postry.json.</summary>
internal static class DatabaseShapes
{
    private static readonly string[] Ways = ["path", "urlVariable", "url"];
    private static readonly string[] PostgresOnly = ["schemas", "excludeSchemas", "excludeTableData", "profile"];

    private static readonly ObjectShape<HookCommands> Hooks =
        new ObjectShape<HookCommands>(new(), "the commands around the swap of a restore")
        .Add("beforeSwap", ConfigTypes.Text, h => h.BeforeSwap, (h, v) => h with { BeforeSwap = v },
            "A command for the system's shell, run after a restore is staged and verified, for example to stop the application. If it " +
                "fails, nothing is swapped.")
        .Add("afterSwap", ConfigTypes.Text, h => h.AfterSwap, (h, v) => h with { AfterSwap = v },
            "A command for the system's shell, run after the swap, for example to start the application. If it fails, the restore is " +
                "undone.")
        .Add("timeout", ConfigTypes.Duration, h => h.Timeout, (h, v) => h with { Timeout = v },
            "How long each of the two may take. A number with s, m, h, d or w, such as \"60s\".");

    /// <summary>The entry of one database.</summary>
    public static readonly ObjectShape<DatabaseEntry> Entry = new ObjectShape<DatabaseEntry>(new(), "the address of a database")
        .Add("path", ConfigTypes.Path, d => d.Path, (d, v) => d with { Path = v },
            "A SQLite database: the path of its file, relative to the repo root.")
        .Add("urlVariable", ConfigTypes.Variable, d => d.UrlVariable, (d, v) => d with { UrlVariable = v },
            "The name of the environment variable that holds the address, for example DATABASE_URL. Use this for an address with a " +
                "password.")
        .Add("url", ConfigTypes.DatabaseUrl, d => d.Url, (d, v) => d with { Url = v },
            "The address, without a password: postgresql://app@host:5432/app, or sqlite:///app.db.")
        .Add("mode", new ChoiceShape<ModeWord>(("auto", ModeWord.Auto), ("sqlite", ModeWord.Sqlite), ("postgres", ModeWord.Postgres)), d =>
            Word(d.Mode), (d, v) => d with { Mode = Mode(v) },
            "The database engine that is expected; auto takes it from the address.")
        .Add("schemas", ConfigTypes.List(ConfigTypes.Text, "patterns"), d => d.Schemas, (d, v) => d with { Schemas = v },
            "PostgreSQL: patterns of the only schemas to back up, in the form of pg_dump. Such a backup is not the whole database, and " +
                "lists show this.")
        .Add("excludeSchemas", ConfigTypes.List(ConfigTypes.Text, "patterns"), d => d.ExcludeSchemas,
            (d, v) => d with { ExcludeSchemas = v },
            "PostgreSQL: patterns of schemas to leave out, in the form of pg_dump.")
        .Add("excludeTableData", ConfigTypes.List(ConfigTypes.Text, "patterns"), d => d.ExcludeTableData,
            (d, v) => d with { ExcludeTableData = v },
            "PostgreSQL: patterns of tables whose rows are left out, in the form of pg_dump. A restore creates these tables empty.")
        .Add("profile", new ChoiceShape<BackupProfile>(("none", BackupProfile.None), ("supabase", BackupProfile.Supabase)), d => d.Profile,
            (d, v) => d with { Profile = v },
            "PostgreSQL: the hosting service whose own schemas, roles and extensions are left out.")
        .Add("hooks", Hooks, d => d.Hooks, (d, v) => d with { Hooks = v }, "Commands around the swap of a restore.")
        .Check(RequireOnePlace, evenIfBroken: true)
        .WithSchema(schema => schema["oneOf"] = new JsonArray(
            [.. Ways.Select(way => (JsonNode)new JsonObject { ["required"] = new JsonArray(way) })]));

    /// <summary>The problem of a database's name; null if the name is right.</summary>
    public static string? NameProblem(string name) => name.Length == 0 ? "is empty"
        : name.Any(c => "*?[]".Contains(c, StringComparison.Ordinal))
            ? $"has one of * ? [ ], which {OptionName.Database} takes for wildcards"
        : name.Contains("://", StringComparison.Ordinal)
            ? "is an address: write it in 'url', or in the variable that 'urlVariable' names"
        : name.Any(char.IsControl) ? "has a control character" : null;

    private static void RequireOnePlace(DatabaseEntry entry, JsonItem item, string path, ConfigurationReading reading)
    {
        var given = Ways.Where(way => item[way] is not null).ToList();
        if (given.Count == 0)
            reading.Add(item.Origin, $"{path} does not say where the database is: it needs one of {string.Join(", ", Ways)}.");
        foreach (var second in given.Skip(1))
            reading.Add(item[second]!.Origin, $"{path} has both '{given[0]}' and '{second}': keep one of them.");
        if (given.Count != 1 || (entry.Path is null && entry.Url is null)) return;

        var isFile = entry.Path is not null || entry.Url!.StartsWith("sqlite", StringComparison.OrdinalIgnoreCase);
        if (item["mode"] is { } written && entry.Mode is { } mode && isFile != (mode == DatabaseMode.Sqlite))
            reading.Add(written.Origin,
                $"{path}.mode contradicts '{given[0]}', which names a {(isFile ? "SQLite file" : "PostgreSQL database")}.");
        if (!isFile) return;
        foreach (var key in PostgresOnly.Where(key => item[key] is not null))
            reading.Add(item[key]!.Origin, $"{path}.{key} is for PostgreSQL, and '{given[0]}' names a SQLite file.");
    }

    private static ModeWord Word(DatabaseMode? mode) =>
        mode switch { DatabaseMode.Sqlite => ModeWord.Sqlite, DatabaseMode.Postgres => ModeWord.Postgres, _ => ModeWord.Auto };

    private static DatabaseMode? Mode(ModeWord word) =>
        word switch { ModeWord.Sqlite => DatabaseMode.Sqlite, ModeWord.Postgres => DatabaseMode.Postgres, _ => null };

    private enum ModeWord
    {
        Auto,
        Sqlite,
        Postgres,
    }
}
