using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>
/// The runtime files of a repo root, backed up and restored alone, in the place of a database. The files themselves are prepared and
/// replaced by the operation (see <see cref="RuntimeSwap"/>), as where they follow a database; here the journal's step Swapped is the
/// commit point.
/// </summary>
internal sealed class RuntimeFiles(OpsSettings settings, RuntimeAddress address, IOperationObserver observer) : IDatabase
{
    /// <summary>Ending of a runtime archive's file name.</summary>
    public const string Suffix = ".tar.gz";

    private static readonly TimeSpan WaitForOtherRestore = TimeSpan.FromSeconds(5);
    private readonly string _root = address.Name;

    /// <inheritdoc/>
    public DatabaseMode Mode => DatabaseMode.Runtime;

    /// <inheritdoc/>
    public string Name => _root;

    /// <inheritdoc/>
    public DatabaseAddress Address => address;

    /// <inheritdoc/>
    public ILiveDatabase? Live => null;

    /// <inheritdoc/>
    public IRestoreParticipant? Part => null;

    /// <inheritdoc/>
    public string ArtefactSuffix => Suffix;

    /// <inheritdoc/>
    public bool TakesRuntimeFiles => false;

    /// <summary>Returns the facts of a repo root that are known before a backup.</summary>
    public static SourceFacts FactsOf(string repoRoot)
    {
        var root = Files.RealPath(repoRoot);
        return new SourceFacts(root, Path.GetFileName(root) is { Length: > 0 } name ? name : "root", 0);
    }

    /// <inheritdoc/>
    public Task<SourceFacts> DescribeAsync(CancellationToken cancellation) => Directory.Exists(_root)
        ? Task.FromResult(FactsOf(_root))
        : throw new SourceNotFoundException(_root, $"There is no folder {_root}.",
            $"Name the repo root with {OptionName.RepoRoot}.");

    /// <inheritdoc/>
    public async Task<CaptureResult> CaptureAsync(BackupRequest request, string artefactPath, CancellationToken cancellation)
    {
        var selection = request.Runtime ?? settings.Runtime;
        return await new RuntimeCapture(_root, settings, observer).RunAsync(selection, null, artefactPath, cancellation)
            ?? throw NothingFits(_root, selection);
    }

    /// <summary>The error for a backup of runtime files where there are none.</summary>
    public static SourceNotFoundException NothingFits(string root, RuntimeSelection selection) => new(root,
        $"No file below {root} matches the patterns of runtime files: {string.Join(", ", selection.Include)}.",
        $"Name the files with {OptionName.RuntimePath}, or in postry.json (runtime.include).");

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckRestoredAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        var wrong = (backup.Manifest.Runtime?.Entries ?? []).Where(entry => !IsAsArchived(entry, Path.Combine(_root, entry.Path)))
            .Select(entry => entry.Path).ToList();
        return Task.FromResult<IReadOnlyList<Check>>(
            [new Check("Files", wrong.Count == 0 ? CheckStatus.Passed : CheckStatus.Failed, "as archived", wrong.Count == 0 ? "as archived"
            : $"not as archived: {string.Join(", ", wrong.Take(5))}")]);
    }

    /// <inheritdoc/>
    public Task<RestoreTarget> LocateAsync(CancellationToken cancellation) =>
        Task.FromResult(RestoreTarget.OfRuntime(_root));

    /// <inheritdoc/>
    public Task<TargetFacts> InspectAsync(RestoreRequest request, LoadedBackup backup, RestoreTarget target, CancellationToken cancellation)
    {
        var exists = Directory.Exists(_root);
        return Task.FromResult(new TargetFacts
        {
            Exists = exists,
            Bytes = 0,
            SpaceNeeded = 2 * backup.Set.SourceBytes,
            SpaceFree = exists ? Files.FreeSpace(_root) : null,
            Problems = exists ? [] : [new SourceNotFoundException(_root, $"There is no folder {_root}.",
                "Make it first, with the owner that the application needs.")],
        });
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> LockAsync(RestoreTarget target, CancellationToken cancellation) =>
        await FileLock.AcquireAsync(target.LockFile, _root, WaitForOtherRestore, cancellation);

    /// <inheritdoc/>
    public RestoreJournal AllocateNames(RestoreJournal journal, RestoreRecord record) =>
        journal with { Previous = PreviousFiles.FolderFor(journal, settings.BackupRoot) };

    /// <inheritdoc/>
    public Task<SwapResult> SwapAsync(RestorePlan plan, LoadedBackup backup, SwapLog log, CancellationToken cancellation) =>
        Task.FromResult(Decide(log, cancellation));

    /// <inheritdoc/>
    public Task<OpsException?> FindUndoObstacleAsync(RestoreRecord record, CancellationToken cancellation) =>
        Task.FromResult<OpsException?>(null);

    /// <inheritdoc/>
    public Task<SwapResult> SwapBackAsync(RestoreRecord record, LoadedBackup? restored, LoadedBackup? safety, SwapLog log,
        CancellationToken cancellation)
    {
        log.Step(JournalStep.Staged);
        return Task.FromResult(Decide(log, cancellation));
    }

    /// <inheritdoc/>
    // The files are only touched once the step after this one is durable.
    public Task<LiveSide> FindSideAsync(RestoreJournal journal, CancellationToken cancellation) => Task.FromResult(LiveSide.Previous);

    /// <inheritdoc/>
    public DatabaseAddress? StagedAddress(RestoreJournal journal) => null;

    /// <inheritdoc/>
    public Task<string?> FindPreviousDamageAsync(RestorePlan plan, RestoreRecord record, CancellationToken cancellation) =>
        Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public RestoreStrategy StrategyOf(RestoreJournal journal) => RestoreStrategy.Files;

    /// <inheritdoc/>
    public Task SweepAsync(RestoreTarget target, CancellationToken cancellation)
    {
        foreach (var partial in Directory.EnumerateFiles(_root, Path.GetFileName(target.JournalFile) + ".*" + Files.PartialSuffix))
            Files.TryDelete(partial);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Check> CheckLiveAsync(BackupManifest manifest, CancellationToken cancellation) =>
        Task.FromResult(new Check("Repo root", Directory.Exists(_root) ? CheckStatus.Passed : CheckStatus.Failed, "a folder",
            Directory.Exists(_root) ? "a folder" : "none"));

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(CancellationToken cancellation) => Task.FromResult(Directory.Exists(_root));

    /// <inheritdoc/>
    public Task<long> RemoveCopyAsync(string copy, CancellationToken cancellation) => Task.FromResult(PreviousFiles.Remove(copy));

    /// <inheritdoc/>
    public Task<long> SizeOfCopyAsync(string copy, CancellationToken cancellation) => Task.FromResult(PreviousFiles.SizeOf(copy));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Permissions are compared where both the archive and this system know any.
    private static bool IsAsArchived(RuntimeEntry entry, string path) =>
        LiveState.Of(path) == LiveState.Of(entry, FileFacts.Of(path).ModeText is { } there ? entry.Mode ?? there : null);

    private static SwapResult Decide(SwapLog log, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        log.Step(JournalStep.Swapping);
        var kept = log.Journal.Runtime?.Kept;
        var bytes = PreviousFiles.SizeOf(kept);
        return bytes > 0 ? new SwapResult(RestoreStrategy.Files, kept, bytes, TimeSpan.Zero)
            : new SwapResult(RestoreStrategy.Files, null, null, TimeSpan.Zero);
    }
}
