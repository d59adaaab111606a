using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A recovery set goes whole, and nothing else goes with it.</summary>
public sealed class BackupRemovalTests
{
    [StockFact]
    public async Task A_set_goes_with_its_runtime_files_and_leaves_the_others()
    {
        using var fixture = new RuntimeFixture();
        var first = await fixture.BackUpAsync();
        var others = StockTools.Tree(fixture.Work.BackupRoot);
        var second = await fixture.BackUpAsync();
        var alone = await fixture.BackUpFilesAsync();

        var plan = fixture.Work.Engine.PlanRemoval(new BackupSelector { Id = second.Id });
        Assert.Equal(second.Runtime.File, plan.RuntimeFile);
        Assert.False(plan.IsLastGood);
        Assert.True(File.Exists(second.BackupFile));
        await fixture.Work.Engine.RemoveBackupAsync(plan, allowLast: true);
        await fixture.Work.Engine.RemoveBackupAsync(fixture.Work.Engine.PlanRemoval(new BackupSelector { Id = alone.Id }), allowLast: true);
        Assert.Equal(others, StockTools.Tree(fixture.Work.BackupRoot));
        Assert.Equal(first.Id, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.True(fixture.Work.Engine.PlanRemoval(new BackupSelector { Id = first.Id }).IsLastGood);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => fixture.Work.Engine.RemoveBackupAsync(plan, allowLast: true));
    }

    [StockFact]
    public async Task Of_many_sets_each_goes_that_nothing_keeps()
    {
        using var fixture = new RuntimeFixture();
        BackupSet[] sets = [await fixture.BackUpAsync(), await fixture.BackUpAsync(), await fixture.BackUpAsync()];
        var engine = fixture.Work.Engine;
        var listed = engine.ListBackups(new BackupQuery());
        RemovalPlan[] plans = [.. sets.Select(set => engine.PlanRemoval(new BackupSelector { BackupFile = set.ManifestFile }, listed))];
        await Assert.ThrowsAsync<LastBackupException>(() => engine.RemoveBackupsAsync(plans, allowLast: false, (_, _, _) => { }));
        Assert.Equal(3, engine.ListBackups(new BackupQuery()).Count);

        await engine.PinAsync(engine.PlanPin(new PinRequest { Backup = new BackupSelector { Id = sets[1].Id } }));
        var done = new List<(string Id, bool IsRemoved, string? Problem)>();
        await engine.RemoveBackupsAsync(plans, allowLast: true, (set, plan, problem) =>
            done.Add((set.Id, plan is not null, problem?.GetType().Name)));
        Assert.Equal([(sets[0].Id, true, null), (sets[1].Id, false, nameof(BackupPinnedException)), (sets[2].Id, true, null)], done);
        Assert.Equal(sets[1].Id, Assert.Single(engine.ListBackups(new BackupQuery())).Id);
        Assert.Equal([sets[1].Runtime.File], Directory.EnumerateFiles(Path.Combine(fixture.Work.BackupRoot, "runtime"), "*.gz"));
    }

