using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>A live database with a backup of it, for surveys.</summary>
internal sealed class SurveyFixture : IAsyncDisposable
{
    private readonly Workspace _workspace = new();

    private SurveyFixture(RestoreFixture database) => Database = database;

    public RestoreFixture Database { get; }

    public BackupSet Set { get; private set; } = null!;

    public BackupManifest Manifest { get; private set; } = null!;

    /// <summary>Creates a database of the owner's with some contents, and backs it up.</summary>
    /// <param name="server">The server.</param>
    /// <param name="superuserSql">SQL that a superuser runs in the database, first.</param>
    /// <param name="sql">SQL that the owner runs.</param>
    /// <param name="options">The options of the backup.</param>
    public static async Task<SurveyFixture> CreateAsync(
        PostgresServer server, string? sql = null, string? superuserSql = null, PostgresBackupOptions? options = null)
    {
        var fixture = new SurveyFixture(await RestoreFixture.CreateAsync(server));
        await fixture.Database.RunAsync(
            "CREATE SCHEMA app;; CREATE TABLE app.t (id int PRIMARY KEY, name text);; INSERT INTO app.t SELECT n, 'row ' || n FROM " +
            "generate_series(1, 100) n", fixture.Database.Live, fixture.Database.Owner);
        if (superuserSql is not null) await fixture.Database.RunAsync(superuserSql, fixture.Database.Live);
        if (sql is not null) await fixture.Database.RunAsync(sql, fixture.Database.Live, fixture.Database.Owner);
        await fixture.BackUpAsync(options);
        return fixture;
    }

    /// <summary>Backs up the database again.</summary>
    public async Task BackUpAsync(PostgresBackupOptions? options = null)
    {
        Set = await _workspace.Engine.BackUpAsync(
            new BackupRequest { Source = Database.Address(), Fingerprint = FingerprintKind.RowCount, Postgres = options ?? new() });
        Manifest = ManifestReader.Read(Set.ManifestFile, _workspace.Settings().Keys).Manifest;
    }

    /// <summary>Looks at the target as a role; null for the owner.</summary>
    public async Task<TargetFacts> LookAsync(
        string? role = null, PostgresRestoreOptions? options = null, Func<BackupManifest, BackupManifest>? change = null, string? database =
            null)
    {
        var address = Database.Address(role ?? Database.Owner, database);
        var request = new RestoreRequest { Backup = new BackupSelector { Id = Set.Id }, Target = address, Postgres = options ?? new() };
        return await TargetSurvey.RunAsync(request, Set, change is null ? Manifest : change(Manifest), address.Name, address, default);
    }

    /// <summary>The only problem.</summary>
    public static T Only<T>(TargetFacts facts) where T : OpsException => Assert.IsType<T>(Assert.Single(facts.Problems));

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _workspace.Dispose();
    }
}

/// <summary>A server with logical replication, for surveys.</summary>
public sealed class LogicalServer : IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (PostgresRequirements.Missing() is null)
            Server = await PostgresServer.StartAsync(false, "wal_level=logical", "max_replication_slots=10");
    }

    public Task DisposeAsync() => Server is null ? Task.CompletedTask : Server.DisposeAsync().AsTask();
}
