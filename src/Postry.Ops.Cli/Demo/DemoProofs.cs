using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Demo;

/// <summary>
/// Shows in two ways that a restored database holds what the backup held: by the engine's fingerprints, and by plain SQL without the
/// engine.
/// </summary>
internal sealed class DemoProofs(Session session, SampleProcesses sample, DemoFolder folder, DemoReport report)
{
    /// <summary>Adds the proofs to the report.</summary>
    public async Task GatherAsync()
    {
        await ByFingerprintAsync(report.Backup!);
        await WithoutTheEngineAsync(report.Backup!);
    }

    private async Task ByFingerprintAsync(BackupSet backup)
    {
        var after = report.After = await session.Engine.CompareAsync(
            new BackupSelector { Id = backup.Id }, new SqliteAddress(folder.Database), session.Cancellation);
        foreach (var table in backup.Tables)
        {
            var found = after.Tables.SingleOrDefault(compared => compared.Name == table.Name);
            report.Proofs.Add(new Proof($"Fingerprint of {table.Name}", nameof(TableDifference.Equal), $"{found?.Difference}"));
        }

        report.Proofs.Add(new Proof("Contents and schema as a whole", nameof(TableDifference.Equal), after.Status.ToString()));
    }

    private async Task WithoutTheEngineAsync(BackupSet backup)
    {
        await sample.UnpackAsync(backup.BackupFile, folder.Reference);
        var expected = await sample.FactsAsync(folder.Reference);
        var actual = await sample.FactsAsync(folder.Database, folder.Reference);

        report.Proofs.Add(new Proof("integrity_check", "ok", actual.Integrity));
        report.Proofs.Add(new Proof("Rows and credits of users", Sum(expected.Users, expected.Credits), Sum(actual.Users, actual.Credits)));
        report.Proofs.Add(new Proof("Rows and likes of posts", Sum(expected.Posts, expected.Likes), Sum(actual.Posts, actual.Likes)));
        report.Proofs.Add(new Proof("Row by row", "0 missing, 0 extra", $"{actual.MissingRows} missing, {actual.ExtraRows} extra"));
    }

    private static string Sum(long rows, long sum) => $"{rows} rows, sum {sum}";
}
