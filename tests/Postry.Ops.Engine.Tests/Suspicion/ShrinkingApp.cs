using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Configuration;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Suspicion;

/// <summary>A SQLite database of an application, with 1,000 posts and 40 users, that tests make smaller between two backups.</summary>
internal sealed class ShrinkingApp : IDisposable
{
    public ShrinkingApp() => Commands.Sqlite(Path, """
        CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
        INSERT INTO posts SELECT value, hex(randomblob(CASE value % 10 WHEN 1 THEN 12000 ELSE 50 END)) FROM generate_series(1, 1000);
        INSERT INTO users SELECT value, 'user' || value || '@example.org' FROM generate_series(1, 40);
        """);

    public Workspace Work { get; } = new();

    public string Path => Work["app.db"];

    /// <summary>The rows of posts and users by the stock shell.</summary>
    public string Rows() => Commands.Sqlite(Path, "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM users)");

    public Task<BackupSet> BackUpAsync(Func<BackupRequest, BackupRequest>? change = null) =>
        Work.Engine.BackUpAsync((change ?? (request => request))(new BackupRequest { Source = new SqliteAddress(Path) }));

    /// <summary>Backs up under a postry.json and variables.</summary>
    public Task<BackupSet> BackUpUnderAsync(string configuration, params (string, string)[] variables) =>
        new OpsEngine(Work.Settings() with { Configuration = ConfigurationText.Read(configuration, variables) }, [Work.Reporter])
            .BackUpAsync(new BackupRequest { Source = new SqliteAddress(Path), NoRuntime = true });

    public Task<RestorePlan> PlanAsync(BackupSelector backup) =>
        Work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = backup, Target = new SqliteAddress(Path) });

    public async Task<RestoreRecord> RestoreAsync(string id) =>
        await Work.Engine.RestoreAsync(await PlanAsync(new BackupSelector { Id = id }));

    public void Dispose() => Work.Dispose();
}
