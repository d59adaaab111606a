using Microsoft.Data.Sqlite;

namespace Postry.Ops.Cli.Demo;

/// <summary>The sample application's database: users and their posts, by way of the SQLite library that applications use.</summary>
internal static class SampleDatabase
{
    private const int PostsPerUser = 15;

    // "POST" marks the file as a sample, so that nothing damages a database with data of worth.
    private const long ApplicationId = 0x504F5354;

    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = 0x504F5354;
        CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, credits INTEGER NOT NULL,
                           created_at TEXT NOT NULL);
        CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id), email TEXT NOT NULL, status TEXT NOT NULL,
                           archetype TEXT, likes INTEGER NOT NULL, score REAL, body TEXT NOT NULL, created_at TEXT NOT NULL);
        """;

    private const string Indexes = """
        CREATE INDEX posts_by_user ON posts(user_id, status);
        CREATE VIEW published AS SELECT * FROM posts WHERE status = 'published';
        """;

    private const string Accident = """
        PRAGMA foreign_keys = OFF;
        BEGIN IMMEDIATE;
        DELETE FROM posts WHERE id % 3 = 0;
        UPDATE posts SET body = '', status = 'lost', likes = 0 WHERE id % 7 = 0;
        DELETE FROM users WHERE id % 4 = 0;
        DROP INDEX IF EXISTS posts_by_user;
        COMMIT;
        """;

    /// <summary>Opens a database the way the application does. Close it to let go of its locks: there is no pool.</summary>
    public static SqliteConnection Open(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>True if the file is a database that <see cref="Make"/> made.</summary>
    public static bool IsSample(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using var connection = Open(path);
            return Number(connection, "PRAGMA application_id") == ApplicationId;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    /// <summary>Makes the database with so many posts, the same every time.</summary>
    public static void Make(string path, int posts)
    {
        using var connection = Open(path);
        Execute(connection, Schema);
        Execute(connection, "BEGIN");
        new SampleRows(connection).Insert(users: Math.Max(1, posts / PostsPerUser), posts);
        Execute(connection, Indexes);
        Execute(connection, "COMMIT");
    }

    /// <summary>The accident: a clean-up script that went for the wrong rows.</summary>
    public static void Damage(string path)
    {
        using var connection = Open(path);
        SampleWriter.WhenFree(connection, Accident);
    }

    /// <summary>Counts, sums and the library's own check; and the rows that are not the same in another database.</summary>
    public static SampleFacts Facts(string path, string? other)
    {
        using var connection = Open(path);
        if (other is not null) Execute(connection, "ATTACH $other AS other", ("$other", other));
        return new SampleFacts(
            (string)Scalar(connection, "PRAGMA main.integrity_check")!,
            Number(connection, "SELECT count(*) FROM users"),
            Number(connection, "SELECT sum(credits) FROM users"),
            Number(connection, "SELECT count(*) FROM posts"),
            Number(connection, "SELECT sum(likes) FROM posts"),
            other is null ? null : Difference(connection, "other", "main"),
            other is null ? null : Difference(connection, "main", "other"));
    }

    /// <summary>Runs statements that return nothing.</summary>
    public static void Execute(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private static long Difference(SqliteConnection connection, string left, string right) =>
        Number(connection, $"SELECT count(*) FROM (SELECT * FROM {left}.users EXCEPT SELECT * FROM {right}.users)")
        + Number(connection, $"SELECT count(*) FROM (SELECT * FROM {left}.posts EXCEPT SELECT * FROM {right}.posts)");

    private static long Number(SqliteConnection connection, string sql) => Scalar(connection, sql) as long? ?? 0;

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
