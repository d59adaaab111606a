using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>The facts of a database in the catalogs, inside one snapshot.</summary>
internal sealed record SourceSurvey
{
    public required PostgresServerFacts Server { get; init; }
    public required PostgresDatabaseFacts Database { get; init; }
    public required IReadOnlyList<TableCatalog.Entry> Tables { get; init; }
    public required IReadOnlyList<PostgresExtension> Extensions { get; init; }
    public required IReadOnlyList<PostgresMigration> Migrations { get; init; }
    public required IReadOnlyList<MaterializedViews.Entry> MaterializedViews { get; init; }

    public required long LargeObjects { get; init; }

    /// <summary>Owners, privileges and comments of the large objects as one hash; null where the scope leaves large objects out or there
    /// are none.</summary>
    public required string? LargeObjectMetadata { get; init; }

    /// <summary>Subscriptions of the database, which only a superuser's archive holds; null where they cannot be counted.</summary>
    public required long? Subscriptions { get; init; }

    public required bool IsSuperuser { get; init; }

    /// <summary>True for a standby, which cannot read unlogged tables.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>A setting as the server keeps it: name=value.</summary>
    public static PostgresSetting Setting(string? role, string text, bool withSecrets = false)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        return new PostgresSetting(role, name, equals < 0 || (SecretSettings.IsSecret(name) && !withSecrets) ? null : text[(equals + 1)..]);
    }

    /// <summary>Asks everything in the transaction that the session is in. The tables in scope are locked already.</summary>
    public static async Task<SourceSurvey> TakeAsync(NpgsqlSession session, BackupScope scope, CancellationToken cancellation)
    {
        var server = await ServerAsync(session, cancellation);
        return new SourceSurvey
        {
            Server = server,
            Database = await DatabaseAsync(session, server.VersionNumber, cancellation),
            Tables = await TableCatalog.ReadAsync(session, scope, sizes: true, cancellation),
            Extensions = await ExtensionsAsync(session, cancellation),
            MaterializedViews = await Contents.MaterializedViews.ReadAsync(session, scope, cancellation),
            LargeObjectMetadata = scope.IsSelection ? null
                : await Contents.LargeObjectMetadata.ReadAsync(session, cancellation),
            Migrations = await SchemaMigrations.ReadAsync(session, scope, cancellation),
            LargeObjects = await session.NumberAsync(
                "SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_largeobject_metadata", cancellation),
            Subscriptions = await SubscriptionsAsync(session, cancellation),
            IsSuperuser = await session.IsTrueAsync("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER", cancellation),
            IsStandby = await session.IsTrueAsync("pg_catalog.pg_is_in_recovery()", cancellation),
        };
    }

    /// <summary>Returns the facts of the server.</summary>
    public static async Task<PostgresServerFacts> ServerAsync(PostgresSession session, CancellationToken cancellation)
    {
        var row = (await session.RowsAsync("""
            SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num'),
                   pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text
            """, cancellation))[0];
        var system = row[2] != "true" ? null
            : await session.TextAsync("SELECT system_identifier::text FROM pg_catalog.pg_control_system()", cancellation);
        return new PostgresServerFacts(row[0]!, int.Parse(row[1]!, CultureInfo.InvariantCulture), system);
    }

    /// <summary>The installed extensions.</summary>
    public static async Task<IReadOnlyList<PostgresExtension>> ExtensionsAsync(PostgresSession session,
        CancellationToken cancellation) =>
    [
        .. (await session.RowsAsync("""
            SELECT x.extname::text, x.extversion, n.nspname::text FROM pg_catalog.pg_extension x
              JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace ORDER BY 1
            """, cancellation)).Select(row => new PostgresExtension(row[0]!, row[1]!, row[2]!)),
    ];

    /// <summary>The properties of the database that a session is in.</summary>
    /// <param name="session">The session.</param>
    /// <param name="version">The server's version number.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="withSecrets">True for the values of settings that may be secrets, too: for what is not written down.</param>
    public static async Task<PostgresDatabaseFacts> DatabaseAsync(PostgresSession session, int version, CancellationToken cancellation,
        bool withSecrets = false)
    {
        var provider = version >= 150000
            ? "CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE d.datlocprovider::text END"
            : "'libc'";
        var locale = version switch { >= 170000 => "d.datlocale", >= 150000 => "d.daticulocale", _ => "NULL" };
        var rules = version >= 160000 ? "d.daticurules" : "NULL";
        var collation = version >= 150000 ? "d.datcollversion" : "NULL";
        var row = (await session.RowsAsync($"""
            SELECT d.datname::text, d.oid::text, pg_catalog.pg_database_size(d.oid)::text, pg_catalog.pg_get_userbyid(d.datdba)::text,
                   pg_catalog.pg_encoding_to_char(d.encoding)::text, d.datcollate::text, d.datctype::text, {provider}, {locale}::text,
                     {rules}::text, {collation}::text,
                   d.datconnlimit::text, t.spcname::text, pg_catalog.shobj_description(d.oid, 'pg_database'), (d.datacl IS NOT NULL)::text,
                     CURRENT_USER::text
            FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
              WHERE d.datname = pg_catalog.current_database()
            """, cancellation))[0];
        var acl = await session.RowsAsync("""
            SELECT pg_catalog.pg_get_userbyid(a.grantor)::text, CASE a.grantee WHEN 0 THEN 'PUBLIC'
              ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END,
                   a.privilege_type, a.is_grantable::text
            FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = pg_catalog.current_database()
              ORDER BY 2, 1, 3
            """, cancellation);
        var settings = await session.RowsAsync("""
            SELECT r.rolname::text, setting FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
                   pg_catalog.unnest(s.setconfig) AS setting
            WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
              ORDER BY 1 NULLS FIRST, 2
            """, cancellation);
        return new PostgresDatabaseFacts
        {
            Name = row[0]!,
            Oid = long.Parse(row[1]!, CultureInfo.InvariantCulture),
            Bytes = long.Parse(row[2]!, CultureInfo.InvariantCulture),
            Owner = row[3]!,
            Encoding = row[4]!,
            Collate = row[5]!,
            CType = row[6]!,
            LocaleProvider = row[7]!,
            Locale = row[8],
            IcuRules = row[9],
            CollationVersion = row[10],
            ConnectionLimit = int.Parse(row[11]!, CultureInfo.InvariantCulture),
            Tablespace = row[12]!,
            Comment = row[13],
            Acl = row[14] == "true" ? [.. acl.Select(a => new PostgresPrivilege(a[0]!, a[1]!, a[2]!, a[3] == "true"))] : null,
            Settings = [.. settings.Select(s => Setting(s[0], s[1]!, withSecrets))],
            ConnectedAs = row[15]!,
        };
    }

    private static async Task<long?> SubscriptionsAsync(PostgresSession session, CancellationToken cancellation)
    {
        var readable = await session.TextAsync(
            "SELECT pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subdbid', 'SELECT')::text", cancellation);
        return readable != "true" ? null : await session.NumberAsync("""
            SELECT pg_catalog.count(s.subdbid)::text FROM pg_catalog.pg_subscription s
            WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """, cancellation);
    }
}
