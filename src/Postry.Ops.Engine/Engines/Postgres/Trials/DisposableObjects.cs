using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Trials;

/// <summary>The objects that make a database one that is not empty. Objects of extensions belong to the extensions, and an empty schema
/// is no data.</summary>
internal static class DisposableObjects
{
    private const string Own = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";

    private static readonly string Objects = $"""
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {Own} AND {Not("pg_class", "c.oid")}
        UNION ALL
        SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {Own} AND {Not("pg_proc", "p.oid")}
        UNION ALL
        SELECT pg_catalog.format('type %I.%I', n.nspname, t.typname)
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE {Own} AND t.typrelid = 0 AND {Not("pg_type", "t.oid", "'e', 'i'")}
        UNION ALL
        SELECT pg_catalog.format('collation %I.%I', n.nspname, l.collname)
        FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
        WHERE {Own} AND {Not("pg_collation", "l.oid")}
        UNION ALL
        SELECT pg_catalog.format('text search configuration %I.%I', n.nspname, x.cfgname)
        FROM pg_catalog.pg_ts_config x JOIN pg_catalog.pg_namespace n ON n.oid = x.cfgnamespace
        WHERE {Own} AND {Not("pg_ts_config", "x.oid")}
        UNION ALL
        SELECT pg_catalog.format('text search dictionary %I.%I', n.nspname, x.dictname)
        FROM pg_catalog.pg_ts_dict x JOIN pg_catalog.pg_namespace n ON n.oid = x.dictnamespace WHERE {Own} AND {Not("pg_ts_dict", "x.oid")}
        UNION ALL
        SELECT pg_catalog.format('publication %I', pubname) FROM pg_catalog.pg_publication
        UNION ALL
        SELECT pg_catalog.format('event trigger %I', evtname) FROM pg_catalog.pg_event_trigger x WHERE {Not("pg_event_trigger", "x.oid")}
        UNION ALL
        SELECT pg_catalog.format('server %I', srvname) FROM pg_catalog.pg_foreign_server x WHERE {Not("pg_foreign_server", "x.oid")}
        UNION ALL
        SELECT pg_catalog.format('foreign data wrapper %I', fdwname) FROM pg_catalog.pg_foreign_data_wrapper x
        WHERE {Not("pg_foreign_data_wrapper", "x.oid")}
        UNION ALL
        SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata
        LIMIT 4
        """;

    /// <summary>The names of some of them; empty for an empty database.</summary>
    public static Task<IReadOnlyList<string>> FindAsync(PostgresSession session, CancellationToken cancellation) =>
        session.TextsAsync(Objects, cancellation);

    private static string Not(string catalog, string oid, string kinds = "'e'") =>
        $"NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass " +
            $"AND d.objid = {oid} AND d.deptype IN ({kinds}))";
}