    [StockFact]
    public async Task The_runtime_files_of_a_set_do_not_go_alone()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var error = Assert.Throws<InvalidRequestException>(() =>
            fixture.Work.Engine.PlanRemoval(new BackupSelector { BackupFile = set.Runtime.File }));
        Assert.Contains(set.Id, error.Hint);
        Assert.Equal(BackupStatus.Complete, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery())).Status);
    }

    [StockFact]
    public async Task A_set_that_is_reached_through_a_link_goes_whole()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        StockTools.Shell("ln -s backups \"$1/link\"", fixture.Work.Folder);
        var plan = fixture.Work.Engine
            .PlanRemoval(new BackupSelector { BackupFile = fixture.Work["link/db/" + Path.GetFileName(set.BackupFile)] });
        Assert.True(plan.IsLastGood);
        await Assert.ThrowsAsync<LastBackupException>(() => fixture.Work.Engine.RemoveBackupAsync(plan, allowLast: false));
        Assert.True(File.Exists(set.BackupFile));
        await fixture.Work.Engine.RemoveBackupAsync(plan, allowLast: true);
        Assert.False(File.Exists(set.BackupFile));
        Assert.False(File.Exists(set.Runtime.File));
    }

    [StockTheory]
    // The cases are the archive of another set, one that was made alone, and one whose manifest is lost.
    [InlineData("others", true, "names this archive as well")]
    [InlineData("alone", true, "was made alone")]
    [InlineData("alone", false, "was made alone")]
    [InlineData("orphan", false, "does not name its backup")]
    public async Task A_set_that_names_runtime_files_of_others_goes_without_them(string whose, bool signed, string why)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var other = whose == "alone" ? await fixture.BackUpFilesAsync() : await fixture.BackUpAsync();
        var archive = Path.GetFileName(other.Runtime.File!);
        if (whose == "orphan")
        {
            File.Delete(other.Runtime.File + ".manifest.json");
            File.Delete(other.ManifestFile);
        }

        Rebind(fixture, set, archive, signed);
        var before = StockTools.Tree(fixture.Work["backups/runtime"]);
        var plan = fixture.Work.Engine.PlanRemoval(new BackupSelector { BackupFile = set.BackupFile });
        Assert.Null(plan.RuntimeFile);
        Assert.Contains(why, plan.Summary);
        await fixture.Work.Engine.RemoveBackupAsync(plan, allowLast: true);
        Assert.Equal(before, StockTools.Tree(fixture.Work["backups/runtime"]));
        Assert.False(File.Exists(set.BackupFile));
    }

    [StockFact]
    public async Task A_set_stays_whole_when_one_goes_that_claims_its_runtime_files()
    {
        using var fixture = new RuntimeFixture();
        var (set, other) = (await fixture.BackUpAsync(), await fixture.BackUpAsync());
        // The id of the manifest is invented, too.
        Rebind(fixture, other, Path.GetFileName(set.Runtime.File!), signed: false, manifest => manifest with { Id = set.Id });
        await fixture.Work.Engine.RemoveBackupAsync(
            fixture.Work.Engine.PlanRemoval(new BackupSelector { BackupFile = other.BackupFile }), allowLast: true);
        Assert.Equal(BackupStatus.Complete, fixture.Work.Engine.FindBackup(new BackupSelector { Id = set.Id }).Status);
    }

    [StockFact]
    public async Task What_a_crash_leaves_of_a_copy_is_swept_without_the_runtime_files_of_the_set_itself()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var copy = Path.Combine(Path.GetDirectoryName(set.BackupFile)!, "copy-of-" + Path.GetFileName(set.BackupFile));
        File.Copy(set.BackupFile, copy);
        // The partial manifest is there as if the removal of the copy had been killed.
        File.Copy(set.ManifestFile, copy + ".manifest.json.partial");
        await fixture.BackUpAsync();
        Assert.False(File.Exists(copy));
        Assert.Equal(BackupStatus.Complete, fixture.Work.Engine.FindBackup(new BackupSelector { Id = set.Id }).Status);
    }

    /// <summary>Makes a set's manifest name another runtime archive, as somebody with or without the key could.</summary>
    private static void Rebind(RuntimeFixture fixture, BackupSet set, string archive, bool signed,
        Func<BackupManifest, BackupManifest>? change =
        null)
    {
        var keys = fixture.Work.Settings().Keys;
        var manifest = ManifestReader.Read(set.ManifestFile, keys).Manifest;
        manifest = manifest with { RuntimeArchive = manifest.RuntimeArchive! with { File = archive } };
        var bytes = SignedText.Sign((change?.Invoke(manifest) ?? manifest).ToJson(), BackupManifest.DomainOf(set.BackupFile), signed
            ? keys.All[0] : Keyring.Of("another-key-that-is-long-enough-00"u8.ToArray(), []).All[0]);
        File.WriteAllBytes(set.ManifestFile, bytes);
    }

    [StockTheory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("runtime-of-another-set")]
    public async Task A_manifest_that_nobody_signed_takes_nothing_else_along(string named)
    {
        using var fixture = new RuntimeFixture();
        var other = await fixture.BackUpAsync();
        var kept = StockTools.Tree(fixture.Work.BackupRoot);
        var set = await fixture.BackUpAsync();
        var own = new[] { set.Runtime.File!, set.Runtime.File + ".manifest.json" };
        if (named == "runtime-of-another-set") named = Path.GetFileName(other.Runtime.File)!;
        File.WriteAllText(set.ManifestFile, File.ReadAllText(set.ManifestFile)
            .Replace($"\"{Path.GetFileName(set.Runtime.File)}\"", $"\"{named}\"", StringComparison.Ordinal));

        await fixture.Work.Engine.RemoveBackupAsync(
            fixture.Work.Engine.PlanRemoval(new BackupSelector { BackupFile = set.BackupFile }), allowLast: true);
        Assert.False(File.Exists(set.BackupFile));
        foreach (var file in own) File.Delete(file);
        Assert.Equal(kept, StockTools.Tree(fixture.Work.BackupRoot));
    }

    [StockTheory]
    [InlineData("gone:db/sqlite-app-*.manifest.json")]
    public async Task Killed_on_the_way_it_is_gone_and_swept(string moment)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var pattern = Path.Combine(fixture.Work.BackupRoot, moment["gone:".Length..]);
        using var host = HostProcess.RunToEnd("remove", fixture.Work.BackupRoot, fixture.App, $"id={set.Id}", $"kill=gone:{pattern}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.DoesNotContain(fixture.Work.Engine.ListBackups(new BackupQuery()), other => other.Id == set.Id
            && other.Mode == DatabaseMode.Sqlite);
        var next = await fixture.BackUpAsync();
        Assert.Equal(next.Id, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery())).Id);
        Assert.False(File.Exists(set.BackupFile));
        Assert.False(File.Exists(set.Runtime.File));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(fixture.Work["backups/runtime"]).Count());
    }
}
