using System.Diagnostics;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Verification;

/// <summary>Tests a backup level by level. A bad backup is a report that says so; only what keeps the test itself from being made is an
/// error.</summary>
internal sealed class VerificationOperation(OpsSettings settings, Func<OpsSettings, DatabaseAddress, IDatabase> databases,
    IOperationObserver observer)
{
    /// <summary>A server that the caller offers for a trial restore, or null.</summary>
    internal DatabaseAddress? TrialServer { get; init; }

    /// <summary>Receives the result before it is reported, and returns it with the evidence of the test; null where the test is a part of
    /// something else.</summary>
    internal Func<VerificationReport, VerificationReport>? Evidence { get; init; }

    /// <summary>Tests a set.</summary>
    public async Task<VerificationReport> RunAsync(LoadedBackup backup, VerificationLevel level, CancellationToken cancellation)
    {
        try
        {
            var report = await TestAsync(backup, level, cancellation);
            if (Evidence is not null) report = Evidence(report);
            observer.Report(new TestCompleted(report));
            return report;
        }
        catch (Exception e)
        {
            observer.Report(new TestAborted(backup.Set, OperationNet.Explain(e, TrialServer)));
            throw;
        }
    }

    private async Task<VerificationReport> TestAsync(LoadedBackup backup, VerificationLevel level, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var set = backup.Set;
        var checks = new List<Check> { Signature(backup) };
        // A bad signature or bad bytes leave nothing to be said of what depends on them.
        if (backup.ReadableManifest is { } manifest && checks[0].Status != CheckStatus.Failed)
        {
            if (manifest.Plausibility is { IsSuspicious: true } doubts) checks.Add(doubts.ToCheck());
            checks.AddRange(await CheckArtefactAsync(backup, level, cancellation));
        }

        if (set.Mode != DatabaseMode.Runtime && set.Runtime.File is { } archive)
            checks.AddRange(await RuntimeAsync(archive, backup.ReadableManifest, level, cancellation));
        return new VerificationReport(backup.ReadableManifest?.Id, set.BackupFile, level, Check.Worst(checks), checks, clock.Elapsed)
        {
            Database = backup.ReadableManifest is null ? null : set.Database,
            Scope = set.Scope,
            NotHeld = set.NotHeld,
            Runtime = set.Runtime.Absent ?? (set.Legacy ? "files that were not counted" : $"{set.Runtime}"),
        };
    }

    /// <summary>The runtime files of a set, by their own signed manifest and by what the set's says of them.</summary>
    private async Task<IEnumerable<Check>> RuntimeAsync(string archive, BackupManifest? set, VerificationLevel level,
        CancellationToken cancellation)
    {
        var path = archive + BackupKeys.ManifestSuffix;
        if (!File.Exists(path))
            return [new Check("Runtime: Signature", CheckStatus.Failed, "a signed manifest", "no file", $"{path} is missing.")];
        var backup = ManifestReader.Read(path, settings.Keys);
        var checks = new List<Check> { Signature(backup) };
        if (backup.ReadableManifest is { } manifest && checks[0].Status != CheckStatus.Failed)
        {
            var bound = set?.RuntimeArchive?.Sha256;
            checks.Add(new Check("Bound to the set", manifest.Artefact.Sha256 == bound ? CheckStatus.Passed : CheckStatus.Failed, bound,
                manifest.Artefact.Sha256));
            checks.AddRange(await CheckArtefactAsync(backup, level, cancellation));
        }

        return checks.Select(check => check with { Name = $"Runtime: {check.Name}" });
    }

    private async Task<IReadOnlyList<Check>> CheckArtefactAsync(LoadedBackup backup, VerificationLevel level,
        CancellationToken cancellation)
    {
        if (level == VerificationLevel.Signature) return [];
        if (!StoredArtefact.Exists(backup.ArtefactPath))
            return [new Check("Size", CheckStatus.Failed, $"{backup.Manifest.Artefact.Bytes} bytes", "no file",
                "The artefact is missing.")];
        var reader = ArtefactReaders.For(backup.Manifest, observer);
        if (level == VerificationLevel.Artefact)
            return await reader.CheckBytesAsync(backup, cancellation);
        var clock = Stopwatch.StartNew();
        try
        {
            return await CheckUnpackedAsync(backup, reader, level, cancellation);
        }
        catch (Exception e) when (TrialVerdict.FindLocalLack(e) is { } lack)
        {
            return [TrialVerdict.Inconclusive("Contents", lack, clock.Elapsed)];
        }
    }

    private async Task<IReadOnlyList<Check>> CheckUnpackedAsync(LoadedBackup backup, IArtefactReader reader,
        VerificationLevel level, CancellationToken cancellation)
    {
        using var scratch = ScratchFolder.Create(settings.BackupRoot);
        RequireSpace(level == VerificationLevel.Restore ? backup.Manifest.Source.Bytes : reader.ScratchBytes(backup.Manifest),
            scratch.Path, level);
        var read = await reader.CheckContentsAsync(backup, scratch, cancellation);
        if (level == VerificationLevel.Contents || read.Failed is not null) return read.Checks;
        return [.. read.Checks, .. await RestoreAsync(read.Backup, reader, scratch, cancellation)];
    }

    /// <summary>A real restore, journal and all, to a place of its own; then the contents once more, as they lie there.</summary>
    private async Task<IReadOnlyList<Check>> RestoreAsync(LoadedBackup backup, IArtefactReader reader, ScratchFolder scratch,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        TrialTarget? trial = null;
        try
        {
            trial = await reader.OpenTrialAsync(backup.Manifest, scratch, new TrialPlace(TrialServer), cancellation);
            return await TryRestoreAsync(backup, scratch, trial, clock, cancellation);
        }
        catch (Exception e) when (TrialVerdict.Of(e, trial, clock.Elapsed) is { } verdict)
        {
            return [verdict];
        }
        finally
        {
            if (trial is not null) await trial.DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<Check>> TryRestoreAsync(
        LoadedBackup backup, ScratchFolder scratch, TrialTarget trial, Stopwatch clock, CancellationToken cancellation)
    {
        await using var restore = new TrialRestore(settings, backup, scratch, trial, databases, observer);
        var record = await restore.RunAsync(cancellation);
        var restored = await restore.CheckAsync(cancellation);
        return
        [
            record.Status == RestoreStatus.Committed
                ? new Check("Restores", CheckStatus.Passed, "committed", "committed", Duration: clock.Elapsed)
                : new Check("Restores", CheckStatus.Inconclusive, "committed", record.Status.ToString(), record.Detail, clock.Elapsed),
            .. restored,
        ];
    }

    private static void RequireSpace(long needed, string folder, VerificationLevel level)
    {
        var free = Files.FreeSpace(folder);
        if (free < needed)
            throw new NotEnoughSpaceException(folder,
                Invariant($"The test at level {level} unpacks {needed:N0} bytes, and {free:N0} are free below {folder}."),
                $"Free space there, or set {EnvironmentVariables.TemporaryFolder}.");
    }

    private Check Signature(LoadedBackup backup)
    {
        const string name = "Signature";
        var (verdict, keyId) = backup.Signature;
        var expected = keyId is null ? null : $"key {keyId}";
        if (backup.ReadableManifest is null && verdict is SignatureVerdict.Valid or SignatureVerdict.Malformed)
            return new Check(name, CheckStatus.Failed, expected, "no valid manifest", backup.Set.StatusDetail);
        return verdict switch
        {
            SignatureVerdict.Valid => new Check(name, CheckStatus.Passed, expected, expected),
            SignatureVerdict.Mismatch => new Check(name, CheckStatus.Failed, expected, "other bytes",
                "The manifest was changed after it was signed."),
            SignatureVerdict.WrongKey when backup.Set.Legacy =>
                new Check(name, CheckStatus.Inconclusive, "made by a known key",
                $"known keys: {string.Join(", ", settings.Keys.All.Select(k => k.Id).Take(5))}",
                "WrongKey: no known key matches. It was made with another key, or the backup was changed since: the old scripts' " +
                "metadata " +
                    "does not name its key, so the two cannot be distinguished."),
            SignatureVerdict.WrongKey => new Check(name, CheckStatus.Inconclusive, expected,
                $"known keys: {string.Join(", ", settings.Keys.All.Select(k => k.Id).Take(5))}",
                $"WrongKey: add the key {keyId} to {EnvironmentVariables.PreviousIntegrityKeys} to check it."),
            SignatureVerdict.NoKey => new Check(name, CheckStatus.Inconclusive, expected, "no key",
                $"IntegrityKeyMissing: {EnvironmentVariables.IntegrityKey} is not set."),
            _ => new Check(name, CheckStatus.Failed, expected, "no signature", backup.Set.StatusDetail),
        };
    }
}
