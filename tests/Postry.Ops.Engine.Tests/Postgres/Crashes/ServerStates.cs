using System.Collections.Concurrent;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>
/// The state in which every scenario on a server begins, made once and copied: the database that was backed up, its backup, and the
/// database that is live when the restore begins. Beside them lies a database that has nothing to do with the product, although its name
/// looks like one of a stage.
/// </summary>
internal sealed class ServerStates
{
    /// <summary>The database of another application.</summary>
    public const string Decoy = "postry_stage_decoy_x";

    private const string Live = "scene_live";
    private const string BackedUp = "scene_backup";

    private const string Rows = """
        CREATE TABLE posts(id int PRIMARY KEY, body text NOT NULL);
        INSERT INTO posts SELECT i, 'post ' || i || ' ' || repeat(md5(i::text), 8) FROM generate_series(1, 3000) i;
        CREATE INDEX posts_by_body ON posts(substr(body, 1, 20));
        CREATE TABLE tags(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, post int REFERENCES posts ON DELETE CASCADE, tag text);
        INSERT INTO tags(post, tag) SELECT id, 'tag ' || id % 17 FROM posts;
        CREATE TABLE nothing();
        CREATE SEQUENCE counted;
        SELECT setval('counted', 41);
        CREATE VIEW newest AS SELECT * FROM posts ORDER BY id DESC LIMIT 5;
        """;

    private const string Work = """
        UPDATE posts SET body = 'changed ' || body WHERE id % 3 = 0;
        DELETE FROM posts WHERE id % 50 = 7;
        INSERT INTO posts SELECT id + 100000, 'later ' || body FROM posts WHERE id % 10 = 1;
        CREATE TABLE newer AS SELECT id FROM posts WHERE id % 100 = 1;
        SELECT setval('counted', 99);
        """;

    private static readonly ConcurrentDictionary<PostgresServer, Lazy<Task<ServerStates>>> Made = new();

    private readonly PostgresServer _server;
    private readonly Workspace _work = new();

    private ServerStates(PostgresServer server) => _server = server;

    /// <summary>The backup; its files are copied into each scenario.</summary>
    public BackupSet Backup { get; private set; } = null!;

    /// <summary>The contents of the database that was backed up.</summary>
    public string BackupState { get; private set; } = null!;

    /// <summary>The contents of the database that is live when the restore begins.</summary>
    public string LiveState { get; private set; } = null!;

    /// <summary>The states of a server.</summary>
    public static Task<ServerStates> OfAsync(PostgresServer server) =>
        Made.GetOrAdd(server, new Lazy<Task<ServerStates>>(() => new ServerStates(server).MakeAsync())).Value;

    /// <summary>Makes a copy of the live database.</summary>
    public Task CreateLiveAsync(string name) => _server.RunAsync($"CREATE DATABASE {name} TEMPLATE {Live}");

    /// <summary>Puts the backup into a backup root.</summary>
    public void CopyBackup(string backupRoot)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_work.BackupRoot, "db"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(backupRoot, Path.GetRelativePath(_work.BackupRoot, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Asserts that no database of another application was touched.</summary>
    public void AssertOthersUntouched()
    {
        Assert.Equal("mine|1", _server.Psql(Decoy,
            "SELECT note, (SELECT count(*) FROM pg_database WHERE datname = current_database() AND datallowconn) FROM precious"));
        Assert.Equal(BackupState, StateOf(_server, BackedUp));
        Assert.Equal(LiveState, StateOf(_server, Live));
    }

    /// <summary>Every row of every table, and every sequence, by the stock psql.</summary>
    public static string StateOf(PostgresServer server, string database) => server.Psql(database, """
        SELECT format('SELECT %L, count(*), md5(coalesce(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C"), '''')) FROM %I.%I t', n.nspname || '.' || c.relname, n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'postry\_%' ORDER BY 1 \gexec
        SELECT format('SELECT %L, last_value, is_called FROM %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'postry\_%' ORDER BY 1 \gexec
        """);

    private async Task<ServerStates> MakeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _work.Dispose();
        await _server.CreateDatabaseAsync(Decoy);
        _server.Psql(Decoy, "CREATE TABLE precious AS SELECT 'mine' AS note");
        var source = await _server.CreateDatabaseAsync(BackedUp);
        _server.Psql(BackedUp, Rows);
        Backup = await _work.Engine.BackUpAsync(new BackupRequest { Source = source });
        await _server.CreateDatabaseAsync(Live, $"TEMPLATE {BackedUp}");
        _server.Psql(Live, Work + "; CHECKPOINT;");
        (BackupState, LiveState) = (StateOf(_server, BackedUp), StateOf(_server, Live));
        Assert.NotEqual(BackupState, LiveState);
        return this;
    }
}
