using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>A schema of the live database.</summary>
/// <param name="Name">The name.</param>
/// <param name="Owner">The role that owns it.</param>
/// <param name="HasExtension">True if an extension lives in it, or created it.</param>
/// <param name="HasObjects">True if it has tables, functions or types that no extension owns.</param>
internal sealed record LiveSchema(string Name, string Owner, bool HasExtension, bool HasObjects);

/// <summary>The schemas of a live database.</summary>
internal static class LiveSchemas
{
    /// <summary>Every schema of the live database that is not the server's own.</summary>
    public static async Task<IReadOnlyList<LiveSchema>> ReadAsync(PostgresSession session, CancellationToken cancellation)
    {
        var rows = await session.RowsAsync(
            $"""
            WITH {PlacedObjects.With(session.ServerMajor)}
            SELECT n.nspname::text, r.rolname::text,
                   (EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)
                    OR {PlacedObjects.OfExtension("'pg_catalog.pg_namespace'::pg_catalog.regclass", "n.oid")}
                    OR EXISTS (SELECT FROM placed p JOIN pg_catalog.pg_depend d ON d.classid = p.classid AND d.objid = p.objid
                      AND d.deptype = 'e' WHERE p.nsp = n.oid))::text,
                   EXISTS (SELECT FROM placed p WHERE p.nsp = n.oid
                           AND p.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
                             'pg_catalog.pg_type'::pg_catalog.regclass)
                           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                             WHERE d.classid = p.classid AND d.objid = p.objid AND d.deptype IN ('e', 'i', 'a')))::text
            FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
            WHERE n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
            ORDER BY 1
            """, cancellation);
        return [.. rows.Select(row => new LiveSchema(row[0]!, row[1]!, row[2] == "true", row[3] == "true"))];
    }
}
