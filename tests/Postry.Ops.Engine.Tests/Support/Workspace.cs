using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A temporary folder with a backup root and an engine over it; gone when disposed.</summary>
internal sealed class Workspace : IDisposable
{
    /// <summary>The key that test hosts use too.</summary>
    public const string Key = "test-key-of-32-bytes-for-children";

    /// <param name="parent">The folder to make it in; null for the system's temporary folder.</param>
    public Workspace(string? parent = null)
    {
        // The engine names databases by their real path, and some systems keep their temporary folder behind a link. The name is short,
        // because the path of a server's socket must be.
        Folder = Directory.CreateDirectory(Path.Combine(Files.RealPath(parent ?? Path.GetTempPath()), "postry-tests",
            Guid.NewGuid().ToString("N")[..12])).FullName;
        Engine = EngineWith(Key);
    }

    public string Folder { get; }

    public string BackupRoot => Path.Combine(Folder, "backups");

    public OpsEngine Engine { get; }

    public RecordingObserver Reporter { get; } = new();

    /// <summary>A path in the folder.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>An engine with other keys; null for none.</summary>
    public OpsEngine EngineWith(string? key, params string[] previous) => new(Settings(key, previous), [Reporter]);

    public OpsSettings Settings(string? key = Key, params string[] previous) => new()
    {
        RepoRoot = Folder,
        BackupRoot = BackupRoot,
        Keys = Keyring.Of(key is null ? [] : Encoding.UTF8.GetBytes(key), [.. previous.Select(Encoding.UTF8.GetBytes)]),
        LockTimeout = TimeSpan.FromSeconds(5),
    };

    public Task<BackupSet> BackUpAsync(string path, FingerprintKind fingerprint = FingerprintKind.Content, CancellationToken cancellation =
        default) =>
        Engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(path), Fingerprint = fingerprint }, cancellation);

    public async Task<RestoreRecord> RestoreAsync(string id, string target, bool allowDifferentSource = false) =>
        await Engine.RestoreAsync(await Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = id },
            Target = new SqliteAddress(target),
            AllowDifferentSource = allowDifferentSource,
        }));

    public async Task<RestoreRecord> UndoAsync(string restoreId) =>
        await Engine.UndoAsync(await Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restoreId }));

    public Task<VerificationReport> TestAsync(string id, VerificationLevel level) =>
        Engine.TestAsync(new BackupSelector { Id = id }, level);

    /// <summary>Every file below the folder, relative, in order; for asserting what is left behind. The history of backups and the
    /// evidence of tests are left out, because each attempt adds to them.</summary>
    public IReadOnlyList<string> AllFiles() => [.. StockTools.Files(Folder).Select(f => Path.GetRelativePath(Folder, f))];

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A child that is being killed may still hold something; the system cleans its temporary folder.
        }
    }
}

/// <summary>Keeps everything that the engine reports.</summary>
internal sealed class RecordingObserver : IOperationObserver
{
    private readonly Lock _gate = new();
    private readonly List<OperationEvent> _events = [];

    /// <summary>Called with each progress report, on the engine's thread.</summary>
    public Action<OperationProgress>? OnProgress { get; set; }

    public IReadOnlyList<string> VerboseMessages => [.. Of<OperationDetail>().Select(detail => detail.Message)];

    public IReadOnlyList<string> Warnings => [.. Of<OperationWarning>().Select(warning => warning.Message)];

    public IReadOnlyList<OperationProgress> ProgressReports => Of<OperationProgress>();

    /// <summary>The outcomes of the operations, in order.</summary>
    public IReadOnlyList<OperationEvent> Outcomes => [.. Of<OperationEvent>()
        .Where(happened => happened is not (OperationProgress or OperationDetail or OperationWarning))];

    /// <summary>Forgets what was reported so far.</summary>
    public void Forget()
    {
        lock (_gate) _events.Clear();
    }

    public void Report(OperationEvent happened)
    {
        lock (_gate) _events.Add(happened);
        if (happened is OperationProgress progress) OnProgress?.Invoke(progress);
    }

    private IReadOnlyList<T> Of<T>()
    {
        lock (_gate) return [.. _events.OfType<T>()];
    }
}
