using System.Diagnostics;
using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

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
    private readonly DemoProgress _progress;
    private readonly SampleProcesses _sample;

    public Demonstration(Session session, DemoFolder folder, int posts)
    {
        _session = session;
        _folder = folder;
        _posts = posts;
        _report = new DemoReport { Folder = folder.Root, DatabaseFile = folder.Database, KeyFile = folder.KeyFile };
        _progress = new DemoProgress(session.Output, session.Reporter, _report);
        _sample = new SampleProcesses(session.Cancellation);
    }

    public async Task<DemoReport> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        _progress.Say($"The main job on a sample application in {_folder.Root}");
        await _progress.StepAsync("Make a sample application database", MakeSampleAsync);
        await using var writer = await _sample.StartWriterAsync(_folder.Database);

        await _progress.StepAsync("Back it up while another process keeps committing", () => BackUpAsync(writer));
        foreach (var level in Enum.GetValues<VerificationLevel>())
        {
            await _progress.StepAsync($"Test the backup: {level}", () => TestAsync(level));
        }

        await _progress.StepAsync("Damage the live data", () => DamageAsync(writer));
        await _progress.StepAsync("Ask what a restore would bring back", CompareBeforeAsync);
        await _progress.StepAsync("Restore, while the application holds the database open", RestoreAsync);
        await _progress.StepAsync("Prove that every row of the backup is back", ProveAsync);
        await _progress.StepAsync("Let the application go on with the restored database", () => GoOnAsync(writer));

        _report.Duration = clock.Elapsed;
        ShowVerdict();
        return _report;
    }

    private async Task<string> MakeSampleAsync()
    {
        await _sample.MakeAsync(_folder.Database, _posts);
        return DemoText.Sample(await _sample.FactsAsync(_folder.Database), new FileInfo(_folder.Database).Length);
    }

    private async Task<string> BackUpAsync(SampleWriterProcess writer)
    {
        await writer.SendAsync("report");
        var request = new BackupRequest { Source = new SqliteAddress(_folder.Database), Label = "before the accident" };
        _report.Backup = await _session.Engine.BackUpAsync(request, _session.Cancellation);
        return DemoText.Backup(_report.Backup, meanwhile: await writer.SendAsync("report"));
    }

    private async Task<string> TestAsync(VerificationLevel level)
    {
        var test = await _session.Engine.TestAsync(Selector, level, cancellation: _session.Cancellation);
        _report.Tests.Add(test);
        _report.Proofs.Add(new Proof($"Test at level {level}", nameof(CheckStatus.Passed), test.Status.ToString()));
        return $"{test.Status}, {test.Checks.Count} checks";
    }

    private async Task<string> DamageAsync(SampleWriterProcess writer)
    {
        await _sample.DamageAsync(_folder.Database);
        // The application stops writing but stays open, so that what the restore brings back can be compared row by row.
        await writer.SendAsync("pause");
        return DemoText.Damage;
    }

    private async Task<string> CompareBeforeAsync()
    {
        _report.Before = await _session.Engine.CompareAsync(Selector, new SqliteAddress(_folder.Database), _session.Cancellation);
        _report.Proofs.Add(new Proof("The damage is seen", nameof(TableDifference.Different), _report.Before.Status.ToString()));
        return DemoText.Comparison(_report.Before);
    }

    private async Task<string> RestoreAsync()
    {
        var request = new RestoreRequest { Backup = Selector, Target = new SqliteAddress(_folder.Database) };
        var plan = await _session.Engine.PlanRestoreAsync(request, _session.Cancellation);
        _report.Restore = await _session.Engine.RestoreAsync(plan, _session.Cancellation);
        _report.Proofs.Add(new Proof("The restore", nameof(RestoreStatus.Committed), _report.Restore.Status.ToString()));
        return DemoText.Restore(_report.Restore);
    }

    private async Task<string> ProveAsync()
    {
        await new DemoProofs(_session, _sample, _folder, _report).GatherAsync();
        return DemoText.Proofs(_report.Proofs);
    }

    private async Task<string> GoOnAsync(SampleWriterProcess writer)
    {
        await writer.SendAsync("resume");
        await Task.Delay(TimeSpan.FromMilliseconds(300), _session.Cancellation);
        var since = await writer.SendAsync("pause");
        var facts = await _sample.FactsAsync(_folder.Database);

        var expected = _report.Backup!.Tables.Single(table => table.Name == "posts").Rows + since.Commits;
        _report.Proofs.Add(new Proof("The commits since the restore", $"{expected} posts", $"{facts.Posts} posts"));
        return DemoText.Resumed(since, facts);
    }

    private void ShowVerdict()
    {
        _progress.Say("");
        _progress.Say(DemoText.Verdict(_report));
        _progress.Say($"Everything is in {_folder.Root}. Look around, then delete it:");
        var list = $"{SampleProcesses.Program} list --repo-root '{_folder.Root}'";
        // On Windows most people type this in PowerShell.
        _progress.Say(OperatingSystem.IsWindows() ? $"  $env:{EnvironmentVariables.IntegrityKeyFile} = '{_folder.KeyFile}'; & {list}"
            : $"  {EnvironmentVariables.IntegrityKeyFile}='{_folder.KeyFile}' {list}");
    }

    private BackupSelector Selector => new() { Id = _report.Backup!.Id };
}
