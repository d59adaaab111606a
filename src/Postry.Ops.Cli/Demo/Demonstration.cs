using System.Diagnostics;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Restoring;
using Postry.Ops.Engine.Verifying;

namespace Postry.Ops.Cli.Demo;

/// <summary>
/// The main job on a sample application. The application runs in processes of its own, as it does in life: the process that restores
/// never opens the live database but through the engine.
/// </summary>
internal sealed class Demonstration
{
    private readonly Session _session;
    private readonly DemoFolder _folder;
    private readonly int _posts;
    private readonly DemoReport _report;
    private readonly Narrator _narrator;
    private readonly SampleProcesses _sample;

    public Demonstration(Session session, DemoFolder folder, int posts)
    {
        _session = session;
        _folder = folder;
        _posts = posts;
        _report = new DemoReport { Folder = folder.Root, DatabaseFile = folder.Database, KeyFile = folder.KeyFile };
        _narrator = new Narrator(session.Output, session.Reporter, _report);
        _sample = new SampleProcesses(session.Cancellation);
    }

    public async Task<DemoReport> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        _narrator.Say($"The main job on a sample application in {_folder.Root}");
        await _narrator.StepAsync("Make a sample application database", MakeSampleAsync);
        await using var writer = await _sample.StartWriterAsync(_folder.Database);

        await _narrator.StepAsync("Back it up while another process keeps committing", () => BackUpAsync(writer));
        foreach (var level in Enum.GetValues<VerificationLevel>()) await _narrator.StepAsync($"Test the backup: {level}", () => TestAsync(level));
        await _narrator.StepAsync("Damage the live data", () => DamageAsync(writer));
        await _narrator.StepAsync("Ask what a restore would bring back", CompareBeforeAsync);
        await _narrator.StepAsync("Restore, while the application holds the database open", RestoreAsync);
        await _narrator.StepAsync("Prove that every row of the backup is back", ProveAsync);
        await _narrator.StepAsync("Let the application go on with the restored database", () => GoOnAsync(writer));

        _report.Duration = clock.Elapsed;
        SayVerdict();
        return _report;
    }

    private async Task<string> MakeSampleAsync()
    {
        await _sample.MakeAsync(_folder.Database, _posts);
        var facts = await _sample.FactsAsync(_folder.Database);
        var size = new FileInfo(_folder.Database).Length;
        return $"{Units.Count(facts.Users)} users and {Units.Count(facts.Posts)} posts, {Units.Bytes(size)}, in write-ahead log mode";
    }

    private async Task<string> BackUpAsync(SampleWriterProcess writer)
    {
        await writer.TellAsync("report");
        var set = _report.Backup = await _session.Engine.BackUpAsync(
            new BackupRequest { Path = _folder.Database, Label = "before the accident" }, _session.Cancellation);
        var meanwhile = await writer.TellAsync("report");
        return $"backup {set.Id}: {Units.Bytes(set.SourceBytes)} became {Units.Bytes(set.SizeBytes)}; {Units.Count(set.Tables.Sum(table => table.Rows))} rows "
            + $"in {set.Tables.Count} tables fingerprinted and signed\n"
            + $"the writer committed {Units.Count(meanwhile.Commits)} times meanwhile; its longest commit took {Units.Duration(meanwhile.Longest)}";
    }

    private async Task<string> TestAsync(VerificationLevel level)
    {
        var test = await _session.Engine.TestAsync(Selector, level, _session.Cancellation);
        _report.Tests.Add(test);
        _report.Proofs.Add(new Proof($"Test at level {level}", nameof(CheckStatus.Passed), test.Status.ToString()));
        return $"{test.Status}, {test.Checks.Count} checks";
    }

    private async Task<string> DamageAsync(SampleWriterProcess writer)
    {
        await _sample.DamageAsync(_folder.Database);
        // It stops writing but stays open, so that what the restore brings back can be compared row by row.
        await writer.TellAsync("pause");
        return "every third post deleted, every seventh emptied, a quarter of the users gone, an index dropped";
    }

    private async Task<string> CompareBeforeAsync()
    {
        var comparison = _report.Before = await _session.Engine.CompareAsync(Selector, _folder.Database, _session.Cancellation);
        _report.Proofs.Add(new Proof("The damage is seen", "Different", comparison.Status.ToString()));
        return string.Join('\n', comparison.Tables.Select(table =>
            $"{table.Name,-8} live {Units.Count(table.LiveRows),9}   backup {Units.Count(table.BackupRows),9}   {table.Difference}").Append(comparison.Summary));
    }

    private async Task<string> RestoreAsync()
    {
        var plan = await _session.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = Selector, TargetPath = _folder.Database, SkipCompare = true }, _session.Cancellation);
        var record = _report.Restore = await _session.Engine.RestoreAsync(plan, _session.Cancellation);
        _report.Proofs.Add(new Proof("The restore", nameof(RestoreStatus.Committed), record.Status.ToString()));
        return $"restore {record.RestoreId}: {record.Status}; no writes were possible for {Units.Duration(record.Unavailable)}\n"
            + $"the damaged database is kept: {record.PreviousCopy}";
    }

    private async Task<string> ProveAsync()
    {
        await new DemoProofs(_session, _sample, _folder, _report).GatherAsync();
        return string.Join('\n', _report.Proofs.Select(proof =>
            $"{(proof.Passed ? "holds" : "FAILS")}  {proof.Name}: {proof.Actual}{(proof.Passed ? "" : $", expected {proof.Expected}")}"));
    }

    private async Task<string> GoOnAsync(SampleWriterProcess writer)
    {
        await writer.TellAsync("resume");
        await Task.Delay(TimeSpan.FromMilliseconds(300), _session.Cancellation);
        var since = await writer.TellAsync("pause");
        var facts = await _sample.FactsAsync(_folder.Database);
        _report.Proofs.Add(new Proof("The writer's commits since the restore are there", $"{_report.Backup!.Tables.Single(t => t.Name == "posts").Rows + since.Commits}", $"{facts.Posts}"));
        return $"{Units.Count(since.Commits)} commits by the same connection; now {Units.Count(facts.Posts)} posts, integrity {facts.Integrity}";
    }

    private void SayVerdict()
    {
        _narrator.Say("");
        _narrator.Say(_report.Passed
            ? $"Proven: every row of the backup is back. {_report.Proofs.Count} proofs hold, {Units.Duration(_report.Duration)} in all."
            : $"NOT PROVEN: {string.Join("; ", _report.Proofs.Where(proof => !proof.Passed).Select(proof => proof.Name))}.");
        _narrator.Say($"Everything is in {_folder.Root}. Look around, then delete it:");
        _narrator.Say($"  {Keyring.KeyFileVariable}='{_folder.KeyFile}' {SampleProcesses.Program} list --repo-root '{_folder.Root}'");
    }

    private BackupSelector Selector => new() { Id = _report.Backup!.Id };
}
