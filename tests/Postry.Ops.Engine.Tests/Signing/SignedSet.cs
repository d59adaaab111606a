using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Signing;

/// <summary>A backup and a live database, for trying what every command says of a backup that somebody has changed.</summary>
internal sealed class SignedSet : IDisposable
{
    private SignedSet(Workspace work, string target, BackupSet set)
    {
        Work = work;
        Target = target;
        Set = set;
        Manifest = File.ReadAllBytes(set.ManifestFile);
        Artefact = File.ReadAllBytes(set.BackupFile);
        TargetHash = StockTools.Hash(target);
    }

    public Workspace Work { get; }

    public BackupSet Set { get; }

    /// <summary>The live database, which nothing may touch.</summary>
    public string Target { get; }

    /// <summary>The manifest's bytes as they were signed.</summary>
    public byte[] Manifest { get; }

    /// <summary>The artefact's bytes as they were signed.</summary>
    public byte[] Artefact { get; }

    private string TargetHash { get; }

    /// <summary>Makes one.</summary>
    /// <param name="noise">Bytes in the database that do not compress.</param>
    public static async Task<SignedSet> MakeAsync(int noise = 2000)
    {
        var work = new Workspace();
        var target = work["app.db"];
        Commands.Sqlite(target,
            $"CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT, b BLOB); CREATE INDEX i ON posts(body); INSERT INTO posts SELECT " +
            $"value, 'post '||value, randomblob({noise}/100) FROM generate_series(1,100);");
        return new SignedSet(work, target, await work.BackUpAsync(target));
    }

    /// <summary>Puts a manifest in place of the signed one.</summary>
    public void WriteManifest(byte[] bytes) => File.WriteAllBytes(Set.ManifestFile, bytes);

    /// <summary>Puts bytes in place of the signed artefact.</summary>
    public void WriteArtefact(byte[] bytes) => File.WriteAllBytes(Set.BackupFile, bytes);

    /// <summary>The set as the list shows it.</summary>
    public BackupSet Listed(string? key = Workspace.Key) => Assert.Single(Work.EngineWith(key).ListBackups(new BackupQuery()));

    /// <summary>Tests the set. The evidence of a failed test is removed again: new evidence reads all that was there before, and with
    /// thousands of it each test would be slower than the last.</summary>
    public async Task<VerificationReport> TestedAsync(VerificationLevel level, string? key = Workspace.Key)
    {
        var report = await Work.EngineWith(key).TestAsync(new BackupSelector { BackupFile = Set.BackupFile }, level);
        var evidence = Path.Combine(Work.BackupRoot, "drills");
        if (Directory.Exists(evidence)) Directory.Delete(evidence, recursive: true);
        return report;
    }

    /// <summary>Asserts that a restore is refused with one of these errors, and that the target's bytes did not change.</summary>
    public async Task RefusedAsync(params string[] errorIds)
    {
        var request = new RestoreRequest { Backup = new BackupSelector { BackupFile = Set.BackupFile }, Target = new SqliteAddress(Target),
            AllowUnverified = true, AllowDifferentSource = true };
        var e = await Assert.ThrowsAnyAsync<OpsException>(async () =>
            await Work.Engine.RestoreAsync(await Work.Engine.PlanRestoreAsync(request)));
        Assert.Contains(e.ErrorId, errorIds);
        Assert.NotEmpty(e.Hint);
        AssertTargetUntouched();
    }

    public void AssertTargetUntouched()
    {
        Assert.Equal(TargetHash, StockTools.Hash(Target));
        Assert.Equal([Target], Directory.EnumerateFiles(Work.Folder).ToArray());
    }

    public void Dispose() => Work.Dispose();
}
