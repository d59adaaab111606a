using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Scope;

/// <summary>The part of a database that is backed up: it gives pg_dump's options and the tables in the archive.</summary>
internal sealed class BackupScope
{
    private const string SystemSchema = "^(pg_.*|information_schema)$";

    // A restore of schemas keeps the old ones beside the live ones under such names; like a kept copy, they do not belong to the database.
    private const string KeptSchema = "^postry_(prev|undone)_.*$";
    private static readonly string[] KeptSchemas = ["postry_prev_*", "postry_undone_*"];

    private readonly IReadOnlyList<NamePattern> _schemas;
    private readonly IReadOnlyList<NamePattern> _excluded;
    private readonly IReadOnlyList<NamePattern> _excludedData;

    private BackupScope(IReadOnlyList<string> schemas, IReadOnlyList<string> excluded, IReadOnlyList<string> excludedData, string? profile,
        string target)
    {
        Schemas = schemas;
        ExcludedSchemas = excluded;
        ExcludedTableData = excludedData;
        Profile = profile;
        _schemas = [.. schemas.Select(pattern => Parse(pattern, target))];
        _excluded = [.. excluded.Select(pattern => Parse(pattern, target))];
        _excludedData = [.. excludedData.Select(pattern => Parse(pattern, target))];
        if (schemas.Concat(excluded).Concat(excludedData).Any(ByteKeepingEncoding.HasBytes))
            throw Invalid(PostgresConnector.NotPassable("schema or table in a pattern"),
                "Put ? or * into the pattern where these bytes are, or back up the whole database.", target);
        if (_schemas.Concat(_excluded).Any(pattern => pattern.Schema is not null))
            throw Invalid("A pattern of schemas has a dot in it.",
                "Name schemas only; a name that has a dot in itself goes into double quotes.", target);
    }

    /// <summary>The whole database.</summary>
    public static BackupScope Whole { get; } = new([], [], [], null, "");

    public IReadOnlyList<string> Schemas { get; }

    public IReadOnlyList<string> ExcludedSchemas { get; }

    /// <summary>The patterns, each with its schema.</summary>
    public IReadOnlyList<string> ExcludedTableData { get; }

    public string? Profile { get; }

    /// <summary>True where only named schemas are backed up; pg_dump then leaves out what is in no schema, large objects and extensions
    /// too.</summary>
    public bool IsSelection => Schemas.Count > 0;

    /// <summary>Makes a scope of a request's options; a pattern of tables without a schema means those in public. Errors:
    /// InvalidRequest.</summary>
    public static BackupScope Create(PostgresBackupOptions options, string target)
    {
        var tables = options.ExcludeTableData.Select(pattern => NamePattern.Parse(pattern) is { Schema: null } ? $"public.{pattern}"
            : pattern);
        if (options.Profile == BackupProfile.None)
            return new BackupScope(options.Schemas, options.ExcludeSchemas, [.. tables], null, target);
        // A schema of the hosting service that the operator names is wanted.
        var hosting = SupabaseProfile.Excluded.Except(options.Schemas);
        return new BackupScope(
            options.Schemas, [.. options.ExcludeSchemas.Union(hosting)], [.. tables.Union(SupabaseProfile.ExcludedTableData)],
            SupabaseProfile.Name, target);
    }

    /// <summary>The scope that a manifest describes.</summary>
    public static BackupScope Of(PostgresScope scope, string target) =>
        new(scope.Schemas, scope.ExcludedSchemas, scope.ExcludedTableData, scope.Profile, target);

    /// <summary>Describes the scope for the manifest.</summary>
    /// <param name="largeObjects">The number of large objects in the database.</param>
    /// <param name="unread">Further missing parts, or null.</param>
    public PostgresScope Describe(long largeObjects, string? unread = null) =>
        new(Schemas, ExcludedSchemas, ExcludedTableData, Profile, Summary(largeObjects, unread));

    /// <summary>The arguments of pg_dump that narrow it.</summary>
    public IEnumerable<string> DumpArguments() =>
        Schemas.Select(pattern => $"--schema={pattern}")
            .Concat(ExcludedSchemas.Concat(IncludesKeptSchemas ? [] : KeptSchemas).Select(pattern => $"--exclude-schema={pattern}"))
            .Concat(ExcludedTableData.Select(pattern => $"--exclude-table-data={pattern}"));

