using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The facts of a manifest about a PostgreSQL database besides the contents of its tables, all as of the snapshot.</summary>
internal sealed record PostgresDescription
{
    public required PostgresServerFacts Server { get; init; }
    public required PostgresDatabaseFacts Database { get; init; }
    public required PostgresScope Scope { get; init; }
    public required PostgresDump Dump { get; init; }

    /// <summary>Every table in scope that stores rows, by schema and name.</summary>
    public required IReadOnlyList<PostgresTable> Tables { get; init; }

    public required IReadOnlyList<PostgresSequence> Sequences { get; init; }

    /// <summary>The materialised views and whether the archive fills them; null in the manifests of earlier versions, and of a plain
    /// dump.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PostgresMaterializedView>? MaterializedViews { get; init; }

    /// <summary>The large objects in the archive, or null where the scope leaves them out.</summary>
    public required PostgresLargeObjects? LargeObjects { get; init; }

    /// <summary>
    /// SHA-256 of the owners, privileges and comments of the large objects (docs/fingerprint.md) as 64 lower-case hexadecimal digits; null
    /// where there are none or the scope leaves them out, and in the manifests of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LargeObjectMetadata { get; init; }

    public required IReadOnlyList<PostgresExtension> Extensions { get; init; }

    /// <summary>The version of the schema where a well-known table of a migration tool holds one.</summary>
    public required IReadOnlyList<PostgresMigration> Migrations { get; init; }

    /// <summary>The migrations in words, or null where there are none.</summary>
    [JsonIgnore]
    public string? Migration => PostgresMigration.Describe(Migrations);

    /// <summary>The roles that the archive relies on, without passwords.</summary>
    public required IReadOnlyList<PostgresRole> Roles { get; init; }

    public required IReadOnlyList<PostgresMembership> Memberships { get; init; }

    /// <summary>The roles that own what is in it, where that is known without looking into an archive; else null.</summary>
    [JsonIgnore]
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>The objects that the statements of a plain dump create or change; empty for any other backup.</summary>
    [JsonIgnore]
    public IReadOnlyList<StatementTarget> Targets { get; init; } = [];

    /// <summary>The tablespaces that the headers of a plain dump name; of any other backup nothing, for its archive tells.</summary>
    [JsonIgnore]
    public IReadOnlyCollection<string> Tablespaces { get; init; } = [];

    /// <summary>False where a list holds nothing where something must be, so that nobody has to expect it later.</summary>
    [JsonIgnore]
    public bool IsPlausible =>
        Tables.All(t => t?.Columns.All(c => c is not null) == true)
        && Sequences.All(s => s is not null)
        && MaterializedViews?.All(v => v is not null) != false
        && Extensions.All(e => e is not null)
        && Migrations.All(m => m is not null)
        && Roles.All(r => r?.Settings.All(s => s is not null) == true)
        && Memberships.All(m => m is not null)
        && Database.Settings.All(s => s is not null)
        && Database.Acl?.All(a => a is not null) != false
        && new[] { Scope.Schemas, Scope.ExcludedSchemas, Scope.ExcludedTableData }.All(list => list.All(p => p is not null));
}

/// <summary>The server that the database lives on.</summary>
/// <param name="Version">The version as the server writes it, for example "15.18 (Debian 15.18-0+deb12u1)".</param>
/// <param name="VersionNumber">The version as a number, for example 150018.</param>
/// <param name="SystemIdentifier">The cluster's own identity in decimal, or null where the role may not ask for it.</param>
internal sealed record PostgresServerFacts(string Version, int VersionNumber, string? SystemIdentifier)
{
    /// <summary>The major version, for example 15.</summary>
    [JsonIgnore]
    public int Major => VersionNumber / 10000;
}

/// <summary>Properties of the database itself.</summary>
internal sealed record PostgresDatabaseFacts
{
    public required string Name { get; init; }
    public required long Oid { get; init; }
    public required long Bytes { get; init; }
    public required string Owner { get; init; }
    public required string Encoding { get; init; }
    public required string Collate { get; init; }
    public required string CType { get; init; }

    /// <summary>libc, icu or builtin.</summary>
    public required string LocaleProvider { get; init; }

    /// <summary>The locale of a provider other than libc, or null.</summary>
    public required string? Locale { get; init; }

    /// <summary>Tailoring rules of an ICU locale, or null.</summary>
    public required string? IcuRules { get; init; }

    /// <summary>The version of the collation that indexes were built with, or null where the server does not say.</summary>
    public required string? CollationVersion { get; init; }

    /// <summary>-1 for none.</summary>
    public required int ConnectionLimit { get; init; }

    public required string Tablespace { get; init; }
    public required string? Comment { get; init; }

    /// <summary>The database's own privileges, or null where they were never changed from the default.</summary>
    public required IReadOnlyList<PostgresPrivilege>? Acl { get; init; }

    /// <summary>Settings of the database, and of roles in this database.</summary>
    public required IReadOnlyList<PostgresSetting> Settings { get; init; }

    /// <summary>The role that the backup was made as.</summary>
    public required string ConnectedAs { get; init; }
}

/// <summary>A privilege.</summary>
/// <param name="Grantor">The role that gave it.</param>
/// <param name="Grantee">A role, or "PUBLIC".</param>
/// <param name="Privilege">The name of the privilege, for example CONNECT.</param>
/// <param name="Grantable">True where the grantee may give it to others.</param>
internal sealed record PostgresPrivilege(string Grantor, string Grantee, string Privilege, bool Grantable);

