using System.Diagnostics;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>Reads a database file that the old scripts copied, just as it lies in the backups.</summary>
internal sealed class LegacySqliteReader(IOperationObserver observer) : IArtefactReader
{
    private const string Torn =
        "The old script copied the live file while others could write to it, so the copy can be inconsistent (torn). Use another " +
        "backup, or save " +
        "what can be saved with sqlite3's .recover command.";

    private const string WithoutLog =
        "The database was in WAL mode, and the old script copied it without its log: changes that were only in the log " +
        "are missing, and their number is not known.";

    private readonly SqliteArtefactReader _engine = new(observer);

    /// <inheritdoc/>
    public IReadOnlyList<Check> Unprovable => [LegacyProofs.Fingerprints];

    /// <inheritdoc/>
    public bool NeedsArtefact => true;

    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => 0;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        _engine.CheckBytesAsync(backup, cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation) =>
        LegacyProofs.Tested(await ReadAsync(backup, check: true, cancellation));

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place,
        CancellationToken cancellation) =>
        _engine.OpenTrialAsync(manifest, scratch, place, cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> ReadAsync(LoadedBackup backup, bool check, CancellationToken cancellation)
    {
        var path = backup.ArtefactPath;
        if (!File.Exists(path)) return LegacyProofs.Missing(backup);
        var checks = new List<Check>();
        if (check)
        {
            checks.AddRange(await CheckBytesAsync(backup, cancellation));
            if (checks.All(check => check.Status == CheckStatus.Passed))
                checks.Add(await Task.Run(() => Integrity(path, cancellation), cancellation));
            if (checks.Any(check => check.Status == CheckStatus.Failed)) return new ArtefactReading(backup, checks, []);
        }

        var clock = Stopwatch.StartNew();
        try
        {
            var contents = await new ContentReader(FingerprintKind.Content, _ => { }).ReadPrivateAsync(path, cancellation);
            if (check) checks.Add(Readable(contents, clock.Elapsed));
            var isWal = SqliteHeader.Read(path) is { IsWal: true };
            return new ArtefactReading(
                backup.With(backup.Manifest with
                {
                    Contents = contents,
                    Sqlite = SqliteProperties.Describe(path, new FileInfo(path).Length, isWal, []),
                }),
                checks, isWal ? [WithoutLog] : []);
        }
        catch (SqliteException e)
        {
            return new ArtefactReading(backup, [.. checks,
                new Check("Readable", CheckStatus.Failed, "every table", e.Message, Torn, clock.Elapsed)], []);
        }
    }

    /// <summary>The full check. A copy of a live file can have whole pages of different moments, which only the full one notices.</summary>
    private static Check Integrity(string path, CancellationToken cancellation)
    {
        var check = SqliteArtefactReader.TimedIntegrity(path, full: true, cancellation);
        return check.Status == CheckStatus.Failed ? check with { Detail = Torn } : check;
    }

    private static Check Readable(DatabaseContents contents, TimeSpan duration)
    {
        var unread = contents.Tables.Where(table => table.Inconclusive is not null).ToList();
        var all = $"{contents.Tables.Count} tables";
        return unread.Count == 0
            ? new Check("Readable", CheckStatus.Passed, all, $"{all}, {contents.Tables.Sum(table => table.Rows)} rows", Duration: duration)
            : new Check("Readable", CheckStatus.Inconclusive, all,
                $"without {string.Join(", ", unread.Take(5).Select(table => table.Name))}", unread[0].Inconclusive, duration);
    }
}
