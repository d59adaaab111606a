using System.Text.Json.Nodes;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>
/// Objects that pg_dump leaves out by design are counted and named wherever a set is shown, and are never called equal or proven.
/// </summary>
public sealed class NotHeldTests
{
    private const string Queue = """
        CREATE EXTENSION citext; CREATE TABLE kept (id int PRIMARY KEY, t text); INSERT INTO kept VALUES (1, 'kept');
        CREATE TABLE q (id int PRIMARY KEY, t text); INSERT INTO q VALUES (1, 'a'), (2, 'b'), (3, 'c'); ALTER EXTENSION citext ADD TABLE q;
        """;

    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task A_table_of_an_extension_is_said_to_be_missing_by_every_command()
    {
        using var work = new Workspace();
        var app = await MakeAsync(Queue);
        var made = await work.BackUpAsync(app);
        var warning = Assert.Single(work.Reporter.Warnings);
        Assert.Contains("does NOT contain the rows of public.q (3 rows)", warning, StringComparison.Ordinal);
        foreach (var way in new[] { "ALTER EXTENSION citext DROP TABLE public.q", "pg_extension_config_dump", $"{OptionName.ExcludeTableData}" })
            Assert.Contains(way, warning, StringComparison.Ordinal);

        var set = Assert.Single(work.Engine.ListBackups(new BackupQuery()));
        var omission = Assert.Single(set.NotHeld);
        Assert.Equal(("extension table", "public.q", 3L, true, "citext"),
            (omission.Kind, omission.Name, omission.Rows, omission.Lost, omission.Extension));
        Assert.Equal(set.NotHeld, made.NotHeld);
        Assert.Contains("\"notHeld\"", await File.ReadAllTextAsync(set.ManifestFile), StringComparison.Ordinal);

        var contents = await work.TestAsync(set.Id, VerificationLevel.Contents);
        Assert.Equal(CheckStatus.Inconclusive, contents.Status);
        var only = Assert.Single(contents.Checks, check => check.Status != CheckStatus.Passed);
        Assert.Contains("public.q (3 rows)", only.Detail, StringComparison.Ordinal);
        Assert.Equal(set.NotHeld, contents.NotHeld);
        var restored = await work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal(CheckStatus.Inconclusive, restored.Status);
        Assert.Contains(restored.Checks, check =>
            check is { Name: "Restored: Not held: public.q", Status: CheckStatus.Inconclusive, Expected: "public.q (3 rows)",
            Actual: "no such table" });

        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.Equal(TableDifference.Different, comparison.Status);
        Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);
        Assert.Contains("not compared: public.q (3 rows)", comparison.Summary, StringComparison.Ordinal);
        Assert.Equal("public.q", Assert.Single(comparison.NotCompared).Name);

        Server.Psql(app.Database, "INSERT INTO q VALUES (4, 'since the backup')");
        var plan = await work.PlanAsync(set, app);
        Assert.Contains("The backup does not contain: public.q (3 rows)", plan.Summary, StringComparison.Ordinal);
        Assert.Contains("WILL BE MISSING IN THE LIVE DATABASE, and are then only in the previous copy: public.q (4 rows)", plan.Summary,
            StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.Equal(set.NotHeld, Assert.Single(work.Engine.ListRestores()).NotHeld);
        Assert.Contains("public.q (4 rows)", record.DataLoss!.Summary, StringComparison.Ordinal);
        Assert.Equal("", Server.Psql(app.Database, "SELECT to_regclass('public.q')"));
        comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.StartsWith("no differences in what was compared; not compared: public.q (3 rows)",
            comparison.Summary, StringComparison.Ordinal);
        await work.UndoAsync(record, app);
        Assert.Equal("4", Server.Psql(app.Database, "SELECT count(*) FROM q"));
    }

