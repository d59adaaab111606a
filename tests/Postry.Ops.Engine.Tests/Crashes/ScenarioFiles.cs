// Another project that compiles this file has a namespace of the name Commands.
using Stock = Postry.Ops.Engine.Tests.Support.Commands;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>The files of each scenario, made once and copied for every test: what the backup holds, and what is live when the restore
/// begins.</summary>
internal static class ScenarioFiles
{
    private const string Rows = """
        CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT NOT NULL);
        CREATE INDEX posts_by_body ON posts(substr(body, 1, 20));
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
        INSERT INTO posts SELECT i, 'post ' || i || ' ' || hex(zeroblob(400 + i % 200)) FROM c;
        """;

    private const string Work = """
        UPDATE posts SET body = 'changed ' || body WHERE id % 3 = 0;
        DELETE FROM posts WHERE id % 50 = 7;
        INSERT INTO posts SELECT id + 100000, 'later ' || body FROM posts WHERE id % 10 = 1;
        """;

    // Leaves the first page out of the log, which would heal a destroyed header.
    private const string LastWork = "UPDATE posts SET body = 'CHANGED' || substr(body, 8) WHERE id = 9;";

    private static readonly string Folder = MakeFolder();

    private static readonly Dictionary<Scenario, Lazy<(string Backup, string Live)>> Made =
        Enum.GetValues<Scenario>().ToDictionary(scenario => scenario, scenario => new Lazy<(string, string)>(() => Make(scenario)));

    /// <summary>Puts the database that is to be backed up at a path.</summary>
    public static void PlaceBackupState(Scenario scenario, string path) => Place(Made[scenario].Value.Backup, path);

    /// <summary>Puts what is live when the restore begins at a path.</summary>
    public static void PlaceLiveState(Scenario scenario, string path) => Place(Made[scenario].Value.Live, path);

    private static void Place(string template, string path)
    {
        foreach (var old in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*")) File.Delete(old);
        foreach (var file in Directory.GetFiles(Folder, Path.GetFileName(template) + "*")) File.Copy(file, path + file[template.Length..]);
    }

    private static (string Backup, string Live) Make(Scenario scenario)
    {
        var (backup, live) = (Path.Combine(Folder, $"{scenario}-backup.db"), Path.Combine(Folder, $"{scenario}-live.db"));
        var mode = scenario == Scenario.Rollback ? "delete" : "wal";
        Stock.Sqlite(backup,
            $"PRAGMA page_size={(scenario == Scenario.OtherPageSize ? 1024 : 4096)}; PRAGMA journal_mode={mode}; {Rows}");
        Stock.Sqlite(live, $"PRAGMA page_size=4096; PRAGMA journal_mode={mode}; {Rows}");
        // The log stays behind, as it does where an application is killed.
        if (scenario == Scenario.Destroyed) Stock.Sqlite(live, Work);
        Stock.Sqlite(live,
            $".dbconfig no_ckpt_on_close on\nPRAGMA wal_autocheckpoint=0; {(scenario == Scenario.Destroyed ? LastWork : Work)}");
        File.Delete(live + "-shm");
        Assert.Equal(mode == "wal", File.Exists(live + "-wal"));
        if (scenario == Scenario.New) File.Delete(live);
        if (scenario == Scenario.Destroyed)
        {
            using var file = File.OpenWrite(live);
            file.Write(Enumerable.Repeat((byte)0xA5, 100).ToArray());
        }

        return (backup, live);
    }

    private static string MakeFolder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "postry-tests", $"scenarios-{Guid.NewGuid():N}")).FullName;
        // The tests' temporary folder may be gone already.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        };
        return folder;
    }
}
