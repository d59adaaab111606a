using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>A schema of the live database.</summary>
/// <param name="Name">The name.</param>
/// <param name="Owner">The role that owns it.</param>
/// <param name="HasExtension">True if an extension lives in it, or created it.</param>
/// <param name="HasObjects">True if it has tables, functions or types that no extension owns.</param>
internal sealed record LiveSchema(string Name, string Owner, bool HasExtension, bool HasObjects);

/// <summary>The schemas that a restore is about.</summary>
internal static partial class LiveSchemas
{
    /// <summary>The schemas that an archive has something in.</summary>
    public static IReadOnlyList<string> Of(BackupManifest manifest) =>
    [
        .. manifest.Contents.Schema.Select(o => o.Table.Length > 0 ? o.Table : o.Type == "schema" ? o.Name
            : NamedSchema().Match(o.Name) is { Success: true } named ? named.Groups[1].Value : "")
            .Concat(manifest.Postgres!.Tables.Select(table => table.Schema))
            // A plain dump sets sequences by calls that can name any of the database.
            .Concat(manifest.Postgres.Sequences.Where(_ => !manifest.Legacy).Select(sequence => sequence.Schema))
            .Where(name => name.Length > 0 && !IsOfServer(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>True where the archive has something in a schema that is none of an extension's own.</summary>
    public static bool HasObjects(BackupManifest manifest, string schema) =>
        manifest.Contents.Schema.Any(o => o.Table == schema && !o.Type.Contains("acl", StringComparison.Ordinal));

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

    private static bool IsOfServer(string name) => name == "information_schema" || name.StartsWith("pg_", StringComparison.Ordinal);

    // Archives hold only the owner and the privileges of some schemas, under such names.
    [GeneratedRegex("^SCHEMA (.+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex NamedSchema();
}
