using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Queries that write the statements which empty a database. Objects of extensions stay.</summary>
internal static class DatabaseDrop
{
    /// <summary>Drops what depends on things in schemas without being in one.</summary>
    public static readonly string BeforeSchemas =
        $"""
        SELECT pg_catalog.format('DROP EVENT TRIGGER %I', evtname) FROM pg_catalog.pg_event_trigger
          WHERE NOT {Owned("pg_event_trigger", "oid")}
        UNION ALL
        SELECT pg_catalog.format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication
        UNION ALL
        SELECT pg_catalog.format('DROP TRANSFORM FOR %s LANGUAGE %I', pg_catalog.format_type(t.trftype, NULL), l.lanname)
        FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
          WHERE t.oid >= 16384 AND NOT {Owned("pg_transform", "t.oid")}
        UNION ALL
        SELECT pg_catalog.format('DROP CAST (%s AS %s)', pg_catalog.format_type(castsource, NULL), pg_catalog.format_type(casttarget, NULL))
        FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = c.oid
              AND d.deptype IN ('e', 'i'))
        """;

    /// <summary>Drops the extensions that a backup does not hold; those that another role made stay.</summary>
    public static string Extensions(IEnumerable<string> held) =>
        $"""
        SELECT pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM ({ExtensionsNotHeld(held)}) AS dropped
        """;

    /// <summary>The names of these extensions.</summary>
    public static string ExtensionsNotHeld(IEnumerable<string> held) =>
        $"""
        SELECT extname::text FROM pg_catalog.pg_extension
        WHERE oid >= 16384 AND pg_catalog.pg_has_role(extowner, 'MEMBER') AND extname::text <> ALL ({PostgresSession.Array(held)})
        """;

    /// <summary>Drops what things in schemas depend on without being in one.</summary>
    public static readonly string AfterSchemas =
        $"""
        SELECT pg_catalog.format('DROP SERVER %I CASCADE', srvname) FROM pg_catalog.pg_foreign_server s
          WHERE NOT {Owned("pg_foreign_server", "s.oid")}
        UNION ALL
        SELECT pg_catalog.format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) FROM pg_catalog.pg_foreign_data_wrapper f
          WHERE NOT {Owned("pg_foreign_data_wrapper", "f.oid")}
        UNION ALL
        SELECT pg_catalog.format('DROP LANGUAGE %I CASCADE', lanname) FROM pg_catalog.pg_language l
          WHERE l.oid >= 16384 AND NOT {Owned("pg_language", "l.oid")}
        UNION ALL
        SELECT pg_catalog.format('DROP ACCESS METHOD %I CASCADE', amname) FROM pg_catalog.pg_am a
          WHERE a.oid >= 16384 AND NOT {Owned("pg_am", "a.oid")}
        """;

    /// <summary>Drops what is in some schemas, one by one.</summary>
    public static string Objects(IEnumerable<string> schemas, int serverMajor) =>
        $"""
        WITH {PlacedObjects.With(serverMajor)}
        SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE',
            CASE o.type WHEN 'statistics object' THEN 'STATISTICS'
                        WHEN 'function' THEN 'ROUTINE' WHEN 'procedure' THEN 'ROUTINE' WHEN 'aggregate' THEN 'ROUTINE'
                        WHEN 'window function' THEN 'ROUTINE'
                        ELSE pg_catalog.upper(o.type) END, o.identity)
        FROM placed p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.nsp AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
        LEFT JOIN pg_catalog.pg_class c ON p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = p.objid
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(p.classid, p.objid, 0) AS o
        WHERE p.classid NOT IN ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
          'pg_catalog.pg_rewrite'::pg_catalog.regclass,
                                'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass)
          AND (c.oid IS NULL OR c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))
          -- Nor what goes with another: arrays, the types of tables and ranges, the sequences of identity columns.
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = p.classid AND d.objid = p.objid AND d.objsubid = 0
            AND d.deptype IN ('e', 'i'))
        ORDER BY c.oid IS NULL, p.objid
        """;

    private static string Owned(string catalog, string oid) =>
        PlacedObjects.OfExtension($"'pg_catalog.{catalog}'::pg_catalog.regclass", oid);
}