/// <summary>A setting that a session starts with.</summary>
/// <param name="Role">The role it is for, or null for all.</param>
/// <param name="Name">The parameter.</param>
/// <param name="Value">The value; null if the name says that it is a secret: then only the archive has it.</param>
internal sealed record PostgresSetting(string? Role, string Name, string? Value);

/// <summary>The part of the database that was backed up.</summary>
/// <param name="Schemas">Patterns of the schemas that were chosen; empty for all.</param>
/// <param name="ExcludedSchemas">Patterns of the schemas that were left out.</param>
/// <param name="ExcludedTableData">Patterns of the tables whose rows were left out.</param>
/// <param name="Profile">"supabase", or null.</param>
/// <param name="Summary">One line that says what is missing, or null where the database is whole.</param>
internal sealed record PostgresScope(
    IReadOnlyList<string> Schemas,
    IReadOnlyList<string> ExcludedSchemas,
    IReadOnlyList<string> ExcludedTableData,
    string? Profile,
    string? Summary)
{
    /// <summary>True where nothing was left out.</summary>
    [JsonIgnore]
    public bool IsWhole => Summary is null;

    /// <summary>True where only some schemas were backed up.</summary>
    [JsonIgnore]
    public bool IsPart => Schemas.Count > 0 || ExcludedSchemas.Count > 0;
}

/// <summary>The facts of the archive.</summary>
/// <param name="Version">The version of pg_dump, for example "15.18".</param>
/// <param name="VersionNumber">The version as a number, for example 150018.</param>
/// <param name="Compression">gzip, zstd, lz4 or none.</param>
/// <param name="RolesFile">The file of the archive that holds the role definitions as SQL, or null.</param>
internal sealed record PostgresDump(string Version, int VersionNumber, string Compression, string? RolesFile)
{
    /// <summary>The major version of pg_dump, for example 15.</summary>
    [JsonIgnore]
    public int Major => VersionNumber / 10000;
}

/// <summary>A table that stores rows.</summary>
/// <param name="Oid">The number in the source; the archive's list of contents names it.</param>
/// <param name="Schema">The schema.</param>
/// <param name="Name">The name as the catalog has it, without quotes.</param>
/// <param name="Columns">The columns that the fingerprint covers, in its order.</param>
/// <param name="Partition">True for a partition.</param>
/// <param name="Unlogged">True where a crash of the server empties it.</param>
/// <param name="Filter">The condition that an extension puts on the rows of its configuration table, or null.</param>
/// <param name="Bytes">The size in the source in bytes, without indexes.</param>
/// <param name="DataFile">The file of the archive that holds its rows, or null where the scope leaves them out.</param>
internal sealed record PostgresTable(
    long Oid, string Schema, string Name, IReadOnlyList<string> Columns, bool Partition, bool Unlogged, string? Filter, long Bytes,
    string? DataFile)
{
    /// <summary>The name of the table in the manifest's contents and in messages.</summary>
    [JsonIgnore]
    public string DisplayName => PostgresNames.Display(Schema, Name);
}

/// <summary>A sequence as the archive holds it. Sequences do not follow snapshots.</summary>
internal sealed record PostgresSequence(string Schema, string Name, long LastValue, bool IsCalled);

/// <summary>A materialised view.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Name">The name as the catalog has it, without quotes.</param>
/// <param name="Populated">True where the archive fills it.</param>
internal sealed record PostgresMaterializedView(string Schema, string Name, bool Populated);

/// <summary>The large objects of a database, all together.</summary>
/// <param name="Count">The number of large objects.</param>
/// <param name="Bytes">The size of their contents together, or null if contents were not read.</param>
/// <param name="Fingerprint">32 hexadecimal digits, or null where contents were not read.</param>
internal sealed record PostgresLargeObjects(long Count, long? Bytes, string? Fingerprint)
{
    /// <summary>The reason why the contents of a live database could not be read, or null.</summary>
    [JsonIgnore]
    public string? Unread { get; init; }
}

/// <summary>An installed extension.</summary>
internal sealed record PostgresExtension(string Name, string Version, string Schema);

/// <summary>The version of the schema, as a migration tool has written it.</summary>
/// <param name="Table">The table of the migration tool, for example "public.alembic_version".</param>
/// <param name="Version">The newest version in that table.</param>
internal sealed record PostgresMigration(string Table, string Version)
{
    /// <summary>Several in words, or null where there are none.</summary>
    public static string? Describe(IReadOnlyList<PostgresMigration> migrations) => migrations.Count == 0 ? null
        : string.Join(", ", migrations.Select(m => $"{m.Table} {m.Version}"));
}

/// <summary>A role without its password.</summary>
internal sealed record PostgresRole(
    string Name, bool Superuser, bool Inherit, bool CreateRole, bool CreateDatabase, bool Login, bool Replication, bool BypassRowSecurity,
    int ConnectionLimit, string? ValidUntil, string? Comment, IReadOnlyList<PostgresSetting> Settings);

/// <summary>A membership of one role in another.</summary>
/// <param name="Role">The role that has members.</param>
/// <param name="Member">The role that is one.</param>
/// <param name="Admin">True where the member may let others in.</param>
/// <param name="InheritOption">Null before PostgreSQL 16.</param>
/// <param name="SetOption">Null before PostgreSQL 16.</param>
internal sealed record PostgresMembership(string Role, string Member, bool Admin, bool? InheritOption, bool? SetOption);
