using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Retention;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A prune that is killed leaves nothing that looks like a backup and is none; the next one finishes it, and what it keeps still
/// restores.</summary>
public sealed class PruneKillTests(ITestOutputHelper output) : IDisposable
{
    private readonly Workspace _work = new();

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockTheory]
    [InlineData("file:", ".lock", true)]
    [InlineData("file:", "db/*-ID.db.gz.manifest.json.partial", false)]
    [InlineData("gone:", "runtime/*-ID.tar.gz", false)]
    [InlineData("gone:", "runtime/*-ID.tar.gz.manifest.json", false)]
    [InlineData("gone:", "db/*-ID.db.gz.pin.json", false)]
    [InlineData("gone:", "db/*-ID.db.gz", false)]
    [InlineData("gone:", "db/*-ID.db.gz.manifest.json.partial", false)]
    public async Task Killed_at_a_step_of_a_removal(string moment, string pattern, bool isListed)
    {
        var (kept, removed) = await MakeAsync();
        var victim = removed[^1].Id;
        using var host = HostProcess.RunToEnd("prune", _work.BackupRoot, App,
            $"kill={moment}{_work.BackupRoot}/{pattern.Replace("ID", victim, StringComparison.Ordinal)}");
        Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join('\n', host.Lines) + host.Errors);
        Assert.Equal(isListed, _work.Engine.ListBackups(new BackupQuery()).Any(set => set.Id == victim));
        await AssertFinishedAsync(kept);
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(PruneKillTests), iteration);
        var (kept, _) = await MakeAsync();
        using var host = HostProcess.Start("prune", _work.BackupRoot, App);
        output.WriteLine(KillMoments.KillAfter(host, "planned", random, longestMs: 150));
        await AssertFinishedAsync(kept);
    }

    /// <summary>Makes backups with runtime files: of those that are kept one is pinned, and of the others the oldest has a pin that has
    /// ended.</summary>
    private async Task<(IReadOnlyList<BackupSet> Kept, IReadOnlyList<BackupSet> Removed)> MakeAsync()
    {
        File.WriteAllText(_work[".env"], "A=1");
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        var oldest = await _work.BackUpAsync(App);
        EndedPin.Put(_work, oldest);
        var pinned = await _work.BackUpAsync(App);
        await _work.Engine.PinAsync(_work.Engine.PlanPin(new PinRequest { Backup = new BackupSelector { Id = pinned.Id } }));
        var older = await _work.BackUpAsync(App);
        var newest = await _work.BackUpAsync(App);
        return ([newest, pinned], [older, oldest]);
    }

    private async Task AssertFinishedAsync(IReadOnlyList<BackupSet> kept)
    {
        var listed = _work.Engine.ListBackups(new BackupQuery());
        Assert.Subset(listed.Select(set => set.Id).ToHashSet(), kept.Select(set => set.Id).ToHashSet());
        foreach (var set in listed)
            Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(set.Id, VerificationLevel.Contents)).Status);

        var report = await _work.Engine.PruneAsync(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        Assert.All(report.Sets, set => Assert.Equal(set.Action == RetentionAction.Remove, set.IsRemoved));
        Assert.Equal(kept.Select(set => set.Id), _work.Engine.ListBackups(new BackupQuery()).Select(set => set.Id));
        Assert.Equal([.. kept.SelectMany(Files).Append(App).Append(_work[".env"]).Order(StringComparer.Ordinal)],
            _work.AllFiles().Select(file => _work[file]).Order(StringComparer.Ordinal));
        foreach (var set in kept) Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
    }

    private static IEnumerable<string> Files(BackupSet set)
    {
        yield return set.BackupFile;
        yield return set.ManifestFile;
        yield return set.Runtime.File!;
        yield return set.Runtime.File + ".manifest.json";
        if (File.Exists(BackupPins.KeyOf(set.BackupFile))) yield return BackupPins.KeyOf(set.BackupFile);
    }
}
