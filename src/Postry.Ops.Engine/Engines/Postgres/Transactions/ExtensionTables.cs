using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Tables of which the archive has rows, and that belong to extensions which are there and stay.</summary>
internal sealed record ExtensionTables(IReadOnlyList<PostgresTable> Tables)
{
    /// <summary>The numbers of the tables in the archive.</summary>
    public IReadOnlySet<long> Numbers { get; } = Tables.Select(table => table.Oid).ToHashSet();

    /// <summary>The names of the tables in the manifest.</summary>
    public IReadOnlySet<string> Names { get; } = Tables.Select(table => table.DisplayName).ToHashSet(StringComparer.Ordinal);

    /// <summary>Finds them.</summary>
    public static async Task<ExtensionTables> ReadAsync(PostgresSession session, BackupManifest manifest, CancellationToken cancellation)
    {
        var there = (await session.RowsAsync(
            $"""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND {PlacedObjects.OfExtension("'pg_catalog.pg_class'::pg_catalog.regclass", "c.oid")}
            """, cancellation)).Select(row => (row[0], row[1])).ToHashSet();
        return new ExtensionTables([.. manifest.Postgres!.Tables.Where(table => there.Contains((table.Schema, table.Name)))]);
    }
}
