using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A small product in a folder: a database, env files, compose files and scripts, as the backup finds them.</summary>
internal sealed class RuntimeFixture : IDisposable
{
    public RuntimeFixture()
    {
        Commands.Sqlite(App, "CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts VALUES (1, 'from the backup');");
        Write(".env", "DATABASE_URL=sqlite:///app.db\nMAINTENANCE_MODE=false\nSMTP_HOST=mail.old\nAPI_TOKEN=s3cret-old\n");
        Write("backend/.env", "WORKERS=2\n");
        Write("docker-compose.yml", "services: {}\n");
        Write("scripts/deploy.sh", "#!/bin/sh\necho old\n");
        StockTools.Shell(
            "chmod 750 \"$1/scripts/deploy.sh\"; chmod 600 \"$1/.env\"; ln -s deploy.sh \"$1/scripts/latest\"; mkdir \"$1/scripts/hooks\"",
            Work.Folder);
    }

    public Workspace Work { get; } = new();

    public string App => Work["app.db"];

    public RuntimeAddress Root => new(Work.Folder);

    /// <summary>Writes a file below the root, with its folders.</summary>
    public string Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Work[path])!);
        File.WriteAllText(Work[path], text);
        return Work[path];
    }

    public string Read(string path) => File.ReadAllText(Work[path]);

    /// <summary>Makes the changes that an operator makes after the backup and then regrets.</summary>
    public void ChangeAfterBackup()
    {
        Commands.Sqlite(App, "UPDATE posts SET body = 'written later'; INSERT INTO posts VALUES (2, 'new');");
        Write(".env", "DATABASE_URL=sqlite:///other.db\nMAINTENANCE_MODE=true\nSMTP_HOST=mail.new\nAPI_TOKEN=s3cret-new\nEXTRA=1\n");
        Write("scripts/deploy.sh", "#!/bin/sh\necho new\n");
        File.Delete(Work["backend/.env"]);
        File.Delete(Work["scripts/latest"]);
        StockTools.Shell("ln -s nowhere \"$1/scripts/latest\"; rmdir \"$1/scripts/hooks\"", Work.Folder);
    }

    public Task<BackupSet> BackUpAsync() => Work.BackUpAsync(App);

    public Task<RestorePlan> PlanAsync(string id, bool withRuntime = true) => Work.Engine.PlanRestoreAsync(new RestoreRequest
    {
        Backup = new BackupSelector { Id = id },
        Target = new SqliteAddress(App),
        WithRuntime = withRuntime,
    });

    public async Task<RestoreRecord> RestoreAsync(string id, bool withRuntime = true) =>
        await Work.Engine.RestoreAsync(await PlanAsync(id, withRuntime));

    public Task<RestorePlan> PlanFilesAsync(string id, bool allowUnverified = false, OpsEngine? engine = null) =>
        (engine ?? Work.Engine).PlanRestoreAsync(new RestoreRequest
    {
        Backup = new BackupSelector { Id = id },
        Target = Root,
        AllowUnverified = allowUnverified,
    });

    public async Task<RestoreRecord> RestoreFilesAsync(string id) => await Work.Engine.RestoreAsync(await PlanFilesAsync(id));

    /// <summary>The files outside the backup root as stock tools see them: kind, permissions, where a link leads, and the bytes' hash.
    /// Locks and journals come and go.</summary>
    public string FilesNow() => Facts(Work.Folder);

    /// <summary>The rows of the database.</summary>
    public string RowsNow() => Commands.Sqlite(App, "SELECT id, body FROM posts ORDER BY id;");

    /// <summary>The state of the product: its rows and its files.</summary>
    public string Now() => $"{RowsNow()}\n{FilesNow()}";

    /// <summary>Replaces what an archive holds by other bytes and signs it all anew, as somebody with the key could.</summary>
    public BackupSet Forge(BackupSet set, byte[] archive, Func<BackupManifest, BackupManifest> change)
    {
        File.WriteAllBytes(set.BackupFile, archive);
        var key = Work.Settings().Keys.All[0];
        var manifest = ManifestReader.Read(set.ManifestFile, Work.Settings().Keys).Manifest;
        manifest = change(manifest with { Artefact =
            manifest.Artefact with { Bytes = archive.Length, Sha256 = StockTools.Hash(set.BackupFile) } });
        File.WriteAllBytes(set.ManifestFile, SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(set.BackupFile), key));
        return Work.Engine.FindBackup(new BackupSelector { BackupFile = set.BackupFile });
    }

    public Task<BackupSet> BackUpFilesAsync(RuntimeSelection? selection = null) =>
        Work.Engine.BackUpAsync(new BackupRequest { Source = Root, Runtime = selection });

    public static string Facts(string folder) => StockTools.Shell(
        """
        cd "$1"
        find . -path ./backups -prune -o -name '*.postry-lock' -prune -o -name '*.postry-journal.json*' -prune -o -name 'app.db*' -prune -o -mindepth 1 -printf '%p %y %m %l\n' | LC_ALL=C sort
        find . -path ./backups -prune -o -name '*.postry-lock' -prune -o -name '*.postry-journal.json*' -prune -o -name 'app.db*' -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
        """, folder);

    public void Dispose() => Work.Dispose();
}
