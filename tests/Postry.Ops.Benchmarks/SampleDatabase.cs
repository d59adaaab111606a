using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Engines.Sqlite;
using SQLitePCL;

namespace Postry.Ops.Benchmarks;

/// <summary>A database of a chosen size with content like that of a publishing application: accounts, texts, events, thumbnails,
/// indexes.</summary>
internal static class SampleDatabase
{
    private const int Seed = 20260101;
    private const int PostsPerBatch = 2000;
    private const int UserCount = 20_000;

    private static readonly string[] Words =
        "the of and to a in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state those people too mr how little good world make very year still see own work men day get here between both life being under three never know same last another while us might great old off go come since against right came take used himself few house american use place during high without again home around small however found mrs part school thought went say general once upon war left every number".Split(' ');

    /// <summary>Makes the database if it is not there yet.</summary>
    public static void Make(string path, long bytes)
    {
        if (File.Exists(path) && new FileInfo(path).Length >= bytes * 9 / 10) return;
        File.Delete(path);
        using var session = SqliteSession.CreatePrivate(path);
        session.Execute("""
            CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, created_at TEXT, balance REAL);
            CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id), email TEXT, status TEXT, archetype TEXT, title TEXT, body TEXT, meta TEXT, created_at TEXT, score REAL);
            CREATE TABLE events(id INTEGER PRIMARY KEY, user_id INTEGER, kind TEXT, at INTEGER, value INTEGER);
            CREATE TABLE thumbnails(post_id INTEGER PRIMARY KEY, image BLOB);
            CREATE INDEX posts_user ON posts(user_id, status);
            CREATE INDEX events_at ON events(at);
            """);
        var random = new Random(Seed);
        session.Execute("BEGIN");
        for (var id = 1; id <= UserCount; id++)
            Insert(session, "INSERT INTO users VALUES (?,?,?,?,?)", id, $"user{id}@example.org", Sentence(random, 2), Date(random),
                random.NextDouble() * 1000);
        session.Execute("COMMIT");
        for (var post = 1; new FileInfo(path).Length < bytes;)
        {
            session.Execute("BEGIN");
            for (var i = 0; i < PostsPerBatch; i++, post++) AddPost(session, random, post);
            session.Execute("COMMIT");
        }

        // An open statement would keep the connection, and its lock, alive.
        foreach (var statement in Prepared.Values) statement.Dispose();
        Prepared.Clear();
    }

    private static void AddPost(SqliteSession session, Random random, int id)
    {
        var user = random.Next(UserCount) + 1;
        Insert(session, "INSERT INTO posts VALUES (?,?,?,?,?,?,?,?,?,?)", id, user, $"user{user}@example.org",
            random.Next(4) switch { 0 => "draft", 1 => "archived", _ => "published" },
            Words[random.Next(8)], Sentence(random, 6), Sentence(random, 30 + random.Next(150)), $$"""{"views":{{random.Next(100000)}},"ref":"{{Guid.NewGuid()}}","tags":["{{Words[random.Next(Words.Length)]}}","{{Words[random.Next(Words.Length)]}}"]}""", Date(random), random.NextDouble());
        for (var i = 0; i < 6; i++)
            Insert(session, "INSERT INTO events(user_id, kind, at, value) VALUES (?,?,?,?)", random.Next(UserCount), Words[random.Next(12)],
                1_700_000_000L + random.Next(60_000_000), random.Next(1_000_000));
        if (id % 8 != 0) return;
        var image = new byte[600 + random.Next(2000)];
        random.NextBytes(image);
        Insert(session, "INSERT INTO thumbnails VALUES (?,?)", id, image);
    }

    private static readonly Dictionary<string, sqlite3_stmt> Prepared = [];

    private static void Insert(SqliteSession session, string sql, params object[] values)
    {
        if (!Prepared.TryGetValue(sql, out var statement)) Prepared[sql] = statement = session.Prepare(sql);
        for (var i = 0; i < values.Length; i++)
        {
            _ = values[i] switch
            {
                int number => raw.sqlite3_bind_int(statement, i + 1, number),
                long number => raw.sqlite3_bind_int64(statement, i + 1, number),
                double number => raw.sqlite3_bind_double(statement, i + 1, number),
                byte[] bytes => raw.sqlite3_bind_blob(statement, i + 1, bytes),
                var text => raw.sqlite3_bind_text(statement, i + 1, (string)text),
            };
        }

        session.Check(raw.sqlite3_step(statement));
        raw.sqlite3_reset(statement);
    }

    private static string Sentence(Random random, int words)
    {
        var text = new StringBuilder();
        for (var i = 0; i < words; i++)
            text.Append(i == 0 ? "" : " ").Append(Words[Math.Min(random.Next(Words.Length), random.Next(Words.Length))]);
        return text.ToString();
    }

    private static string Date(Random random) => new DateTime(2024, 1, 1).AddSeconds(random.Next(70_000_000))
        .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
