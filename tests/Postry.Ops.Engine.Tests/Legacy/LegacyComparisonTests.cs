using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>A plain dump and the database that was just restored from it: no false alarm, and no "equal" either, for a dump holds no
/// fingerprints.</summary>
public sealed class LegacyComparisonTests : IDisposable
{
    private const string App = """
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('3f2a9c');
        CREATE TABLE posts (id serial PRIMARY KEY, body text NOT NULL); INSERT INTO posts (body) SELECT 'old ' || i FROM generate_series(1, 50) i;
        CREATE TABLE empty (a int); CREATE VIEW bodies AS SELECT body FROM posts; CREATE INDEX by_body ON posts (body); COMMENT ON TABLE posts IS 'theirs';
        CREATE FUNCTION f(posts) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
        """;

    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    [PostgresTheory]
    [InlineData("")]
    [InlineData("--no-owner --no-privileges")]
    [InlineData("--no-owner")]
    [InlineData("--no-privileges --no-comments")]
    [InlineData("--clean --if-exists --no-owner")]
    [InlineData("--inserts")]
    [InlineData("--quote-all-identifiers")]
    public async Task Right_after_its_restore_nothing_is_called_different(string options)
    {
        var (set, target) = await RestoredAsync(options);
        var plan = await _work.PlanAsync(set, target, allowDifferentSource: true);
        foreach (var comparison in new[] { await CompareAsync(set, target), plan.Comparison! })
        {
            Assert.True(comparison.Status == TableDifference.Inconclusive, comparison.Summary);
            Assert.Empty(comparison.Schema);
            Assert.Empty(comparison.Properties);
            Assert.DoesNotContain(comparison.Tables, table =>
                table.Difference is TableDifference.Different or TableDifference.OnlyInLive or TableDifference.OnlyInBackup);
            Assert.Equal("public.alembic_version 3f2a9c", comparison.LiveMigration);
            Assert.DoesNotContain("(none)", comparison.Summary, StringComparison.Ordinal);
            Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);
            Assert.Contains("properties of the database itself (owner, privileges, settings, comment): a plain dump does not hold them",
                comparison.Summary, StringComparison.Ordinal);
            if (options == "--inserts")
            {
                Assert.Contains("the live schema is at migration public.alembic_version 3f2a9c; the dump does not name its own",
                    comparison.Summary, StringComparison.Ordinal);
                continue;
            }

            Assert.Equal("public.alembic_version 3f2a9c", comparison.BackupMigration);
            Assert.Contains("2 tables have as many rows as the backup, which holds no fingerprints of their values", comparison.Summary,
                StringComparison.Ordinal);
        }
    }

    [PostgresTheory]
    [InlineData("", "ALTER VIEW bodies OWNER TO ROLE", "1 schema object differs (view public.bodies)")]
    [InlineData("", "GRANT SELECT ON posts TO ROLE", "1 schema object differs (acl public.TABLE posts)")]
    [InlineData("--no-owner", "DROP INDEX by_body", "1 schema object differs (index public.by_body)")]
    [InlineData("--no-owner", "CREATE OR REPLACE FUNCTION f(posts) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END $$",
        "1 schema object differs (function public.f(public.posts))")]
    [InlineData("--quote-all-identifiers", "DROP VIEW bodies", "1 schema object differs (view public.bodies)")]
    [InlineData("", "DELETE FROM posts WHERE id > 40", "public.posts has 40 rows now and 50 rows in the backup")]
    [InlineData("--schema-only", "DELETE FROM posts", "no differences in what was compared; not compared: ",
        "INSERT INTO posts (body) VALUES ('x')", "public.posts has 1 row now and 0 rows in the backup")]
    [InlineData("", "SELECT nextval('posts_id_seq')", "1 sequence value differs (public.posts_id_seq: live 51, backup 50)")]
    [InlineData("", "SELECT lo_create(5)", "1 property of the large objects differs (contents: live 1 objects, backup 0 objects)")]
    [InlineData("", "UPDATE alembic_version SET version_num = 'ffff'",
        "the live schema is at migration public.alembic_version ffff, the backup's at public.alembic_version 3f2a9c")]
    public async Task What_is_different_is_named(string options, string change, string says, string? second = null, string? then = null)
    {
        var (set, target) = await RestoredAsync(options);
        var (role, _) = await Server.CreateRoleAsync();
        foreach (var (sql, expected) in new[] { (change, says), (second, then) })
        {
            if (sql is null) continue;
            Server.Psql(target.Database, sql.Replace("ROLE", role, StringComparison.Ordinal));
            var comparison = await CompareAsync(set, target);
            Assert.Contains(expected!, comparison.Summary, StringComparison.Ordinal);
        }
    }

    private async Task<(BackupSet Set, PostgresAddress Target)> RestoredAsync(string options)
    {
        var source = await Server.CreateDatabaseAsync();
        var (owner, _) = await Server.CreateRoleAsync();
        Server.Psql(source.Database,
            $"{App} ALTER TABLE posts OWNER TO {owner}; GRANT SELECT ON alembic_version TO {owner}; CREATE TABLE mine (a int); ALTER " +
            $"TABLE mine OWNER TO {owner};");
        LegacyFiles.Sql(_work, Server.Tool("pg_dump", options.Split(' ', StringSplitOptions.RemoveEmptyEntries), source.Database));
        var (set, target) = (LegacyFiles.Only(_work), await Server.CreateDatabaseAsync());
        await _work.RestoreAsync(set, target, allowDifferentSource: true);
        return (set, target);
    }

    private Task<DatabaseComparison> CompareAsync(BackupSet set, PostgresAddress live) =>
        _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, live);
}
