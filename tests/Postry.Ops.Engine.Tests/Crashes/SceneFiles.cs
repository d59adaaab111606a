using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>The files of each scene, made once and copied for every test: what the backup holds, and what is live when the restore
/// begins.</summary>
internal static class SceneFiles
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

    private static readonly Dictionary<Scene, Lazy<(string Backup, string Live)>> Made =
        Enum.GetValues<Scene>().ToDictionary(scene => scene, scene => new Lazy<(string, string)>(() => Make(scene)));

    /// <summary>Puts the database that is to be backed up at a path.</summary>
    public static void PlaceBackupState(Scene scene, string path) => Place(Made[scene].Value.Backup, path);

    /// <summary>Puts what is live when the restore begins at a path.</summary>
    public static void PlaceLiveState(Scene scene, string path) => Place(Made[scene].Value.Live, path);

    private static void Place(string template, string path)
    {
        foreach (var old in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*")) File.Delete(old);
        foreach (var file in Directory.GetFiles(Folder, Path.GetFileName(template) + "*")) File.Copy(file, path + file[template.Length..]);
    }

    private static (string Backup, string Live) Make(Scene scene)
    {
        var (backup, live) = (Path.Combine(Folder, $"{scene}-backup.db"), Path.Combine(Folder, $"{scene}-live.db"));
        var mode = scene == Scene.Rollback ? "delete" : "wal";
        Commands.Sqlite(backup, $"PRAGMA page_size={(scene == Scene.OtherPageSize ? 1024 : 4096)}; PRAGMA journal_mode={mode}; {Rows}");
        Commands.Sqlite(live, $"PRAGMA page_size=4096; PRAGMA journal_mode={mode}; {Rows}");
        // The log stays behind, as it does where an application is killed.
        if (scene == Scene.Destroyed) Commands.Sqlite(live, Work);
        Commands.Sqlite(live,
            $".dbconfig no_ckpt_on_close on\nPRAGMA wal_autocheckpoint=0; {(scene == Scene.Destroyed ? LastWork : Work)}");
        File.Delete(live + "-shm");
        Assert.Equal(mode == "wal", File.Exists(live + "-wal"));
        if (scene == Scene.New) File.Delete(live);
        if (scene == Scene.Destroyed)
        {
            using var file = File.OpenWrite(live);
            file.Write(Enumerable.Repeat((byte)0xA5, 100).ToArray());
        }

        return (backup, live);
    }

    private static string MakeFolder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "postry-tests", $"scenes-{Guid.NewGuid():N}")).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
