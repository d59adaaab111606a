using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>A folder with databases and backups that is gone after the test, and the key that goes with it.</summary>
internal sealed class Sandbox : IDisposable
{
    public const string Key = "a key that only the tests know, 0123456789";

    private static readonly string[] LeftoverMarks = [".partial", ".postry-stage", ".postry-journal", "scratch"];

    static Sandbox() => SQLitePCL.Batteries_V2.Init();

    public string Folder { get; } = Directory.CreateTempSubdirectory("postry-cli-tests-").FullName;

    public string Backups => System.IO.Path.Combine(Folder, "backups");

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Makes a small application database.</summary>
    public string MakeDatabase(string name = "app.db", int posts = 500, string journal = "WAL")
    {
        var path = Path(name);
        using var connection = Open(path);
        Execute(connection, $"""
            PRAGMA journal_mode = {journal};
            CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL);
            CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER, email TEXT, status TEXT, body BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {posts})
                INSERT INTO posts SELECT i, i % 10 + 1, 'user' || (i % 10 + 1) || '@example.org', 'published', randomblob(200) FROM n;
            INSERT INTO users SELECT DISTINCT user_id, email FROM posts;
            """);
        return path;
    }

    /// <summary>Every row of the database as text, in order.</summary>
    public static string Contents(string path)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT group_concat(row, char(10)) FROM (SELECT 'u' || id || email AS row FROM users
            UNION ALL SELECT 'p' || id || '|' || user_id || '|' || email || '|' || status || '|' || hex(body) FROM posts ORDER BY 1)
            """;
        return (string)command.ExecuteScalar()!;
    }

    public static void Damage(string path) => Execute(path,
        "DELETE FROM posts WHERE id % 3 = 0; UPDATE posts SET status = 'lost' WHERE id % 5 = 0;");

    public static void Execute(string path, string sql)
    {
        using var connection = Open(path);
        Execute(connection, sql);
    }

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Starts `postry` here with the key set.</summary>
    public PostryProcess Start(params string[] arguments) => PostryProcess.Start(Folder, arguments, ("BACKUP_METADATA_HMAC_KEY", Key));

    /// <summary>Runs `postry` here with the key set and nobody at a terminal.</summary>
    public async Task<PostryResult> RunAsync(params string[] arguments)
    {
        using var postry = Start(arguments);
        return await postry.EndAsync();
    }

    /// <summary>Runs `postry` with --json, expects the exit code, and parses the one document.</summary>
    public async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.True(exitCode == result.ExitCode, result.ToString());
        return Parse(result.Output);
    }

    /// <summary>Parses exactly one document: anything before or after it is an error.</summary>
    public static JsonElement Parse(string output)
    {
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Backs a database up and returns the set.</summary>
    public Task<JsonElement> BackUpAsync(string path, params string[] more) => JsonAsync(0, ["backup", "--path", path, .. more]);

    /// <summary>Every file below the folder with the hash of its bytes, to see that nothing has changed. The history of backups is left
    /// out, because each attempt adds to it.</summary>
    public Dictionary<string, string> Snapshot(string below = "") => Directory
        .EnumerateFiles(System.IO.Path.Combine(Folder, below), "*", SearchOption.AllDirectories)
        .Where(file => System.IO.Path.GetFileName(file) != "history.jsonl")
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));

    /// <summary>Names of files that a run should have cleaned away.</summary>
    public IEnumerable<string> Partials() => Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories)
        .Where(path => LeftoverMarks.Any(mark => System.IO.Path.GetFileName(path).Contains(mark, StringComparison.Ordinal)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
