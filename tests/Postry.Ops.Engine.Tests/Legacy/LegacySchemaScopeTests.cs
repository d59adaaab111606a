using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>The effect of a plain dump on schemas that a restore of only some schemas must not change.</summary>
public sealed class LegacySchemaScopeTests : IDisposable
{
    // No case may change the database, and every case asserts this.
    private static readonly Lazy<Task<(string Database, string Owner, string Password, string Dump)>> Shared = new(MakeAsync);

    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresTheory]
    [InlineData("COPY other.kept (a) FROM stdin;\n666\n\\.\n")]
    [InlineData("INSERT INTO other.kept VALUES (666);")]
    [InlineData("SET search_path = other, pg_catalog;\nINSERT INTO kept VALUES (666);")]
    [InlineData("ALTER TABLE ONLY other.kept DROP COLUMN b;")]
    [InlineData("ALTER TABLE public.posts SET SCHEMA other;")]
    [InlineData("ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC;")]
    [InlineData("COMMENT ON COLUMN other.kept.a IS 'x';")]
    [InlineData("GRANT SELECT ON TABLE public.posts, other.kept TO PUBLIC;")]
    [InlineData("CREATE UNIQUE INDEX i ON ONLY other.kept USING btree (a);")]
    [InlineData("CREATE RULE r AS ON INSERT TO other.kept DO INSTEAD NOTHING;")]
    [InlineData("CREATE POLICY p ON other.kept;")]
    [InlineData("ALTER TABLE ONLY public.posts ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES other.kept(a);")]
    [InlineData("ALTER TABLE public.posts ALTER id SET DEFAULT 1, ADD c int REFERENCES other.kept, ADD d int;")]
    [InlineData("CREATE TABLE public.late (a int REFERENCES other.kept);")]
    [InlineData("CREATE TABLE public.late () INHERITS (public.posts, other.kept);")]
    [InlineData("CREATE TABLE public.late PARTITION OF other.parted FOR VALUES IN (1);")]
    [InlineData("ALTER TABLE ONLY public.posts INHERIT other.kept;")]
    [InlineData("ALTER TABLE ONLY other.parted ATTACH PARTITION public.posts FOR VALUES IN (1);")]
    [InlineData("ALTER TABLE ONLY public.posts ATTACH PARTITION other.kept DEFAULT;")]
    [InlineData("CREATE STATISTICS public.s (dependencies) ON a, b FROM other.kept;")]
    [InlineData("CREATE TABLE other.late (a int);")]
    [InlineData("CREATE FUNCTION other.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;")]
    [InlineData("ALTER SCHEMA other RENAME TO gone;")]
    [InlineData("GRANT USAGE ON SCHEMA public, other TO PUBLIC;")]
    [InlineData("GRANT SELECT ON ALL TABLES IN SCHEMA other TO PUBLIC;")]
    [InlineData("COMMENT ON SCHEMA other IS 'x';")]
    [InlineData("CREATE PUBLICATION p FOR TABLE public.posts;")]
    [InlineData("CREATE CAST (public.posts AS text) WITH INOUT;")]
    [InlineData("SELECT pg_catalog.setval('other.s' , 5, true);")]
    [InlineData("SELECT pg_catalog.setval(E'other\\056s', 5, true);")]
    [InlineData("SELECT pg_catalog.setval('\"other\".s', 5, true);")]
    public async Task What_a_dump_does_to_other_schemas_is_refused_where_these_stay(string statement)
    {
        var (database, owner, password, dump) = await Shared.Value;
        var end = dump.IndexOf("--\n-- PostgreSQL database dump complete", StringComparison.Ordinal);
        LegacyFiles.Sql(_work, dump.Insert(end, statement + "\n\n"));
        var (set, was) = (LegacyFiles.Only(_work), Inventory.All(Server, database));

        // The plan foresees it, and goes another way where nobody asks for this one.
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() =>
            _work.PlanAsync(set, Server.Address(database), RestoreStrategy.Schema, allowDifferentSource: true));
        Assert.Contains($"{OptionName.Strategy} Swap would work", refused.Hint);
        var plan = await _work.PlanAsync(set, Server.Address(database, owner, password), allowDifferentSource: true);
        Assert.True(plan.Strategy == RestoreStrategy.InPlace, plan.StrategyReason);

        // The feed refuses the statement too, in case the plan was made of another dump.
        var feed = new DumpFeed(new ScriptPurpose(InTransaction: true, Schemas: new HashSet<string> { "public" }));
        Assert.Contains("would stay changed", Assert.Throws<ScriptRefusal>(() => feed.Append(File.ReadAllBytes(set.BackupFile))).What);
        Assert.Equal(was, Inventory.All(Server, database));
    }

    [PostgresFact]
    public async Task What_a_dump_does_to_its_own_schemas_is_let_through_where_others_stay()
    {
        var database = await Server.CreateDatabaseAsync();
        Server.Psql(database.Database, """
            CREATE SCHEMA other; CREATE TABLE other.kept (a int);
            CREATE TABLE posts (id int PRIMARY KEY, schema text DEFAULT 'x', partition text DEFAULT 'y') PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF posts FOR VALUES FROM (0) TO (10); INSERT INTO posts VALUES (1);
            CREATE TABLE rule (policy int); CREATE INDEX ON rule (policy); CREATE POLICY index ON rule; CREATE RULE trigger AS ON DELETE TO rule DO INSTEAD NOTHING; COMMENT ON COLUMN posts.schema IS 'x'; GRANT SELECT ON posts, rule TO PUBLIC;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;
            CREATE FUNCTION other.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; CREATE TYPE other.mood AS ENUM ('a'); CREATE TABLE "inherits" ("references" other.mood, "partition" int CHECK ("partition" > other.f()), s serial) WITH (toast.autovacuum_enabled = off);
            CREATE TABLE child () INHERITS ("inherits") WITH (toast.autovacuum_enabled = off); ALTER TABLE child ALTER "references" SET DEFAULT 'a'::other.mood; COMMENT ON COLUMN "inherits".s IS 'x'; ALTER TABLE child ADD FOREIGN KEY ("partition") REFERENCES posts;
            CREATE VIEW v AS SELECT * FROM other.kept; CREATE STATISTICS st ON s, "partition" FROM "inherits"; CREATE AGGREGATE total(other.mood) (SFUNC = array_append, STYPE = other.mood[]); GRANT ALL ON FUNCTION total(other.mood) TO PUBLIC; CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > other.f()); COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x';
            """);
        var dump = Server.Tool("pg_dump", ["-n", "public"], database.Database);
        // Dumps before version 10.3 name their objects without a schema.
        foreach (var text in new[] { dump, dump.Replace("SELECT pg_catalog.set_config('search_path', '', false);",
            "SET search_path = public, pg_catalog;", StringComparison.Ordinal).Replace("public.", "", StringComparison.Ordinal) })
        {
            LegacyFiles.Sql(_work, text);
            var record = await _work.RestoreAsync(LegacyFiles.Only(_work), database, RestoreStrategy.Schema, allowDifferentSource: true);
            Assert.True(record.Status == RestoreStatus.Committed, record.Detail);
            Assert.Equal("1", Server.Psql(database.Database, "SELECT count(*) FROM posts"));
        }
    }

    private static async Task<(string Database, string Owner, string Password, string Dump)> MakeAsync()
    {
        var (owner, password) = await Server.CreateRoleAsync();
        var database = await Server.CreateDatabaseAsync(options: $"OWNER {owner}");
        Server.Psql(database.Database, $"""
            SET ROLE {owner}; CREATE TABLE posts (id int); CREATE SCHEMA other; CREATE TABLE other.kept (a int PRIMARY KEY, b int);
            CREATE SEQUENCE other.s; CREATE TABLE other.parted (id int) PARTITION BY LIST (id);
            """);
        return (database.Database, owner, password, Server.Tool("pg_dump", ["-n", "public"], database.Database));
    }
}
