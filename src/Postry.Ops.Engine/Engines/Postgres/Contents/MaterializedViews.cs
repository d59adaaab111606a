using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Finds the materialised views that hold rows. The rows themselves are not in a backup: a restore computes them anew.</summary>
internal static class MaterializedViews
{
    /// <summary>A view and its number.</summary>
    internal sealed record Entry(long Oid, PostgresMaterializedView View);

    /// <summary>Returns the views in scope, by schema and name. Views of an extension come with the extension.</summary>
    public static async Task<IReadOnlyList<Entry>> ReadAsync(
        PostgresSession session, BackupScope scope, CancellationToken cancellation) =>
    [
        .. (await session.RowsAsync($"""
            SELECT c.oid::text, n.nspname::text, c.relname::text, c.relispopulated::text
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND {scope.SchemaSql("n.nspname")}
              AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
            """, cancellation))
            .Select(row => new Entry(
                long.Parse(row[0]!, CultureInfo.InvariantCulture), new PostgresMaterializedView(row[1]!, row[2]!, row[3] == "true"))),
    ];

    /// <summary>
    /// Returns the views as the archive brings them back: a view is filled only if the archive holds the statement that does so.
    /// </summary>
    public static IReadOnlyList<PostgresMaterializedView> In(ArchiveList archive, IReadOnlyList<Entry> views)
    {
        var filled = archive.Entries.Where(entry => entry.IsMaterializedViewData).Select(entry => entry.Oid).ToHashSet();
        return [.. views.Select(entry => entry.View with { Populated = filled.Contains(entry.Oid) })];
    }
}
