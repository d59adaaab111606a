using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Databases that the tests of plain dumps restore from and over.</summary>
internal static class LegacyServer
{
    public const string Old = """
        CREATE TABLE posts (id serial PRIMARY KEY, body text NOT NULL); INSERT INTO posts (body) SELECT 'old ' || i FROM generate_series(1, 50) i;
        CREATE TABLE empty (a int); CREATE VIEW bodies AS SELECT body FROM posts; COMMENT ON TABLE posts IS E'two\nlines \\! id';
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN /*
        \! id
        COPY x FROM stdin;
        */ RETURN 1; END $$;
        """;

    public const string New =
        "CREATE TABLE posts (id serial PRIMARY KEY, body text NOT NULL, more int); INSERT INTO posts (body) SELECT 'new ' || i FROM " +
        "generate_series(1, 70) i; CREATE TABLE newer (a int);";

    public static BackupSet PutSet(Workspace work, string database, params string[] options)
    {
        LegacyFiles.Sql(work, PostgresServer.Shared.Tool("pg_dump", options, database));
        // Written as it came: in the encoding that it says it is in.
        if (options.Contains("--encoding=LATIN1")) LegacyFiles.Describe(LegacyFiles.Only(work).BackupFile, "postgres");
        return LegacyFiles.Only(work);
    }

    public static string Contents(string database) => PostgresServer.Shared.Psql(database, """
        SELECT string_agg(relname || ' ' || (xpath('/row/c/text()', query_to_xml(format('SELECT string_agg(t::text, '','' ORDER BY t::text) AS c FROM %I.%I t', nspname, relname), false, true, '')))[1]::text, E'\n' ORDER BY relname)
        FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema|postry_)'
        """);

    // Other tests use the same server.
    public static IReadOnlyList<string> KeptDatabases(PostgresAddress target) =>
        PostgresServer.Shared
            .Psql("postgres", $"SELECT datname FROM pg_database WHERE datname LIKE 'postry_%{target.Database}' ORDER BY 1").Split('\n');
}