    [PostgresFact]
    public async Task Both_ways_out_of_the_warning_work()
    {
        using var work = new Workspace();
        var app = await MakeAsync(Queue);
        var without = await work.BackUpAsync(app, options: new() { ExcludeTableData = ["q"] });
        Assert.Empty(without.NotHeld);
        Assert.Contains("without data of public.q", without.Scope, StringComparison.Ordinal);
        await work.PassesAsync(without, VerificationLevel.Contents);

        Server.Psql(app.Database, "ALTER EXTENSION citext DROP TABLE q");
        var whole = await work.BackUpAsync(app);
        Assert.Empty(work.Reporter.Warnings);
        Assert.Empty(whole.NotHeld);
        await work.PassesAsync(whole, VerificationLevel.Restore);
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = whole.Id }, app);
        Assert.Equal((TableDifference.Equal, "no differences"), (comparison.Status, comparison.Summary));
        await work.RestoreAsync(whole, app);
        Assert.Equal("3", Server.Psql(app.Database, "SELECT count(*) FROM q"));
    }

    [PostgresFact]
    public async Task Rows_that_only_a_materialized_view_had_are_neither_called_equal_nor_forgotten()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id; CREATE MATERIALIZED VIEW seen AS SELECT id FROM orders;
            DELETE FROM orders WHERE id > 900;
            """);
        var set = await work.BackUpAsync(app);
        Assert.Empty(work.Reporter.Warnings);
        var omission = Assert.Single(set.NotHeld);
        Assert.Equal(("materialized view rows", "public.seen", 1000L, false),
            (omission.Kind, omission.Name, omission.Rows, omission.Lost));
        var report = await work.PassesAsync(set, VerificationLevel.Restore);
        var check = Assert.Single(report.Checks, check => check.Name == "Restored: Not held: public.seen");
        Assert.Equal((CheckStatus.Skipped, "public.seen (1,000 rows)", "public.seen (900 rows)"),
            (check.Status, check.Expected, check.Actual));
        Assert.Contains("fewer than the view held", check.Detail, StringComparison.Ordinal);
        var plan = await work.PlanAsync(set, app);
        Assert.Contains("The backup does not contain: public.seen (1,000 rows)", plan.Summary, StringComparison.Ordinal);
        await work.Engine.RestoreAsync(plan);
        Assert.Equal("900", Server.Psql(app.Database, "SELECT count(*) FROM seen"));
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.StartsWith("no differences in what was compared; not compared: public.seen (900 rows)",
            comparison.Summary, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_materialized_view_of_an_extension_is_lost_and_the_way_out_works()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE EXTENSION citext; CREATE TABLE orders AS SELECT generate_series(1, 10) AS id;
            CREATE MATERIALIZED VIEW seen AS SELECT id FROM orders; ALTER EXTENSION citext ADD MATERIALIZED VIEW seen;
            """);
        var set = await work.BackUpAsync(app);
        const string wayOut = "ALTER EXTENSION citext DROP MATERIALIZED VIEW public.seen";
        var warning = Assert.Single(work.Reporter.Warnings);
        Assert.Contains("does NOT contain the rows of public.seen (10 rows)", warning, StringComparison.Ordinal);
        Assert.Contains(wayOut, warning, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Inconclusive, (await work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        Server.Psql(app.Database, wayOut);
        var whole = await work.BackUpAsync(app);
        Assert.DoesNotContain(whole.NotHeld, omission => omission.Lost);
        await work.RestoreAsync(whole, app);
        Assert.Equal("10", Server.Psql(app.Database, "SELECT count(*) FROM seen"));
    }

    [PostgresFact]
    public async Task Partitions_of_a_table_of_an_extension_come_back_on_their_own()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE EXTENSION citext; CREATE TABLE q (id int) PARTITION BY RANGE (id); ALTER EXTENSION citext ADD TABLE q;
            CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (0) TO (100); INSERT INTO q SELECT generate_series(1, 50);
            """);
        var set = await work.BackUpAsync(app);
        var report = await work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        Server.Psql(app.Database, "DELETE FROM q");
        var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => work.RestoreAsync(set, app));
        Assert.Contains($"{OptionName.OnBrokenObject} Leave", refused.Hint, StringComparison.Ordinal);
        var record = await work.RestoreAsync(set, app, options: new() { OnBrokenObject = BrokenObjectRule.Leave });
        Assert.Equal("50", Server.Psql(app.Database, "SELECT count(*) FROM q_1"));
        Assert.Contains("ATTACH PARTITION public.q_1 FOR VALUES FROM (0) TO (100)", Assert.Single(record.BrokenObjects).Sql,
            StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task What_is_not_lost_is_named_without_a_warning()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE remote (a text) SERVER files OPTIONS (filename '/nowhere');
            CREATE TABLE kept AS SELECT 1 AS a; CREATE MATERIALIZED VIEW unmade AS SELECT a FROM kept WITH NO DATA; CREATE MATERIALIZED VIEW made AS SELECT a FROM kept;
            CREATE SEQUENCE counter; ALTER EXTENSION file_fdw ADD SEQUENCE counter; SELECT nextval('counter');
            CREATE SEQUENCE unused; ALTER EXTENSION file_fdw ADD SEQUENCE unused;
            """);
        var set = await work.BackUpAsync(app);
        Assert.Empty(work.Reporter.Warnings);
        Assert.Equal(["extension sequence public.counter 1", "materialized view rows public.made 1", "foreign table public.remote ",
            "materialized view public.unmade 0"],
            set.NotHeld.Select(omission => $"{omission.Kind} {omission.Name} {omission.Rows}"));
        Assert.All(set.NotHeld, omission => Assert.False(omission.Lost));
        var report = await work.PassesAsync(set, VerificationLevel.Restore);
        Assert.Contains(report.Checks, check => check.Status == CheckStatus.Skipped
            && check.Detail!.Contains("public.remote (rows not counted): a foreign table, whose rows lie on the server files",
            StringComparison.Ordinal));
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, app);
        Assert.Equal(TableDifference.Equal, comparison.Status);
        Assert.StartsWith("no differences in what was compared; not compared: ", comparison.Summary,
            StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Rows_that_may_not_be_counted_are_unknown_and_not_none()
    {
        using var work = new Workspace();
        var (name, password) = await Server.CreateRoleAsync();
        var app = await Server.CreateDatabaseAsync(options: $"OWNER {name}");
        Server.Psql(app.Database, $"""
            CREATE EXTENSION citext; CREATE TABLE kept AS SELECT 1 AS a; GRANT SELECT ON kept TO {name};
            CREATE TABLE closed AS SELECT 1 AS a; ALTER EXTENSION citext ADD TABLE closed;
            CREATE TABLE veiled AS SELECT 1 AS a; GRANT SELECT ON veiled TO {name}; ALTER TABLE veiled ENABLE ROW LEVEL SECURITY; ALTER EXTENSION citext ADD TABLE veiled;
            """);
        var set = await work.BackUpAsync(Server.Address(app.Database, name, password));
        Assert.Equal(["public.closed", "public.veiled"], set.NotHeld.Select(omission => omission.Name));
        Assert.All(set.NotHeld, omission => Assert
            .True(omission is { Rows: null, Lost: true } && omission.Reason.Contains("could not be counted", StringComparison.Ordinal)));
        Assert.Contains("public.closed (rows not counted)", Assert.Single(work.Reporter.Warnings), StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Inconclusive, (await work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        var comparison = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, Server.Address(app.Database, name, password));
        Assert.Equal(TableDifference.Inconclusive, comparison.Status);
        Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Partitions_tables_in_schemas_of_the_system_and_extensions_of_narrowed_sets_are_counted_too()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE EXTENSION citext; CREATE SCHEMA app; CREATE TABLE app.kept AS SELECT 1 AS a;
            CREATE TABLE app.queue (a int) PARTITION BY RANGE (a); CREATE TABLE app.low PARTITION OF app.queue FOR VALUES FROM (0) TO (10); CREATE TABLE app.high PARTITION OF app.queue FOR VALUES FROM (10) TO (99);
            INSERT INTO app.queue VALUES (1), (2), (20); ALTER EXTENSION citext ADD TABLE app.low;
            CREATE TABLE information_schema.hidden AS SELECT 1 AS a; CREATE TABLE public.other AS SELECT 1 AS a; ALTER EXTENSION citext ADD TABLE public.other;
            CREATE TABLE public.nothing (a int); ALTER EXTENSION citext ADD TABLE public.nothing;
            """);
        string[] Names(BackupSet set) => [.. set.NotHeld.Select(omission => omission.Counted)];
        Assert.Equal(["app.low (2 rows)", "information_schema.hidden (1 row)", "public.nothing (0 rows)", "public.other (1 row)"],
            Names(await work.BackUpAsync(app)));
        Assert.Contains("ALTER TABLE information_schema.hidden SET SCHEMA", work.Reporter.Warnings[^1], StringComparison.Ordinal);
        Assert.Equal(["app.low (2 rows)"], Names(await work.BackUpAsync(app, options: new() { Schemas = ["app"] })));
        Assert.Equal(["information_schema.hidden (1 row)", "public.nothing (0 rows)", "public.other (1 row)"],
            Names(await work.BackUpAsync(app, options: new() { ExcludeSchemas = ["app"] })));
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task Where_they_stay_in_the_live_database_the_plan_says_so(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE TABLE ext.q AS SELECT 1 AS a; ALTER EXTENSION citext ADD TABLE ext.q;
            CREATE SCHEMA app; CREATE TABLE app.kept AS SELECT 1 AS a;
            """);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "INSERT INTO ext.q VALUES (2); UPDATE app.kept SET a = 7");
        var plan = await work.PlanAsync(set, app, strategy);
        Assert.Contains("Rows that no backup holds stay in the live database as they are: ext.q (2 rows)", plan.Summary,
            StringComparison.Ordinal);
        await work.Engine.RestoreAsync(plan);
        Assert.Equal("1 2", Server.Psql(app.Database, "SELECT a || ' ' || (SELECT count(*) FROM ext.q) FROM app.kept"));
    }

    [PostgresFact]
    public async Task What_an_extension_s_script_makes_again_is_counted_after_a_restore_and_its_configuration_raises_no_alarm()
    {
        using var work = new Workspace();
        using var extension = TestExtension.TryInstall(Server, """
            CREATE TABLE lookup (a int); INSERT INTO lookup VALUES (1), (2); CREATE TABLE config (k text, own bool); INSERT INTO config VALUES ('built in', false);
            CREATE TABLE empty (a int); SELECT pg_catalog.pg_extension_config_dump('config', 'WHERE own');
            """);
        if (extension is null) return;
        var app = await MakeAsync($"CREATE EXTENSION {extension.Name}; INSERT INTO config VALUES ('mine', true)");
        var set = await work.BackUpAsync(app);
        Assert.Equal(["public.config (1 row)", "public.empty (0 rows)", "public.lookup (2 rows)"],
            set.NotHeld.Select(omission => omission.Counted));
        var warning = Assert.Single(work.Reporter.Warnings);
        Assert.DoesNotContain("public.config", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("public.empty", warning, StringComparison.Ordinal);
        var report = await work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.Equal(("Restored: Not held: public.lookup", CheckStatus.Skipped, "public.lookup (2 rows)"),
            report.Checks.Where(check => check.Name.StartsWith("Restored: Not held", StringComparison.Ordinal))
                .Select(check => (check.Name, check.Status, check.Actual!)).Single());

        var gone = Assert.Single((await work.PlanAsync(set, app)).Notes, note =>
            note.StartsWith("ROWS THAT NO BACKUP HOLDS", StringComparison.Ordinal));
        Assert.Contains("public.lookup (2 rows)", gone, StringComparison.Ordinal);
        Assert.DoesNotContain("public.config", gone, StringComparison.Ordinal);
        await work.RestoreAsync(set, app);
        Assert.Equal("built in,mine 2", Server.Psql(app.Database,
            "SELECT string_agg(k, ',' ORDER BY k) || ' ' || (SELECT count(*) FROM lookup) FROM config"));

        // An operator who knows that the script fills the tables says so, and gets no warning any more.
        var quiet = await work.BackUpAsync(app, options: new() { ExcludeTableData = ["lookup"] });
        Assert.Single(work.Reporter.Warnings);
        await work.PassesAsync(quiet, VerificationLevel.Restore);
    }

    [PostgresFact]
    public async Task In_place_does_not_drop_rows_that_the_backup_for_its_undo_would_lack()
    {
        using var work = new Workspace();
        var app = await MakeAsync("CREATE TABLE kept AS SELECT 1 AS a");
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "CREATE EXTENSION hstore; CREATE TABLE q AS SELECT 1 AS a; ALTER EXTENSION hstore ADD TABLE q");
        await ServerCommands.RefusedAsync<InvalidRequestException>(() => work.PlanAsync(set, app, RestoreStrategy.InPlace),
            "public.q (1 row)", $"{OptionName.Strategy} Swap", "ALTER EXTENSION ... DROP TABLE");
        var record = await work.RestoreAsync(set, app, RestoreStrategy.Swap);
        await work.UndoAsync(record, app);
        Assert.Equal("1", Server.Psql(app.Database, "SELECT count(*) FROM q"));
    }

    [PostgresFact]
    public async Task In_place_does_not_drop_them_together_with_what_they_depend_on()
    {
        using var work = new Workspace();
        var app = await MakeAsync("""
            CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE SCHEMA app; CREATE TABLE app.kept AS SELECT 1 AS a; CREATE TYPE app.color AS ENUM ('red', 'green');
            CREATE TABLE ext.q (a int, c app.color); INSERT INTO ext.q VALUES (1, 'green'); ALTER EXTENSION citext ADD TABLE ext.q;
            """);
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE app.kept SET a = 7");
        await ServerCommands.RefusedAsync<RestoreRefusedException>(() => work.RestoreAsync(set, app, RestoreStrategy.InPlace), "ext.q",
            $"{OptionName.Strategy} Swap", "ALTER EXTENSION ... DROP TABLE");
        Assert.Equal("7 green", Server.Psql(app.Database, "SELECT a || ' ' || (SELECT c FROM ext.q) FROM app.kept"));

        // The extension itself would go with the parent of its partition here.
        Server.Psql(app.Database, """
            ALTER EXTENSION citext DROP TABLE ext.q;
            CREATE TABLE app.parent (a int) PARTITION BY RANGE (a); CREATE TABLE ext.part PARTITION OF app.parent FOR VALUES FROM (0) TO (10); INSERT INTO app.parent VALUES (1); ALTER EXTENSION citext ADD TABLE ext.part;
            """);
        await ServerCommands.RefusedAsync<RestoreRefusedException>(() => work.RestoreAsync(set, app, RestoreStrategy.InPlace), "ext.part");
        Assert.Equal("1 citext", Server.Psql(app.Database,
            "SELECT a || ' ' || (SELECT extname FROM pg_extension WHERE extname = 'citext') FROM app.parent"));
    }

    [PostgresFact]
    public async Task A_set_of_a_version_that_did_not_look_says_that_too()
    {
        using var work = new Workspace();
        var set = await work.BackUpAsync(await MakeAsync("CREATE TABLE kept AS SELECT 1 AS a"));
        Assert.DoesNotContain((await work.PassesAsync(set, VerificationLevel.Contents)).Checks, check =>
            check.Status == CheckStatus.Skipped);
        var manifest = ManifestReader.Read(set.ManifestFile, work.Settings().Keys).Manifest;
        var older = manifest with { Contents = manifest.Contents with { NotHeld = null } };
        Assert.DoesNotContain("notHeld", older.ToJson(), StringComparison.Ordinal);
        var check = Assert.Single(ContentChecks.NotHeld(older));
        Assert.Equal((CheckStatus.Skipped, true),
            (check.Status, check.Detail!.Contains("did not look for what pg_dump leaves out", StringComparison.Ordinal)));
    }

    [PostgresFact]
    public async Task A_record_of_a_version_that_did_not_look_is_still_shown()
    {
        using var work = new Workspace();
        var app = await MakeAsync(Queue);
        var record = await work.RestoreAsync(await work.BackUpAsync(app), app);
        var older = JsonNode.Parse(await File.ReadAllTextAsync(record.RecordFile!))!.AsObject();
        Assert.True(older.Remove("notHeld") && older["dataLoss"]!.AsObject().Remove("notCompared"));
        await File.WriteAllTextAsync(record.RecordFile!, older.ToJsonString());
        Assert.Empty(Assert.Single(work.Engine.ListRestores()).NotHeld);
        var shown = Commands.Run(ChildPrograms.Postry, ["restores", "--id", record.RestoreId, "--backup-root", work.BackupRoot,
            "--repo-root", work.Folder]);
        Assert.True(shown.ExitCode == 0 && shown.Output.Contains(record.RestoreId, StringComparison.Ordinal), shown.ToString());
    }

    [PostgresFact]
    public async Task The_console_ends_with_the_code_for_what_is_not_proven_and_names_it()
    {
        using var work = new Workspace();
        var app = await MakeAsync(Queue);
        var set = await work.BackUpAsync(app);
        var tested = PostryConsole.Run(work, ["test", "--id", set.Id]);
        Assert.True(tested.ExitCode == 3 && tested["status"] == "Inconclusive", tested.ToString());
        var listed = PostryConsole.Run(work, ["list", "--id", set.Id]);
        Assert.Contains("\"public.q\"", listed.Json.GetRawText(), StringComparison.Ordinal);
        var text = Commands.Run(ChildPrograms.Postry, ["list", "--id", set.Id, "--backup-root", work.BackupRoot, "--repo-root",
            work.Folder]).Output;
        Assert.Contains("part of ", Commands.Run(ChildPrograms.Postry,
            ["list", "--backup-root", work.BackupRoot, "--repo-root", work.Folder]).Output,
            StringComparison.Ordinal);
        Assert.Contains("Not held      public.q (3 rows): a table of the extension citext", text, StringComparison.Ordinal);
    }

    private static async Task<PostgresAddress> MakeAsync(string sql)
    {
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, sql);
        return address;
    }
}
