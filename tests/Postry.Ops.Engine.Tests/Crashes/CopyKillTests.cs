using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A copy that is killed leaves nothing that looks like a backup before all of it is there, and the next copy sweeps and goes
/// on.</summary>
public sealed class CopyKillTests(ITestOutputHelper output) : IDisposable
{
    private const string Leases = ".leases";

    private readonly Workspace _work = new();

    public static TheoryData<int> Iterations() => KillMoments.Iterations();

    public void Dispose() => _work.Dispose();

    [StockTheory]
    [InlineData("progress:Copying", false)]
    [InlineData("progress:Reading the copy back", false)]
    [InlineData("file:NAS/.lock", false)]
    [InlineData("file:NAS/runtime/*.partial", false)]
    [InlineData("file:NAS/db/*.partial", false)]
    [InlineData("file:NAS/db/*.manifest.json.partial", false)]
    [InlineData("file:NAS/runtime/*.manifest.json.partial", false)]
    [InlineData("file:NAS/runtime/*.gz", false)]
    [InlineData("file:NAS/runtime/*.manifest.json", false)]
    [InlineData("file:NAS/db/*.gz", false)]
    [InlineData("file:NAS/db/*.manifest.json", true)]
    [InlineData("file:NAS/drills/*.json", true)]
    [InlineData("file:NAS/drills/*.md", true)]
    public async Task Killed_at_a_step(string moment, bool isThere)
    {
        var set = await MakeAsync();
        await _work.TestAsync(set.Id, VerificationLevel.Restore);
        using var host = HostProcess.RunToEnd("copy", _work.BackupRoot, _work["app.db"], $"id={set.Id}", $"to={Nas}",
            $"kill={moment.Replace("NAS", Nas, StringComparison.Ordinal)}");
        Assert.Equal(KillMoments.ExitCodeOfKill, host.WaitForEnd());
        Assert.Equal(isThere ? [BackupStatus.Complete] : [], Listed().Select(found => found.Status));
        await AssertNextCopyIsWholeAsync(set, isThere);
        Assert.All(At.ListDrills(new DrillQuery()), drill => Assert.Equal(CheckStatus.Passed, drill.Evidence));
        Assert.NotNull(Assert.Single(Listed()).ProvenAt);
    }

    [StockTheory]
    [MemberData(nameof(Iterations))]
    public async Task Killed_at_any_moment(int iteration)
    {
        var random = KillMoments.RandomFor(output, nameof(CopyKillTests), iteration);
        var set = await MakeAsync();
        using var host = HostProcess.Start("copy", _work.BackupRoot, _work["app.db"], $"id={set.Id}", $"to={Nas}");
        output.WriteLine(KillMoments.KillAfter(host, "planned", random, longestMs: 200));
        Assert.All(Listed(), found => Assert.Equal(BackupStatus.Complete, found.Status));
        await AssertNextCopyIsWholeAsync(set, Listed().Count == 1);
    }

    private string Nas => _work["nas"];

    private OpsEngine At => new(_work.Settings() with { BackupRoot = Nas }, [_work.Reporter]);

    private IReadOnlyList<BackupSet> Listed() => At.ListBackups(new BackupQuery());

    private async Task<BackupSet> MakeAsync()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(1000000)))");
        File.WriteAllText(_work[".env"], "A=1");
        return await _work.BackUpAsync(_work["app.db"]);
    }

    private async Task AssertNextCopyIsWholeAsync(BackupSet set, bool isThere)
    {
        var copy = await _work.Engine.CopyBackupAsync(new BackupSelector { Id = set.Id },
            new CopyDestination(null, Nas, CopyDestination.DefaultTimeout));
        Assert.Equal(isThere ? CopyStatus.AlreadyThere : CopyStatus.Copied, copy.Status);
        Assert.Equal(Relative(_work.BackupRoot), Relative(Nas));
        Assert.Equal(CheckStatus.Passed,
            (await At.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Contents)).Status);
        // The lease of the killed copy protects nothing any more, and the next writer sweeps it.
        await _work.Engine.RemoveBackupAsync(_work.Engine.PlanRemoval(new BackupSelector { Id = set.Id }), allowLast: true);
        Assert.Empty(StockTools.Files(Path.Combine(_work.BackupRoot, Leases)));
    }

    // The source holds the set, and the lease of the killed copy: no partial file, lock or scratch folder is left at the destination.
    private static IEnumerable<string> Relative(string root) => StockTools.Files(root)
        .Where(file => !Path.GetRelativePath(root, file).StartsWith(Leases, StringComparison.Ordinal))
        .Select(file => $"{Path.GetRelativePath(root, file)} {StockTools.Hash(file)}");
}
