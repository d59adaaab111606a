using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Makes the schema that archives expect to be there, with what a new database gives it; all else about it is in the
/// archive.</summary>
internal static class PublicSchema
{
    /// <summary>The name of the schema.</summary>
    public const string Name = "public";

    // The schema's entry in an archive's list, before its owner.
    private const string Entry = "SCHEMA - public ";

    // From this version on, pg_dump writes only the differences from PostgreSQL 15's schema.
    private const int RolesOfDatabaseOwner = 15;

    /// <summary>Makes it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="dumpMajor">Major version of pg_dump.</param>
    /// <param name="owner">The role that owned it until now, or null.</param>
    /// <param name="noOwner">True to fall back on the role that restores.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task CreateAsync(PostgresSession session, int dumpMajor, string? owner, bool noOwner,
        CancellationToken cancellation)
    {
        if (session.ServerMajor >= RolesOfDatabaseOwner && dumpMajor >= RolesOfDatabaseOwner) owner = "pg_database_owner";
        if (noOwner && owner is not null && !await MayActAsAsync(session, owner, cancellation)) owner = null;
        await session.ExecuteAsync(
            $"""
            CREATE SCHEMA public{(owner is null ? "" : $" AUTHORIZATION {PostgresNames.Quote(owner)}")};
            GRANT {(dumpMajor >= RolesOfDatabaseOwner ? "USAGE" : "ALL")} ON SCHEMA public TO PUBLIC;
            COMMENT ON SCHEMA public IS 'standard public schema';
            """, cancellation);
    }

    /// <summary>
    /// True if the archive would create the schema itself, because pg_dump was told to take this schema by its name. The privileges in such
    /// an archive are nevertheless only the differences from those in a new database, so the schema must not be created without these.
    /// </summary>
    public static bool IsMadeBy(BackupManifest manifest) =>
        manifest.Postgres!.Scope.Schemas.Count > 0 && manifest.Contents.Schema.Any(entry => entry is { Type: "schema", Name: Name });

    /// <summary>True for the entry of an archive that makes it.</summary>
    public static bool Makes(ArchiveEntry entry) => entry.Text.StartsWith(Entry, StringComparison.Ordinal);

    /// <summary>Does all of what such an entry does but for making the schema, which is there.</summary>
    /// <param name="session">The session.</param>
    /// <param name="list">The archive's list.</param>
    /// <param name="noOwner">True to leave the owner as it is.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task PrepareAsync(PostgresSession session, ArchiveList list, bool noOwner, CancellationToken cancellation)
    {
        await session.ExecuteAsync("COMMENT ON SCHEMA public IS NULL;", cancellation);
        if (!noOwner && list.Entries.FirstOrDefault(Makes) is { } entry)
            await session.ExecuteAsync($"ALTER SCHEMA public OWNER TO {PostgresNames.Quote(entry.Text[Entry.Length..])};", cancellation);
    }

    private static async Task<bool> MayActAsAsync(PostgresSession session, string role, CancellationToken cancellation) =>
        await session.TextAsync($"SELECT pg_catalog.pg_has_role({PostgresNames.Literal(role)}, 'MEMBER')::text", cancellation) == "true";
}
