using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Restore;

namespace Postry.Ops.Engine.Operations.Verification;

/// <summary>
/// A restore through the code of a real one, journal and all, to the place of a trial. Its records lie in a scratch folder and end with
/// it.
/// </summary>
internal sealed class TrialRestore : IAsyncDisposable
{
    private readonly OpsSettings _settings;
    private readonly LoadedBackup _backup;
    private readonly TrialTarget _trial;
    private readonly IDatabase _database;
    private readonly IOperationObserver _observer;

    /// <summary>Prepares a restore; nothing is done yet.</summary>
    /// <param name="settings">The settings, with the real backup root.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="scratch">The folder for records and journals.</param>
    /// <param name="trial">The place.</param>
    /// <param name="databases">Opens the database at an address, with these settings.</param>
    /// <param name="observer">Receives progress, details and warnings; the outcome is the caller's alone.</param>
    public TrialRestore(OpsSettings settings, LoadedBackup backup, ScratchFolder scratch, TrialTarget trial,
        Func<OpsSettings, DatabaseAddress, IDatabase> databases, IOperationObserver observer)
    {
        _settings = settings with { BackupRoot = scratch.Path };
        _backup = backup;
        _trial = trial;
        _database = databases(_settings, trial.Address);
        _observer = new TrialObserver(observer);
    }

    /// <summary>Plans and restores. Errors: those of a restore.</summary>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="beforeChange">The work between the plan, which only reads, and the restore; null for none.</param>
    public async Task<RestoreRecord> RunAsync(CancellationToken cancellation, Func<CancellationToken, Task>? beforeChange = null)
    {
        var plan = await new RestorePlanner(_settings, _database, _observer).PlanAsync(new RestoreRequest
        {
            Backup = new BackupSelector { BackupFile = _backup.Set.BackupFile },
            Target = _trial.Address,
            AllowDifferentSource = true,
            AllowUnverified = true,
            Postgres = _trial.Options,
        }, cancellation);
        if (beforeChange is not null) await beforeChange(cancellation);
        return await new RestoreOperation(_settings, _database, _observer).RunAsync(plan, cancellation);
    }

    /// <summary>Compares the restored database with the manifest: all that can be compared.</summary>
    public async Task<IReadOnlyList<Check>> CheckAsync(CancellationToken cancellation) =>
        [.. (await _database.CheckRestoredAsync(_backup, cancellation)).Select(check => check with { Name = $"{Restored}{check.Name}" })];

    /// <summary>Removes the copy of what the restore replaced.</summary>
    public async Task RemovePreviousCopyAsync(RestoreRecord record, CancellationToken cancellation)
    {
        if (record.PreviousCopy is { } copy) await _database.RemoveCopyAsync(copy, cancellation);
    }

    /// <summary>Removes every copy that restores here have kept, also of one that failed and was undone.</summary>
    public async Task RemoveCopiesAsync(CancellationToken cancellation)
    {
        foreach (var record in new RestoreRecords(_settings).All())
        foreach (var copy in new[] { record.PreviousCopy, record.UndoneCopy }.OfType<string>().Distinct())
            await _database.RemoveCopyAsync(copy, cancellation);
    }

    /// <summary>The identity of the restored database.</summary>
    public Task<RestoreTarget> LocateAsync(CancellationToken cancellation) => _database.LocateAsync(cancellation);

    /// <summary>True for a check of the restored database.</summary>
    public static bool IsOfRestored(Check check) => check.Name.StartsWith(Restored, StringComparison.Ordinal);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private const string Restored = "Restored: ";
}
