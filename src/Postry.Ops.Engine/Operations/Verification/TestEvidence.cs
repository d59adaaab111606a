using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Operations.Verification;

/// <summary>The evidence of a test at level Restore, and of a test of any level that failed: what a test has found must not be forgotten.
/// A test proves less than a drill: nothing is lost before the restore, and no objective is measured.</summary>
internal sealed class TestEvidence(OpsSettings settings, IOperationObserver observer)
{
    /// <summary>Signs and writes the evidence. Returns the report with its id; without a key, or where the backup root cannot be written,
    /// the report as it was, after a warning.</summary>
    /// <param name="backup">The backup that was tested.</param>
    /// <param name="server">The server that was offered for the restore, or null.</param>
    /// <param name="report">The result of the test.</param>
    public VerificationReport Add(LoadedBackup backup, DatabaseAddress? server, VerificationReport report)
    {
        if ((report.Level != VerificationLevel.Restore && report.Status != CheckStatus.Failed)
            || backup.ReadableManifest is not { } manifest)
            return report;
        try
        {
            // Testing a backup that lies elsewhere must not make a backup root.
            if (!Directory.Exists(settings.BackupRoot))
                return report.Level != VerificationLevel.Restore ? report
                    : throw new SourceNotFoundException(settings.BackupRoot, $"There is no backup root {settings.BackupRoot}.",
                        $"Name one with {OptionName.BackupRoot}.");
            return report with { DrillId = new EvidenceFiles(settings, observer).Add(Describe(backup, manifest, server, report)).DrillId };
        }
        catch (OpsException e)
        {
            observer.Warning($"No evidence of the test was written. {Sentence.End(e.Message)} {e.Hint}".TrimEnd());
            return report;
        }
    }

    private static RestoreDrill Describe(LoadedBackup backup, BackupManifest manifest, DatabaseAddress? server, VerificationReport report)
    {
        var (set, end) = (backup.Set, DateTime.UtcNow);
        return new RestoreDrill
        {
            DrillId = BackupKeys.NewId(),
            Kind = EvidenceKind.Test,
            Status = report.Status switch
            {
                CheckStatus.Passed => DrillStatus.Passed,
                CheckStatus.Failed => DrillStatus.Failed,
                _ => DrillStatus.Inconclusive,
            },
            Database = set.Database,
            Mode = set.Mode,
            Source = set.Source,
            SourceIdentity = set.SourceIdentity,
            Backup = DrillBackup.Of(set, manifest, isFresh: false),
            Target = set.Mode switch
            {
                _ when report.Level != VerificationLevel.Restore => "nothing was restored",
                DatabaseMode.Postgres when server is not null => $"a scratch database on a server that was offered ({server.Name})",
                DatabaseMode.Postgres => "a temporary server on this machine",
                DatabaseMode.Runtime => "a new folder on this machine",
                _ => "a new file on this machine",
            },
            StartedAt = end - report.Duration,
            EndedAt = end,
            Duration = report.Duration,
            Host = Environment.MachineName,
            Software = SoftwareVersions.Of(manifest, restoredOn: null),
            Steps = [new DrillStep($"Test at level {report.Level}", report.Status, end - report.Duration, report.Duration)],
            Tables = DrillTable.Of(report.Checks.Where(TrialRestore.IsOfRestored)),
            Checks = report.Checks,
            Deviations = [.. report.Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive)
                .Select(check => $"Check \"{check.Name}\": {check.Status}. {check.Detail}".TrimEnd())],
        };
    }
}
