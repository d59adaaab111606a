using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>SQL over every kind of object that has a schema, or depends on something that has one.</summary>
internal static class PlacedObjects
{
    // Since version 15.
    private const string PublishedSchemas =
        "UNION ALL SELECT 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_publication_namespace";

    /// <summary>A common table: classid, objid, and the schema's number; 0 for what has no schema.</summary>
    public static string With(int serverMajor) =>
        $"""
        placed (classid, objid, nsp) AS (
            SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid, relnamespace FROM pg_catalog.pg_class
            UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace FROM pg_catalog.pg_proc
            UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typnamespace FROM pg_catalog.pg_type
            UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprnamespace FROM pg_catalog.pg_operator
            UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, opcnamespace FROM pg_catalog.pg_opclass
            UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, opfnamespace FROM pg_catalog.pg_opfamily
            UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, oid, collnamespace FROM pg_catalog.pg_collation
            UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, connamespace FROM pg_catalog.pg_conversion
            UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgnamespace FROM pg_catalog.pg_ts_config
            UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, dictnamespace FROM pg_catalog.pg_ts_dict
            UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, oid, prsnamespace FROM pg_catalog.pg_ts_parser
            UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, oid, tmplnamespace FROM pg_catalog.pg_ts_template
            UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid, stxnamespace FROM pg_catalog.pg_statistic_ext
            UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, connamespace FROM pg_catalog.pg_constraint
            UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, x.oid, c.relnamespace FROM pg_catalog.pg_attrdef x
              JOIN pg_catalog.pg_class c ON c.oid = x.adrelid
            UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, x.oid, c.relnamespace FROM pg_catalog.pg_rewrite x
              JOIN pg_catalog.pg_class c ON c.oid = x.ev_class
            UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, x.oid, c.relnamespace FROM pg_catalog.pg_trigger x
              JOIN pg_catalog.pg_class c ON c.oid = x.tgrelid
            UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, x.oid, c.relnamespace FROM pg_catalog.pg_policy x
              JOIN pg_catalog.pg_class c ON c.oid = x.polrelid
            UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_event_trigger
            UNION ALL SELECT 'pg_catalog.pg_publication_rel'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_publication_rel
            {(serverMajor >= 15 ? PublishedSchemas : "")}
            UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_language
            UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_foreign_data_wrapper
            UNION ALL SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, oid, 0 FROM pg_catalog.pg_transform)
        """;

    /// <summary>True of an object that an extension owns.</summary>
    public static string OfExtension(string classId, string objectId) =>
        $"EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = {classId} AND e.objid = {objectId} AND e.deptype = 'e')";

    /// <summary>
    /// Lists the objects outside of the schemas that depend on objects in them, and the foreign keys in them that name tables outside;
    /// described for people.
    /// </summary>
    public static string Dependents(IEnumerable<string> schemas, int serverMajor) =>
        $"""
        WITH chosen AS (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname::text = ANY ({PostgresSession.Array(schemas)})),
          {With(serverMajor)}
        SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0)
        FROM pg_catalog.pg_depend d JOIN placed o ON o.classid = d.classid AND o.objid = d.objid
          JOIN placed i ON i.classid = d.refclassid AND i.objid = d.refobjid
        WHERE d.deptype IN ('n', 'a', 'P', 'S') AND i.nsp IN (SELECT oid FROM chosen) AND o.nsp NOT IN (SELECT oid FROM chosen)
        UNION
        SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) FROM pg_catalog.pg_depend d
          JOIN placed o ON o.classid = d.classid AND o.objid = d.objid AND o.nsp = 0
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid IN (SELECT oid FROM chosen)
        UNION
        SELECT pg_catalog.pg_describe_object('pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0)
        FROM pg_catalog.pg_constraint k JOIN chosen ON chosen.oid = k.connamespace JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relnamespace NOT IN (SELECT oid FROM chosen)
        ORDER BY 1
        """;
}
