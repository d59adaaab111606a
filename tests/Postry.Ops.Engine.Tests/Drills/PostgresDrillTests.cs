using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Drills;

/// <summary>Restore drills of PostgreSQL databases on a temporary server, on an offered one, and in a disposable database.</summary>
public sealed class PostgresDrillTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [PostgresFact]
    public async Task A_drill_on_a_temporary_server_proves_every_row_and_leaves_only_the_backup_and_evidence()
    {
        var app = await MakeAsync(PostgresServer.Shared);
        File.WriteAllText(_work["checks.json"], """
            { "tables": [ { "table": "posts", "columns": ["user_id", "email", "status"], "atLeastBackup": true } ],
              "sql": [ { "name": "ten", "query": "SELECT count(*) FROM posts", "expectValue": "10" } ] }
            """);
        var drill = await DrillAsync(app, new DrillRequest { Smoke = new SmokeRequest { File = _work["checks.json"] } });
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.All(drill.Steps, step => Assert.Equal(CheckStatus.Passed, step.Status));
        Assert.Equal("All rows of 2 tables were deleted.", Step(drill, "Lose the data").Detail);
        Assert.Equal((10, 10), Rows(drill, "public.posts"));
        Assert.Equal((4, 4), Rows(drill, "public.measures_1"));
        Assert.Equal(2, drill.Smoke.Count);
        Assert.Equal("10", PostgresServer.Shared.Psql(app.Database, "SELECT count(*) FROM posts"));
        Assert.False(Directory.Exists(Path.Combine(_work.BackupRoot, ".scratch")));
        Assert.Empty(_work.Engine.ListRestores());
    }

    [PostgresFact]
    public async Task A_drill_on_an_offered_server_drops_its_databases_and_says_where_it_ran()
    {
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var before = Inventory.Databases(server);
        var drill = await DrillAsync(app, new DrillRequest { ScratchServer = server.Address("postgres") });
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.Contains(drill.Deviations, text => text.Contains("the server of the source", StringComparison.Ordinal));
        Assert.Equal(before, Inventory.Databases(server));

        // A killed drill leaves its databases, and the next one sweeps them and signs what is known of it.
        using var host = HostProcess.Start(["drill", _work.BackupRoot, Url(server, app), $"scratch={server.Url("postgres")}",
            "kill=progress:Verify the restored data"]);
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Contains(Inventory.Databases(server), name => name.StartsWith("postry_prev_", StringComparison.Ordinal));
        Assert.Equal(DrillStatus.Interrupted, Evidence()[0].Status);
        await DrillAsync(app, new DrillRequest { ScratchServer = server.Address("postgres") });
        Assert.Equal(before, Inventory.Databases(server));
        Assert.Equal([DrillStatus.Passed, DrillStatus.Interrupted, DrillStatus.Passed], Evidence().Select(one => one.Status));
        Assert.All(Evidence(), one => Assert.Equal(CheckStatus.Passed, one.Evidence));
        Assert.Contains(Evidence()[1].Deviations, text => text.Contains("Verify the restored data", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task An_application_whose_triggers_forbid_to_empty_its_tables_can_be_drilled()
    {
        var app = await MakeAsync(PostgresServer.Shared);
        PostgresServer.Shared.Psql(app.Database, """
            CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
            CREATE TRIGGER never BEFORE TRUNCATE ON posts EXECUTE FUNCTION never();
            ALTER TABLE posts ENABLE ALWAYS TRIGGER never;
            """);
        var drill = await DrillAsync(app, new DrillRequest());
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
    }

    [PostgresFact]
    public async Task A_disposable_database_needs_three_consents_and_is_empty_again_afterwards()
    {
        // The databases of a server that other tests share come and go.
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var disposable = await server.CreateDatabaseAsync();
        var consents = new Dictionary<string, string>
        {
            ["RUN_POSTGRES_BACKUP_RESTORE_E2E"] = "1", ["BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE"] = "YES",
            ["BACKUP_RESTORE_E2E_DATABASE_URL"] = server.Url(disposable.Database),
        };
        foreach (var missing in consents.Keys)
        {
            var e = await Assert.ThrowsAsync<InvalidRequestException>(() => EndToEndAsync(app,
                consents.Where(one => one.Key != missing).ToDictionary()));
            Assert.Contains($"not set: {missing}", e.Message, StringComparison.Ordinal);
        }

        var schema = server.PgDumpSchema(disposable.Database);
        var databases = Inventory.Databases(server);
        var drill = await EndToEndAsync(app, consents);
        Assert.True(drill.Status == DrillStatus.Passed, string.Join("\n", drill.Deviations));
        Assert.Equal(schema, server.PgDumpSchema(disposable.Database));
        Assert.Equal(databases, Inventory.Databases(server));
        Assert.Equal("10", server.Psql(app.Database, "SELECT count(*) FROM posts"));

        // Somebody's table is never touched.
        server.Psql(disposable.Database, "CREATE TABLE mine (a int); INSERT INTO mine VALUES (7)");
        var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => EndToEndAsync(app, consents));
        Assert.Contains("public.mine", refused.Message, StringComparison.Ordinal);
        Assert.Single(Evidence());
        Assert.Equal("7", server.Psql(disposable.Database, "SELECT a FROM mine"));
    }

    [PostgresFact]
    public async Task The_source_under_any_address_is_refused_as_the_disposable_database()
    {
        var server = PostgresServer.Shared;
        var app = await MakeAsync(server);
        foreach (var url in new[]
        {
            Url(server, app), Url(server, app).Replace("127.0.0.1", "localhost", StringComparison.Ordinal),
            $"host={server.DataFolder} port={server.Port} dbname={app.Database} user={PostgresServer.Superuser} " +
                $"password='{server.Password.Replace("\\", "\\\\").Replace("'", "\\'")}'",
        })
        {
            var e = await Assert.ThrowsAsync<RestoreRefusedException>(() => EndToEndAsync(app, new()
            {
                ["RUN_POSTGRES_BACKUP_RESTORE_E2E"] = "1", ["BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE"] = "YES",
                ["BACKUP_RESTORE_E2E_DATABASE_URL"] = url,
            }));
            Assert.Contains("the source of the drill itself", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Evidence());
        Assert.Equal("10", server.Psql(app.Database, "SELECT count(*) FROM posts"));
    }

    [PostgresFact]
    public async Task Without_server_programs_nothing_is_proven()
    {
        using var tools = new FakeTools();
        var app = await MakeAsync(PostgresServer.Shared);
        tools.Add("initdb", $"{PostgresServer.Shared.Major}.99");
        var answer = PostryConsole.Run(_work, ["drill", "--database-url-env", "SOURCE"],
            new() { ["POSTRY_PG_BIN"] = tools.Folder, ["SOURCE"] = Url(PostgresServer.Shared, app) });
        Assert.True(answer.ExitCode == 3 && answer["status"] == "Inconclusive", answer.ToString());
        Assert.Contains("--scratch-url", answer.Json.GetRawText(), StringComparison.Ordinal);
    }

    private Task<RestoreDrill> DrillAsync(PostgresAddress source, DrillRequest request) =>
        _work.Engine.DrillAsync(request with { Fresh = new BackupRequest { Source = source } });

    private Task<RestoreDrill> EndToEndAsync(PostgresAddress source, Dictionary<string, string> variables) =>
        new OpsEngine(_work.Settings() with { Variable = variables.GetValueOrDefault }, [_work.Reporter]).DrillAsync(
            new DrillRequest { Fresh = new BackupRequest { Source = source }, EndToEnd = true });

    private IReadOnlyList<RestoreDrill> Evidence() => new EvidenceFiles(_work.Settings(), SilentObserver.Instance).List();

    private static DrillStep Step(RestoreDrill drill, string name) => Assert.Single(drill.Steps, step => step.Name == name);

    private static (long?, long?) Rows(RestoreDrill drill, string table) =>
        Assert.Single(drill.Tables, one => one.Name == table) is var found ? (found.RowsExpected, found.RowsFound) : default;

    private static string Url(PostgresServer server, PostgresAddress app) => server.Url(app.Database);

    private static async Task<PostgresAddress> MakeAsync(PostgresServer server)
    {
        var app = await server.CreateDatabaseAsync();
        server.Psql(app.Database, """
            CREATE TABLE posts (id int PRIMARY KEY, user_id int, email text, status text);
            INSERT INTO posts SELECT i, i, 'a' || i || '@example.com', 'published' FROM generate_series(1, 10) i;
            CREATE TABLE comments (post int REFERENCES posts, body text);
            CREATE TABLE measures (a int) PARTITION BY RANGE (a);
            CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM (0) TO (100);
            INSERT INTO measures VALUES (1), (2), (3), (4);
            CREATE VIEW busy AS SELECT * FROM posts WHERE id > 5;
            SELECT lo_from_bytea(0, 'large');
            """);
        return app;
    }
}