    /// <summary>SQL that is true for the name of a schema whose objects are backed up.</summary>
    /// <param name="column">The column that holds the name.</param>
    /// <param name="system">True to let the system's own schemas pass, as pg_dump does for the tables of extensions.</param>
    public string SchemaSql(string column, bool system = false)
    {
        var conditions = new List<string>();
        if (!system) conditions.Add($"NOT ({NamePattern.Sql(column, SystemSchema)})");
        if (!IncludesKeptSchemas) conditions.Add($"NOT ({NamePattern.Sql(column, KeptSchema)})");
        if (_schemas.Count > 0) conditions.Add(AnyOf(column, _schemas));
        if (_excluded.Count > 0) conditions.Add($"NOT {AnyOf(column, _excluded)}");
        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }

    /// <summary>SQL that is true for a table whose rows are left out.</summary>
    public string ExcludedDataSql(string schemaColumn, string nameColumn) => _excludedData.Count == 0
        ? "false"
        : $"({string.Join(" OR ", _excludedData.Select(pattern =>
            $"({NamePattern.Sql(schemaColumn, pattern.Schema!)} AND {NamePattern.Sql(nameColumn, pattern.Name)})"))})";

    /// <summary>The patterns, by option, that match nothing. The patterns of a profile need not match.</summary>
    public async Task<IReadOnlyList<(OptionName Option, string Pattern)>> FindUnusedAsync(PostgresSession session,
        CancellationToken cancellation)
    {
        const string schemas = "FROM pg_catalog.pg_namespace n WHERE";
        const string tables =
            "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND";
        var patterns = Schemas.Select((text, i) =>
                (OptionName.Schema, text, $"{schemas} {NamePattern.Sql("n.nspname", _schemas[i].Name)}"))
            .Concat(ExcludedSchemas.Select((text, i) =>
                (OptionName.ExcludeSchema, text, $"{schemas} {NamePattern.Sql("n.nspname", _excluded[i].Name)}")))
            .Concat(ExcludedTableData.Select((text, i) => (OptionName.ExcludeTableData, text,
                $"{tables} {NamePattern.Sql("n.nspname", _excludedData[i].Schema!)} AND " +
                    $"{NamePattern.Sql("c.relname", _excludedData[i].Name)}")));
        var unused = new List<(OptionName, string)>();
        foreach (var (option, pattern, sql) in patterns)
        {
            if (!IsOfProfile(pattern) && await session.TextAsync($"SELECT EXISTS (SELECT 1 {sql})::text",
                cancellation) == "false")
                unused.Add((option, pattern));
        }

        return unused;
    }

    // A kept schema that the operator names is wanted.
    private bool IncludesKeptSchemas => Schemas.Any(pattern => pattern.StartsWith("postry_", StringComparison.Ordinal));

    private bool IsOfProfile(string pattern) =>
        Profile is not null && (SupabaseProfile.Excluded.Contains(pattern) || SupabaseProfile.ExcludedTableData.Contains(pattern));

    private string? Summary(long largeObjects, string? unread)
    {
        var parts = new List<string>();
        if (Profile is not null) parts.Add($"profile {Profile} (without the hosting's own schemas and roles)");
        if (Schemas.Count > 0) parts.Add($"only {Many("schema", Schemas)}");
        var own = ExcludedSchemas.Where(pattern => !IsOfProfile(pattern)).ToList();
        if (own.Count > 0) parts.Add($"without {Many("schema", own)}");
        var data = ExcludedTableData.Where(pattern => !IsOfProfile(pattern)).ToList();
        if (data.Count > 0) parts.Add($"without data of {string.Join(", ", data)}");
        if (IsSelection && largeObjects > 0) parts.Add("without large objects");
        if (unread is not null) parts.Add(unread);
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private static string Many(string noun, IReadOnlyList<string> patterns) =>
        $"{noun}{(patterns.Count == 1 ? "" : "s")} {string.Join(", ", patterns)}";

    private static string AnyOf(string column, IEnumerable<NamePattern> patterns) =>
        $"({string.Join(" OR ", patterns.Select(pattern => NamePattern.Sql(column, pattern.Name)))})";

    private static NamePattern Parse(string pattern, string target) =>
        NamePattern.Parse(pattern) ?? throw Invalid($"The pattern {pattern} cannot be read.",
            "Write a name, or schema.name; * and ? stand for other letters, double quotes keep capitals and dots.", target);

    private static InvalidRequestException Invalid(string problem, string hint, string target) =>
        new(target, problem, hint);
}
