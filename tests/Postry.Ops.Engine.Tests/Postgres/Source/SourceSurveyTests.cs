using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Source;

/// <summary>The manifest's description of a database is what the stock tools say of it.</summary>
public sealed class SourceSurveyTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task Properties_of_server_and_database_are_all_there()
    {
        using var work = new Workspace();
        var (owner, guest) = ((await Server.CreateRoleAsync()).Name, (await Server.CreateRoleAsync()).Name);
        var address = await Server.CreateDatabaseAsync(
            options: $"OWNER {owner} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 42");
        var name = address.Database;
        Server.Psql(name, $"""
            COMMENT ON DATABASE {name} IS 'what it is for'; GRANT CONNECT ON DATABASE {name} TO {guest} WITH GRANT OPTION; ALTER DATABASE {name} SET work_mem = '5MB'; ALTER DATABASE {name} SET app.api_key = 'secret!';
            ALTER ROLE {guest} IN DATABASE {name} SET work_mem = '6MB'; CREATE EXTENSION pg_trgm; CREATE SCHEMA m;
            CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('b2'), ('a1'); CREATE TABLE m.schema_migrations (version bigint, dirty bool); INSERT INTO m.schema_migrations VALUES (9, false), (10, false);
            CREATE TABLE "__EFMigrationsHistory" ("MigrationId" text, "ProductVersion" text); INSERT INTO "__EFMigrationsHistory" VALUES ('20240101_a', '8'), ('20250101_b', '9');
            """);
        var before = DateTime.UtcNow;
        var capture = await Captures.TakeAsync(address, work["a"]);
        Assert.InRange(capture.SnapshotAt, before, DateTime.UtcNow);
        Assert.Equal(DateTimeKind.Utc, capture.SnapshotAt.Kind);
        var found = capture.Postgres!;
        Assert.Equal(Server.Psql(name, "SELECT system_identifier FROM pg_control_system()"), found.Server.SystemIdentifier);
        Assert.Equal((Server.Major, Server.Psql(name, "SHOW server_version")), (found.Server.Major, found.Server.Version));
        var d = found.Database;
        Assert.Equal((name, owner, "UTF8", "C", "C", "libc", 42, "what it is for", "pg_default", "postgres"),
            (d.Name, d.Owner, d.Encoding, d.Collate, d.CType, d.LocaleProvider, d.ConnectionLimit, d.Comment, d.Tablespace, d.ConnectedAs));
        Assert.Equal(Server.Psql(name, "SELECT oid FROM pg_database WHERE datname = current_database()"), $"{d.Oid}");
        Assert.Contains(new PostgresPrivilege(owner, guest, "CONNECT", true), d.Acl!);
        Assert.Contains(d.Acl!, a => a.Grantee == "PUBLIC" && a.Privilege == "TEMPORARY");
        Assert.Equal([new PostgresSetting(null, "app.api_key", null), new PostgresSetting(null, "work_mem", "5MB"),
            new PostgresSetting(guest, "work_mem", "6MB")], d.Settings);
        Assert.Contains(found.Extensions, x => x is { Name: "pg_trgm", Schema: "public" } && x.Version.Length > 0);
        Assert.Equal(["m.schema_migrations 10", "public.\"__EFMigrationsHistory\" 20250101_b", "public.alembic_version a1, b2"],
            found.Migrations.Select(m => $"{m.Table} {m.Version}").Order(StringComparer.Ordinal));
        Assert.True(found.IsPlausible);
        Assert.Equal(capture.ArtefactBytes, Directory.EnumerateFiles(work["a"]).Sum(file => new FileInfo(file).Length));
        Assert.All(capture.Files!, file => Assert.Equal(StockTools.Hash(Path.Combine(work["a"], file.Name)), file.Sha256));
        Assert.All(Directory.EnumerateFiles(work["a"]), file =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(work["a"]));
    }

    [PostgresFact]
    public async Task An_extension_s_configuration_is_read_with_the_extension_s_condition()
    {
        using var work = new Workspace();
        using var extension = TestExtension.TryInstall(Server, """
            CREATE TABLE config (k text, own bool); INSERT INTO config VALUES ('built in', false); CREATE TABLE internal (a int); CREATE TABLE all_of_it (a int);
            SELECT pg_catalog.pg_extension_config_dump('config', 'WHERE own'); SELECT pg_catalog.pg_extension_config_dump('all_of_it', '');
            """);
        if (extension is null) return;
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database,
            $"CREATE EXTENSION {extension.Name}; INSERT INTO config VALUES ('mine', true), ('mine too', true); INSERT INTO internal " +
            $"VALUES (1); INSERT INTO all_of_it VALUES (1)");
        var capture = await Captures.TakeAsync(address, work["a"], FingerprintKind.Live);
        Assert.Equal(["public.all_of_it 1", "public.config 2"], capture.Contents.Tables.Select(t => $"{t.Name} {t.Rows}"));
        Assert.Equal(["extension rows public.config 1 False", "extension table public.internal 1 True"],
            capture.Contents.NotHeld!.Select(o => $"{o.Kind} {o.Name} {o.Rows} {o.Lost}"));
        Assert.Equal("WHERE own", capture.Postgres!.Tables.Single(t => t.Name == "config").Filter);
        var restored = await Server.CreateDatabaseAsync(options: "TEMPLATE template0");
        Server.Tool("pg_restore", ["-d", restored.Database, work["a"]], restored.Database);
        Assert.Equal(capture.Contents.Tables, (await Captures.ReadServerAsync(restored, capture)).Tables);
    }

    [PostgresFact]
    public async Task A_standby_is_backed_up_without_its_unlogged_tables_and_says_so()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        var address = await server.CreateDatabaseAsync();
        server.Psql(address.Database, "CREATE TABLE kept AS SELECT 1 AS a; CREATE UNLOGGED TABLE fleeting (a int)");
        await server.BecomeStandbyAsync();
        var capture = await Captures.TakeAsync(address, work["a"], FingerprintKind.Live);
        Assert.Equal(["public.kept"], capture.Contents.Tables.Select(t => t.Name));
        Assert.Equal("without unlogged tables, which a standby does not have", capture.Postgres!.Scope.Summary);
    }

    [PostgresFact]
    public async Task An_archive_that_differs_from_the_snapshot_is_not_taken()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, "CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 2 AS x; CREATE TABLE c AS SELECT 3 AS x");
        var capture = await Captures.TakeAsync(address, work["a"]);
        await using var connection = await PostgresConnector.OpenAsync(address, default);
        var survey = await SourceSurvey.TakeAsync(connection, BackupScope.Whole, default);
        Task<LiveReading> Live(Func<TableContent, TableContent> change) =>
            Task.FromResult(new LiveReading([.. capture.Contents.Tables.Select(change)], capture.Postgres!.LargeObjects));
        Task<ArchiveFindings> ProveAsync(Func<TableContent, TableContent> change) =>
            new ArchiveProof(work["a"], FingerprintKind.Live, 2, Captures.Restore, "x")
                .TakeAsync(survey, (_, _) => Live(change), (_, _) => { }, default);
        Assert.Equal(capture.Contents.Tables, (await ProveAsync(t => t)).Reading.Tables);
        var error = await Assert.ThrowsAsync<BackupCorruptException>(() =>
            ProveAsync(t => t.Name == "public.b" ? t with { Fingerprint = new string('1', 32) } : t));
        Assert.Contains("what the snapshot holds: public.b.", error.Message);

        // pg_dump that leaves a table out, or takes one too many, is not believed either.
        Server.Psql(address.Database, "CREATE TABLE d (x int)");
        var later = await SourceSurvey.TakeAsync(connection, BackupScope.Whole, default);
        var left = await Assert.ThrowsAsync<BackupCorruptException>(() =>
            new ArchiveProof(work["a"], FingerprintKind.Content, 2, Captures.Restore, "x").TakeAsync(later, null, (_, _) => { }, default));
        Assert.Contains("left out the rows of public.d", left.Message);
        var fewer = survey with { Tables = [.. survey.Tables.Where(t => t.Table.Name != "c")] };
        Assert.Contains("not asked for", (await Assert
            .ThrowsAsync<BackupCorruptException>(() =>
            new ArchiveProof(work["a"], FingerprintKind.Content, 2, Captures.Restore, "x")
            .TakeAsync(fewer, null, (_, _) => { }, default))).Message);
    }
}
