using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Drills;

/// <summary>A drill of PostgreSQL changes nothing but what it has made, wherever it runs and however it ends.</summary>
public sealed class PostgresDrillSafetyTests : IDisposable
{
    private static PostgresServer Server => PostgresServer.Shared;
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task A_foreign_table_below_a_table_keeps_its_rows_on_the_other_server()
    {
        var other = await Server.CreateDatabaseAsync();
        Server.Psql(other.Database, "CREATE TABLE prices (a int); INSERT INTO prices VALUES (1), (2)");
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, $"""
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw
              OPTIONS (host '127.0.0.1', port '{Server.Port}', dbname '{other.Database}');
            CREATE USER MAPPING FOR postgres SERVER elsewhere
              OPTIONS (user 'postgres', password '{Server.Password.Replace("'", "''", StringComparison.Ordinal)}');
            CREATE TABLE prices (a int);
            INSERT INTO prices VALUES (3);
            CREATE FOREIGN TABLE old_prices () INHERITS (prices) SERVER elsewhere OPTIONS (table_name 'prices');
            """);
        Assert.Equal("3", Server.Psql(app.Database, "SELECT count(*) FROM prices"));
        var drill = await DrillAsync(app, new DrillRequest());
        Assert.Equal("2", Server.Psql(other.Database, "SELECT count(*) FROM prices"));
        Assert.Equal("All rows of 1 table were deleted.", Step(drill, "Lose the data").Detail);
        drill = await DrillAsync(app, new DrillRequest { ScratchServer = Server.Address("postgres") });
        Assert.Equal("2", Server.Psql(other.Database, "SELECT count(*) FROM prices"));
        Assert.Equal("All rows of 1 table were deleted.", Step(drill, "Lose the data").Detail);
    }

    [PostgresFact]
    public async Task Of_a_database_without_rows_the_tables_are_lost()
    {
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, "CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE comments (post int REFERENCES posts)");
        var drill = await DrillAsync(app, new DrillRequest());
        Assert.Contains("2 tables", Step(drill, "Lose the data").Detail, StringComparison.Ordinal);
        Assert.Contains("dropped", Step(drill, "Lose the data").Detail, StringComparison.Ordinal);
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
    }

    [PostgresFact]
    public async Task A_database_whose_name_has_a_slash_does_not_hide_that_the_server_is_the_same()
    {
        var app = await Server.CreateDatabaseAsync($"a/b_{Guid.NewGuid():N}"[..12]);
        Server.Psql(app.Database, "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1)");
        var drill = await DrillAsync(app, new DrillRequest { ScratchServer = Server.Address("postgres") });
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.Contains(drill.Deviations, text => text.Contains("the server of the source", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task The_maintenance_database_itself_can_be_drilled()
    {
        await using var server = await PostgresServer.StartAsync();
        server.Psql("postgres", "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1)");
        var drill = await DrillAsync(server.Address("postgres"), new DrillRequest());
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
    }

    [PostgresFact]
    public async Task A_server_that_cannot_take_the_drill_is_refused_before_the_backup()
    {
        var app = await MakeAsync();
        var role = await Server.CreateRoleAsync();
        var denied = await Assert.ThrowsAsync<AccessDeniedException>(() => DrillAsync(app,
            new DrillRequest { ScratchServer = Server.Address("postgres", role.Name, role.Password) }));
        Assert.Contains("may not make databases", denied.Message, StringComparison.Ordinal);
        var nobody = new DrillRequest { Fresh = new BackupRequest { Source = app },
            ScratchServer = Server.Address("postgres") with { Hosts = [new PostgresHost("127.0.0.1", 1)] } };
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => _work.Engine.PlanDrillAsync(nobody));
        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => _work.Engine.DrillAsync(nobody));
        Assert.Empty(_work.Engine.ListBackups(new BackupQuery()));
        Assert.Empty(Evidence());
    }

    [PostgresFact]
    public async Task A_drill_on_an_offered_server_that_is_stopped_at_any_moment_leaves_no_database()
    {
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var before = Inventory.Databases(server);
        var request = new DrillRequest { ScratchServer = server.Address("postgres") };
        await DrillAsync(app, request);
        var reports = _work.Reporter.ProgressReports.Count;
        for (var moment = reports / 8; moment < reports - 2; moment += Math.Max(1, reports / 8))
        {
            using var stop = new CancellationTokenSource();
            var seen = 0;
            _work.Reporter.OnProgress = _ =>
            {
                if (Interlocked.Increment(ref seen) > moment) stop.Cancel();
            };
            try
            {
                await DrillAsync(app, request, stop.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(DrillStatus.Interrupted, Evidence()[0].Status);
            }

            _work.Reporter.OnProgress = null;
            Assert.Equal(before, Inventory.Databases(server));
            Assert.Equal(CheckStatus.Passed, Step(Evidence()[0], "Clean up").Status);
        }

        Assert.Contains(Evidence(), drill => drill.Status == DrillStatus.Interrupted);
    }

    [PostgresFact]
    public async Task Evidence_that_cannot_be_written_any_more_leaves_no_database_on_an_offered_server()
    {
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var before = Inventory.Databases(server);
        var drills = Path.Combine(_work.BackupRoot, "drills");
        _work.Reporter.OnProgress = report =>
        {
            if (report.Step != "Verify the restored data" || !Directory.Exists(drills)) return;
            Directory.Move(drills, _work["drills"]);
            File.WriteAllText(drills, "in the way");
        };
        await Assert.ThrowsAsync<AccessDeniedException>(() =>
            DrillAsync(app, new DrillRequest { ScratchServer = server.Address("postgres") }));
        Assert.Equal(before, Inventory.Databases(server));
    }

    [PostgresTheory]
    [InlineData("CREATE TYPE mood AS ENUM ('glad', 'sad')", "mood")]
    [InlineData("CREATE DOMAIN mood AS text", "mood")]
    [InlineData("CREATE PUBLICATION everything FOR ALL TABLES", "everything")]
    [InlineData("CREATE FOREIGN DATA WRAPPER wrap; CREATE SERVER far FOREIGN DATA WRAPPER wrap", "far")]
    [InlineData("CREATE COLLATION mine FROM \"C\"", "mine")]
    public async Task A_disposable_database_with_anything_in_it_is_not_touched(string made, string name)
    {
        var app = await MakeAsync();
        var disposable = await Server.CreateDatabaseAsync();
        Server.Psql(disposable.Database, made);
        var schema = Server.PgDumpSchema(disposable.Database);
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => EndToEndAsync(app, Server.Url(disposable.Database)));
        Assert.Contains("is not empty", e.Message, StringComparison.Ordinal);
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Empty(_work.Engine.ListBackups(new BackupQuery()));
        Assert.Equal(schema, Server.PgDumpSchema(disposable.Database));
    }

    [PostgresFact]
    public async Task All_that_a_backup_brings_into_a_disposable_database_is_removed_again()
    {
        var app = await MakeAsync();
        Server.Psql(app.Database, """
            CREATE TYPE mood AS ENUM ('glad', 'sad');
            CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'glad'::mood $$;
            CREATE CAST (int AS mood) WITH FUNCTION to_mood(int);
            CREATE PUBLICATION everything FOR ALL TABLES;
            CREATE FOREIGN DATA WRAPPER wrap; CREATE SERVER far FOREIGN DATA WRAPPER wrap;
            CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
            CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen();
            ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
            CREATE EXTENSION hstore;
            SELECT lo_from_bytea(0, 'large');
            """);
        var disposable = await Server.CreateDatabaseAsync();
        var schema = Server.PgDumpSchema(disposable.Database);
        for (var time = 0; time < 2; time++)
        {
            var drill = await EndToEndAsync(app, Server.Url(disposable.Database));
            Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
            Assert.Equal(schema, Server.PgDumpSchema(disposable.Database));
        }
    }

    [PostgresFact]
    public async Task A_disposable_database_of_a_simple_role_keeps_the_extensions_that_an_administrator_made_there()
    {
        var role = await Server.CreateRoleAsync();
        var app = await MakeAsync();
        Server.Psql(app.Database, "CREATE EXTENSION hstore; CREATE TABLE tags (t hstore); INSERT INTO tags VALUES ('a=>1')");
        var disposable = await Server.CreateDatabaseAsync(options: $"OWNER {role.Name}");
        Server.Psql(disposable.Database, "CREATE EXTENSION hstore; CREATE EXTENSION pg_buffercache");
        for (var time = 0; time < 2; time++)
        {
            var drill = await EndToEndAsync(app, Server.Url(disposable.Database, role.Name, role.Password));
            Assert.True(Step(drill, "Clean up").Status == CheckStatus.Passed, string.Join("\n", drill.Deviations));
            Assert.Equal("10", Rows(drill, "public.posts"));
            Assert.Equal("hstore,pg_buffercache,plpgsql", Server.Psql(disposable.Database,
                "SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension"));
            Assert.Equal("0", Server.Psql(disposable.Database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        }
    }

    [PostgresFact]
    public async Task A_configured_database_that_lets_nobody_in_is_still_known_by_its_name()
    {
        var app = await MakeAsync();
        var production = await Server.CreateDatabaseAsync();
        var alias = Server.Url(production.Database, password: "wrong").Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => EndToEndAsync(app, Server.Url(production.Database), alias));
        Assert.Contains("may be the configured database", e.Message, StringComparison.Ordinal);
        Assert.Empty(Evidence());
    }

    [PostgresFact]
    public async Task Two_drills_in_one_disposable_database_do_not_meet()
    {
        var app = await MakeAsync();
        var disposable = await Server.CreateDatabaseAsync();
        Exception? second = null;
        using var other = new Workspace();
        _work.Reporter.OnProgress = report =>
        {
            if (report.Step != "Set up the test database" || second is not null) return;
            // The first drill holds the database from before it restores anything.
            _work.Reporter.OnProgress = later =>
            {
                if (later.Step != "Lose the data") return;
                _work.Reporter.OnProgress = null;
                second = Record.Exception(() => Task.Run(() => EndToEndAsync(app, Server.Url(disposable.Database), work: other))
                    .GetAwaiter().GetResult());
            };
        };
        var first = await EndToEndAsync(app, Server.Url(disposable.Database));
        Assert.True(first.Status == DrillStatus.Passed, string.Join("\n", first.Deviations));
        Assert.Contains("Another drill", Assert.IsType<RestoreRefusedException>(second).Message, StringComparison.Ordinal);
    }

    private Task<RestoreDrill> DrillAsync(PostgresAddress source, DrillRequest request, CancellationToken cancellation = default) =>
        _work.Engine.DrillAsync(request with { Fresh = new BackupRequest { Source = source } }, cancellation);

    private Task<RestoreDrill> EndToEndAsync(PostgresAddress source, string url, string? configured = null, Workspace? work = null) =>
        new OpsEngine((work ?? _work).Settings() with
        {
            Variable = new Dictionary<string, string>
            {
                ["RUN_POSTGRES_BACKUP_RESTORE_E2E"] = "1", ["BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE"] = "YES",
                ["BACKUP_RESTORE_E2E_DATABASE_URL"] = url,
            }.GetValueOrDefault,
            DatabaseUrl = configured,
        }, [(work ?? _work).Reporter]).DrillAsync(new DrillRequest { Fresh = new BackupRequest { Source = source }, EndToEnd = true });

    private IReadOnlyList<RestoreDrill> Evidence() => new EvidenceFiles(_work.Settings(), SilentObserver.Instance).List();

    private static DrillStep Step(RestoreDrill drill, string name) => Assert.Single(drill.Steps, step => step.Name == name);

    private static string Rows(RestoreDrill drill, string table) => $"{Assert.Single(drill.Tables, one => one.Name == table).RowsFound}";

    private static async Task<PostgresAddress> MakeAsync(PostgresServer? server = null)
    {
        server ??= Server;
        var app = await server.CreateDatabaseAsync();
        server.Psql(app.Database,
            "CREATE TABLE posts (id int PRIMARY KEY, body text); INSERT INTO posts SELECT i, 'post ' || i FROM generate_series(1, 10) i");
        return app;
    }
}
