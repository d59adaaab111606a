using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>The whole of a database as stock pg_dump and psql see it, in texts that are equal if the databases are.</summary>
internal static class Inventory
{
    private const string Marker = "== ";

    // The database's own settings for sessions must not change the comparison.
    private const string Pins = """
        SET client_encoding = 'UTF8'; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';
        SET lc_monetary = 'C'; SET quote_all_identifiers = off; SET standard_conforming_strings = on; SET search_path = ''; SET statement_timeout = 0;
        """;

    private const string Schemas = @"n.nspname !~ '^(pg_|information_schema$|postry_)'";

    // The queries give, for each table and filled materialised view, one statement that says the name and one that copies the rows.
    private const string Rows = $"""
        SELECT pg_catalog.format('SELECT %L', '{Marker}' || c.oid::pg_catalog.regclass),
               pg_catalog.format('COPY (SELECT %s FROM ONLY %s) TO STDOUT',
                 (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', ' ORDER BY attname COLLATE "C") FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), c.oid::pg_catalog.regclass)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND {Schemas} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" \gexec
        """;

    private const string Others = $"""
        SELECT '{Marker}sequences';
        SELECT pg_catalog.format('SELECT %L, last_value, is_called FROM %s', c.oid::pg_catalog.regclass::text, c.oid::pg_catalog.regclass)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {Schemas} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" \gexec
        SELECT '{Marker}large objects';
        SELECT oid, pg_catalog.pg_get_userbyid(lomowner), lomacl, pg_catalog.sha256(pg_catalog.lo_get(oid)), pg_catalog.length(pg_catalog.lo_get(oid)) FROM pg_catalog.pg_largeobject_metadata ORDER BY oid;
        SELECT '{Marker}not filled';
        SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND NOT c.relispopulated AND {Schemas} ORDER BY 1;
        """;

    private const string Properties = """
        SELECT 'owner', pg_catalog.pg_get_userbyid(datdba), 'encoding', pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, 'limit', datconnlimit, 'template', datistemplate, 'open', datallowconn,
               'comment', pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database();
        SELECT 'acl', a::text FROM pg_catalog.pg_database, pg_catalog.unnest(datacl) a WHERE datname = pg_catalog.current_database() ORDER BY a::text COLLATE "C";
        SELECT 'setting', s.setrole::pg_catalog.regrole, v FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) v
        WHERE d.datname = pg_catalog.current_database() ORDER BY 2, v COLLATE "C";
        """;

    /// <summary>Rows, sequences and large objects: a line for each table with the count and the SHA-256 of its rows.</summary>
    public static string Contents(PostgresServer server, string database)
    {
        var text = new StringBuilder();
        foreach (var section in server.Psql(database, $"{Pins}\n{Rows}\n{Others}").Split("\n" + Marker))
        {
            var lines = section.Split('\n');
            var rows = lines.Skip(1).Order(StringComparer.Ordinal).ToList();
            var name = lines[0].StartsWith(Marker, StringComparison.Ordinal) ? lines[0][Marker.Length..] : lines[0];
            if (name is "sequences" or "large objects" or "not filled") text.AppendJoin('\n', [name, .. rows]).Append('\n');
            else text.Append(CultureInfo.InvariantCulture,
                $"{name} {rows.Count} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows))))[..16]}" +
                $"\n");
        }

        return text.ToString();
    }

    /// <summary>The definitions by stock pg_dump, without subscriptions, which no restore brings along, and without what restores
    /// keep.</summary>
    /// <param name="server">The server.</param>
    /// <param name="database">The database.</param>
    /// <param name="narrower">More arguments of pg_dump.</param>
    public static string Schema(PostgresServer server, string database, params string[] narrower) =>
        Normalised(server.Tool("pg_dump", ["--schema-only", "--no-subscriptions", "--exclude-schema=postry_*", .. narrower], database));

    /// <summary>The dump's text without what differs from run to run.</summary>
    public static string Normalised(string dump) =>
        string.Join('\n', dump.Split('\n').Where(line => !line.StartsWith("\\restrict ", StringComparison.Ordinal)
        && !line.StartsWith("\\unrestrict ", StringComparison.Ordinal)));

    /// <summary>The properties that the server keeps of a database outside of it.</summary>
    public static string Database(PostgresServer server, string database) => server.Psql(database, Pins + Properties);

    /// <summary>All of it.</summary>
    public static string All(PostgresServer server, string database) =>
        $"{Database(server, database)}\n{Contents(server, database)}\n{Schema(server, database)}";

    /// <summary>The names of all databases of a server.</summary>
    public static IReadOnlyList<string> Databases(PostgresServer server) =>
        server.Psql("postgres", "SELECT datname FROM pg_catalog.pg_database ORDER BY datname COLLATE \"C\"").Split('\n');
}
