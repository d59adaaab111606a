using System.Security.Cryptography;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Copying;
using Postry.Ops.Engine.Tests.Legacy;
using Postry.Ops.Engine.Tests.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Copying;

/// <summary>Copies of backups: what arrives, what is refused, and what is left where something goes wrong.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    private string Nas => _work["nas"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_copy_is_a_whole_backup_root_from_which_a_bare_machine_restores()
    {
        var set = await MakeAsync();
        await _work.TestAsync(set.Id, VerificationLevel.Restore);
        var copy = await CopyAsync(set);
        Assert.Equal((CopyStatus.Copied, set.Id), (copy.Status, copy.BackupId));
        // The stock tools see the same bytes in the same files.
        foreach (var folder in new[] { "db", "runtime", "drills" })
            Assert.Equal(Sums(Path.Combine(_work.BackupRoot, folder)), Sums(Path.Combine(Nas, folder)));
        Assert.False(Path.Exists(Path.Combine(Nas, ".lock")));
        Assert.False(File.Exists(Path.Combine(Nas, "history.jsonl")));

        using var bare = new Workspace();
        Directory.Move(Nas, bare.BackupRoot);
        Directory.Delete(_work.BackupRoot, recursive: true);
        var before = Commands.Dump(App);
        File.Delete(App);
        var found = Assert.Single(bare.Engine.ListBackups(new BackupQuery()));
        Assert.Equal((set.Id, BackupStatus.Complete), (found.Id, found.Status));
        Assert.NotNull(found.ProvenAt);
        Assert.All(bare.Engine.ListDrills(new DrillQuery()), drill => Assert.Equal(CheckStatus.Passed, drill.Evidence));
        Assert.Equal(CheckStatus.Passed, (await bare.TestAsync(set.Id, VerificationLevel.Restore)).Status);
        await bare.RestoreAsync(set.Id, bare["restored.db"], allowDifferentSource: true);
        Assert.Equal(before, Commands.Dump(bare["restored.db"]));
        // Another key sees that it cannot tell.
        Assert.Equal(BackupStatus.Unverified, bare.EngineWith("another-key-that-is-long-enough-00").ListBackups(new BackupQuery())[0].Status);
    }

    [StockFact]
    public async Task What_is_there_already_is_read_and_stays()
    {
        var set = await MakeAsync();
        await CopyAsync(set);
        var before = StockTools.Tree(Nas);
        Assert.True((await _work.Engine.PlanCopyAsync(new BackupSelector { Id = set.Id }, To)).IsThere);
        Assert.Equal(CopyStatus.AlreadyThere, (await CopyAsync(set)).Status);
        Assert.Equal(before, StockTools.Tree(Nas));
        // One changed byte of what is there is found, and touched no further.
        var file = Path.Combine(Nas, "db", Path.GetFileName(set.BackupFile));
        Flip(file);
        var damaged = StockTools.Tree(Nas);
        var failed = await CopyAsync(set);
        Assert.Equal((CopyStatus.Failed, "BackupCorrupt"), (failed.Status, failed.ErrorId));
        Assert.Contains("copy that is there is damaged", failed.Problem, StringComparison.Ordinal);
        Assert.Equal(damaged, StockTools.Tree(Nas));
    }

    [StockFact]
    public async Task What_a_copy_has_lost_comes_back_and_what_is_of_another_backup_is_never_replaced()
    {
        var set = await MakeAsync();
        await CopyAsync(set);
        Directory.Delete(Path.Combine(Nas, "runtime"), recursive: true);
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set)).Status);
        Assert.Equal(BackupStatus.Complete, Assert.Single(At(Nas).ListBackups(new BackupQuery())).Status);

        var manifest = Path.Combine(Nas, "db", Path.GetFileName(set.ManifestFile));
        var signed = File.ReadAllBytes(manifest);
        File.WriteAllBytes(manifest, [.. signed[..^2], (byte)'x', .. signed[^1..]]);
        await RefusedAsync("another backup");
        File.Delete(manifest);
        await RefusedAsync("no manifest");
        // Another backup with the same id, under another name.
        File.Delete(Path.Combine(Nas, "db", Path.GetFileName(set.BackupFile)));
        File.WriteAllBytes(Path.Combine(Nas, "db", $"sqlite-other-20260101T000000Z-{set.Id}.db.gz.manifest.json"), signed);
        await RefusedAsync("another backup has the id");

        async Task RefusedAsync(string why)
        {
            var before = StockTools.Tree(Nas);
            var failed = await CopyAsync(set);
            Assert.Equal((CopyStatus.Failed, "DestinationExists"), (failed.Status, failed.ErrorId));
            Assert.Contains(why, failed.Problem, StringComparison.Ordinal);
            Assert.Equal(before, StockTools.Tree(Nas));
        }
    }

    [StockFact]
    public async Task A_damaged_backup_is_not_copied()
    {
        var set = await MakeAsync();
        Flip(set.BackupFile);
        var failed = await CopyAsync(set);
        Assert.Equal((CopyStatus.Failed, "BackupCorrupt"), (failed.Status, failed.ErrorId));
        Assert.Empty(StockTools.Files(Nas));
        File.Delete(set.Runtime.File!);
        Assert.Contains("runtime archive is missing", (await CopyAsync(set)).Problem, StringComparison.Ordinal);
        File.AppendAllText(set.ManifestFile, " ");
        Assert.Equal("ManifestInvalid", (await CopyAsync(set)).ErrorId);
        Assert.Empty(StockTools.Files(Nas));
    }

    [StockFact]
    public async Task A_backup_that_is_removed_meanwhile_leaves_nothing_or_arrives_whole()
    {
        var set = await MakeAsync();
        _work.Reporter.OnProgress = progress =>
        {
            if (progress.Step != "Copying" || !File.Exists(set.ManifestFile)) return;
            Directory.Delete(_work.BackupRoot, recursive: true);
        };
        var copy = await CopyAsync(set);
        Assert.Equal((CopyStatus.Failed, "SourceNotFound"), (copy.Status, copy.ErrorId));
        Assert.Empty(StockTools.Files(Nas));
    }

    [StockFact]
    public async Task A_bad_disk_is_noticed_before_anything_can_be_seen_there()
    {
        var set = await MakeAsync();
        _work.Reporter.OnProgress = progress =>
        {
            if (progress.Step != "Reading the copy back") return;
            _work.Reporter.OnProgress = null;
            Flip(Assert.Single(Directory.GetFiles(Path.Combine(Nas, "db"), "*.partial")));
        };
        var copy = await CopyAsync(set);
        Assert.Equal((CopyStatus.Failed, "BackupCorrupt"), (copy.Status, copy.ErrorId));
        Assert.Contains("read back", copy.Problem, StringComparison.Ordinal);
        Assert.Empty(StockTools.Files(Nas));
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set)).Status);
    }

    [StockFact]
    public async Task A_cancelled_copy_leaves_nothing()
    {
        var set = await MakeAsync();
        using var stop = new CancellationTokenSource();
        _work.Reporter.OnProgress = _ => stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            _work.Engine.CopyBackupAsync(new BackupSelector { Id = set.Id }, To, stop.Token));
        Assert.Empty(StockTools.Files(Nas));
        Assert.Contains("\"errorId\":\"Interrupted\"", File.ReadAllText(Path.Combine(_work.BackupRoot, "history.jsonl")),
            StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_folder_that_is_the_backup_root_is_refused_by_every_name()
    {
        var set = await MakeAsync();
        Directory.CreateSymbolicLink(_work["link"], _work.BackupRoot);
        foreach (var name in new[] { "backups", "backups/inner", "link", "link/inner" })
            await Assert.ThrowsAsync<InvalidRequestException>(() =>
                _work.Engine.CopyBackupAsync(new BackupSelector { Id = set.Id }, Folder(_work[name])));
        Directory.CreateDirectory(_work["real"]);
        Directory.CreateSymbolicLink(Nas, _work["real"]);
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set)).Status);
        Assert.Single(At(_work["real"]).ListBackups(new BackupQuery()));
    }

    [SmallDiskFact]
    public async Task A_disk_that_is_too_small_or_read_only_gets_nothing()
    {
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(2000000)))");
        var set = await _work.BackUpAsync(App);
        using var disk = new SmallDisk(1);
        var failed = await CopyAsync(set, disk.Folder);
        Assert.Equal((CopyStatus.Failed, "NotEnoughSpace"), (failed.Status, failed.ErrorId));
        Assert.Empty(StockTools.Files(disk.Folder));

        using var larger = new SmallDisk(4);
        // The room goes when the copy has begun.
        _work.Reporter.OnProgress = progress =>
        {
            if (progress.Step != "Copying" || progress.Done == progress.Total) return;
            _work.Reporter.OnProgress = null;
            larger.FillBut(100_000);
        };
        failed = await CopyAsync(set, larger.Folder);
        Assert.Equal((CopyStatus.Failed, "NotEnoughSpace"), (failed.Status, failed.ErrorId));
        Assert.Equal("filler", Path.GetFileName(Assert.Single(StockTools.Files(larger.Folder))));
        File.Delete(Path.Combine(larger.Folder, "filler"));
        Assert.Equal(0, Commands.Run("mount", ["-o", "remount,ro", larger.Folder]).ExitCode);
        failed = await CopyAsync(set, larger.Folder);
        Assert.Equal((CopyStatus.Failed, "AccessDenied"), (failed.Status, failed.ErrorId));
        Assert.Equal(0, Commands.Run("mount", ["-o", "remount,rw", larger.Folder]).ExitCode);
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set, larger.Folder)).Status);
    }

    [StockFact]
    public async Task Two_copies_at_once_end_with_one_of_them_there_already()
    {
        var set = await MakeAsync();
        var copies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CopyAsync(set)));
        Assert.Equal([CopyStatus.Copied, CopyStatus.AlreadyThere, CopyStatus.AlreadyThere, CopyStatus.AlreadyThere],
            copies.Select(copy => copy.Status).Order());
        Assert.Equal(BackupStatus.Complete, Assert.Single(At(Nas).ListBackups(new BackupQuery())).Status);
    }

    [StockFact]
    public async Task A_backup_of_the_old_scripts_is_copied_with_its_metadata()
    {
        LegacyFiles.Sqlite(_work, "CREATE TABLE t (a); INSERT INTO t VALUES (7)");
        var set = LegacyFiles.Only(_work);
        Assert.Equal(CopyStatus.Copied, (await CopyAsync(set)).Status);
        var copy = Assert.Single(At(Nas).ListBackups(new BackupQuery()));
        Assert.Equal((set.Id, BackupStatus.Complete, true), (copy.Id, copy.Status, copy.Legacy));
        Assert.Equal(Sums(Path.Combine(_work.BackupRoot, "db")), Sums(Path.Combine(Nas, "db")));
        Assert.Equal(CopyStatus.AlreadyThere, (await CopyAsync(set)).Status);
    }

    [StockFact]
    public async Task Without_the_key_a_backup_is_copied_as_it_is()
    {
        var set = await MakeAsync();
        var copy = await _work.EngineWith(null).CopyBackupAsync(new BackupSelector { Id = set.Id }, To);
        Assert.Equal(CopyStatus.Copied, copy.Status);
        Assert.Contains(_work.Reporter.Warnings, warning => warning.Contains("could not be checked", StringComparison.Ordinal));
        Assert.Equal(BackupStatus.Complete, Assert.Single(At(Nas).ListBackups(new BackupQuery())).Status);
    }

    [StockFact]
    public async Task A_store_that_is_no_folder_gets_the_same_set()
    {
        var set = await MakeAsync();
        var store = new MemoryBackupStore(_work["memory"]);
        var keys = _work.Settings().Keys;
        var copy = new SetCopy(new BackupCatalog(_work.Settings()).Load(set.ManifestFile),
            SetPart.Of(new BackupCatalog(_work.Settings()).Load(set.ManifestFile), keys), SilentObserver.Instance, () => { });
        using var writer = await store.OpenForWritingAsync(default);
        var missing = copy.FindMissing(store);
        Assert.Equal(2, missing.Count);
        await copy.CopyAsync(missing, writer, default);
        Assert.Empty(copy.FindMissing(store));
        await copy.CheckAsync(copy.Except([]), store, default);
        Assert.Equal(BackupStatus.Complete, ManifestReader.Read(store, copy.Key + ".manifest.json", keys).Set.Status);
    }

    [Fact]
    public async Task Work_that_stands_still_is_given_up_and_work_that_goes_on_is_not()
    {
        var guard = new StallGuard(TimeSpan.FromMilliseconds(200));
        using var never = new ManualResetEventSlim();
        await Assert.ThrowsAsync<TimeoutException>(() => guard.RunAsync(_ =>
        {
            // As a share that does not answer: neither the token nor anything else ends it.
            never.Wait(CancellationToken.None);
            return Task.FromResult(1);
        }, () => new TimeoutException(), default));
        never.Set();
        Assert.Equal(20, await guard.RunAsync(async stop =>
        {
            var i = 0;
            for (; i < 20; i++)
            {
                await Task.Delay(20, stop);
                guard.Alive();
            }

            return i;
        }, () => new TimeoutException(), default));
    }

    private CopyDestination To => Folder(Nas);

    private static CopyDestination Folder(string path) => new(null, path, CopyDestination.DefaultTimeout);

    private async Task<BackupSet> MakeAsync()
    {
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(100000))), (2)");
        File.WriteAllText(_work[".env"], "A=1");
        return await _work.BackUpAsync(App);
    }

    private Task<BackupCopy> CopyAsync(BackupSet set, string? folder = null) =>
        _work.Engine.CopyBackupAsync(new BackupSelector { BackupFile = set.ManifestFile }, Folder(folder ?? Nas));

    private OpsEngine At(string root) => new(_work.Settings() with { BackupRoot = root }, [_work.Reporter]);

    private static string Sums(string folder) => Commands.Run("bash", ["-c", $"cd '{folder}' && find . -type f ! -name .lock | LC_ALL=C sort | xargs sha256sum"])
        is { ExitCode: 0 } run ? run.Output : throw new InvalidOperationException(folder);

    private static void Flip(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = file.Length / 2;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ RandomNumberGenerator.GetInt32(1, 256)));
    }
}
