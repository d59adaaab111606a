using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// The CHECK constraints that stand between some tables and their rows. pg_dump writes them into CREATE TABLE and CREATE DOMAIN, so that
/// they are there before the rows; one that looks at other rows, or that rows of the source break, keeps all of them out.
/// </summary>
internal static class RowChecks
{
    /// <summary>A check constraint.</summary>
    /// <param name="Owner">Type, schema and name of the table or domain that has it, as in the schema of an archive.</param>
    /// <param name="Name">The schema, the table and the name.</param>
    /// <param name="Drop">The statement that drops it.</param>
    /// <param name="Add">The statements that create it again, with its comment.</param>
    /// <param name="Tables">All tables that have the constraint with it, for it may be inherited.</param>
    public sealed record One(string Owner, string Name, string Drop, string Add, IReadOnlyList<string> Tables);

    // Only tables that have an inherited constraint by themselves count; height 0 is the table that is asked for.
    private const string Query = """
        WITH RECURSIVE wanted AS (SELECT name::pg_catalog.regclass::pg_catalog.oid AS oid FROM pg_catalog.unnest({0}) AS name),
        ancestry AS (
            SELECT con.oid, con.conrelid, con.conname, 0 AS height
            FROM pg_catalog.pg_constraint con JOIN wanted w ON w.oid = con.conrelid WHERE con.contype = 'c'
            UNION
            SELECT con.oid, con.conrelid, con.conname, a.height + 1
            FROM ancestry a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.conrelid
                JOIN pg_catalog.pg_constraint con ON con.conrelid = i.inhparent AND con.conname = a.conname
            WHERE con.contype = 'c' AND NOT con.connoinherit),
        checks AS (
            SELECT con.oid, con.conrelid, con.conname, pg_catalog.max(a.height) AS height
            FROM ancestry a JOIN pg_catalog.pg_constraint con ON con.oid = a.oid WHERE con.conislocal GROUP BY con.oid),
        kin AS (
            SELECT oid, conrelid FROM checks
            UNION
            SELECT k.oid, i.inhrelid FROM kin k JOIN pg_catalog.pg_inherits i ON i.inhparent = k.conrelid),
        domains AS (
            SELECT t.oid, t.typbasetype
            FROM wanted w JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE t.typtype = 'd'
            UNION
            SELECT t.oid, t.typbasetype FROM domains d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE t.typtype = 'd')
        SELECT 'table', n.nspname::text, r.relname::text, c.conname::text, c.conrelid::pg_catalog.regclass::text,
            pg_catalog.pg_get_constraintdef(c.oid), pg_catalog.obj_description(c.oid, 'pg_constraint'), c.height::text,
            (SELECT pg_catalog.string_agg(kn.nspname || '.' || kr.relname, E'\n')
             FROM kin k JOIN pg_catalog.pg_class kr ON kr.oid = k.conrelid JOIN pg_catalog.pg_namespace kn ON kn.oid = kr.relnamespace
             WHERE k.oid = c.oid)
        FROM checks c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
        UNION ALL
        SELECT 'domain', n.nspname::text, t.typname::text, con.conname::text, con.contypid::pg_catalog.regtype::text,
            pg_catalog.pg_get_constraintdef(con.oid), pg_catalog.obj_description(con.oid, 'pg_constraint'), '0',
            n.nspname || '.' || t.typname
        FROM domains d JOIN pg_catalog.pg_constraint con ON con.contypid = d.oid AND con.contype = 'c'
            JOIN pg_catalog.pg_type t ON t.oid = d.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        ORDER BY 8 DESC, 2, 3, 4
        """;

    /// <summary>The constraints of the tables, of those that they inherit from, and of their columns' domains; the eldest first.</summary>
    /// <param name="session">The session, whose search_path is empty so that every name is written in full.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<IReadOnlyList<One>> ReadAsync(
        PostgresSession session, IEnumerable<PostgresTable> tables, CancellationToken cancellation)
    {
        var names = PostgresSession.Array(tables.Select(table => PostgresNames.Quote(table.Schema, table.Name)));
        var rows = await session.RowsAsync(Query.Replace("{0}", names, StringComparison.Ordinal), cancellation);
        return [.. rows.Select(row => Describe(row[0]!, $"{row[1]}.{row[2]}", row[3]!, row[4]!, row[5]!, row[6], row[8]!.Split('\n')))];
    }

    private static One Describe(
        string type, string owner, string name, string quotedOwner, string definition, string? comment, IReadOnlyList<string> tables)
    {
        var (kind, constraint) = (type == "table" ? "TABLE" : "DOMAIN", PostgresNames.Quote(name));
        var add = $"ALTER {kind} {quotedOwner} ADD CONSTRAINT {constraint} {definition};";
        var about = type == "table" ? quotedOwner : $"DOMAIN {quotedOwner}";
        if (comment is not null) add += $"\nCOMMENT ON CONSTRAINT {constraint} ON {about} IS {PostgresNames.Literal(comment)};";
        return new One(type, $"{owner} {name}", $"ALTER {kind} {quotedOwner} DROP CONSTRAINT {constraint};", add, tables);
    }
}
