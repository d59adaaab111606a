using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Concurrency;

/// <summary>A command that is told to wait lets the other one finish, says for whom it waits, and gives up at its deadline.</summary>
public sealed class WaitTests : IDisposable
{
    private readonly Workspace _work = new();

    public WaitTests()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        Directory.CreateDirectory(_work.BackupRoot);
    }

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task Processes_that_race_for_the_backup_root_all_get_their_turn()
    {
        const int count = 4;
        var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(() =>
            PostryConsole.Run(_work, ["backup", "--path", _work["app.db"], "--wait-timeout", "5m"]))));
        Assert.All(answers, answer => Assert.True(answer.ExitCode == 0, $"{answer}"));
        var sets = _work.Engine.ListBackups(new BackupQuery());
        Assert.Equal(Enumerable.Range(1, count).Select(number => (long?)number), sets.Select(set => set.Sequence).Order());
        Assert.All(sets, set => Assert.Equal(BackupStatus.Complete, set.Status));
    }

    [StockFact]
    public void At_the_deadline_the_holder_is_named()
    {
        using (Hold(Environment.MachineName))
        {
            var answer = PostryConsole.Run(_work, ["backup", "--path", _work["app.db"], "--wait-timeout", "2s"]);
            Assert.Equal("DatabaseBusy", answer.ErrorId);
            Assert.Contains($"Prune by process 4711 on {Environment.MachineName} since 2026-11-28 03:00:00 UTC", $"{answer.Json}");
            Assert.Contains("--wait-timeout 10m", $"{answer.Json}");
            Assert.Contains("Waiting for up to 2 s.", answer.Error);
        }

        Assert.Empty(_work.Engine.ListBackups(new BackupQuery()));
    }

    [StockFact]
    public async Task A_writer_of_another_host_is_waited_for_only_if_the_command_says_so()
    {
        Hold("elsewhere.example").Dispose();
        var refused = PostryConsole.Run(_work, ["backup", "--path", _work["app.db"]]);
        Assert.Equal("DatabaseBusy", refused.ErrorId);
        Assert.Contains($"postry unlock --backup-root {_work.BackupRoot}", $"{refused.Json}");

        var heard = new RecordingObserver();
        var waiting = EngineThatWaits(TimeSpan.FromMinutes(1), heard).BackUpAsync(new BackupRequest
        {
            Source = new SqliteAddress(_work["app.db"]),
        });
        while (heard.ProgressReports.Count < 2) await Task.Delay(50);
        Assert.False(waiting.IsCompleted);
        Assert.Contains("Prune by process 4711 on elsewhere.example since 2026-11-28 03:00:00 UTC", heard.ProgressReports[0].Step);
        Assert.Equal(60, heard.ProgressReports[0].Total);
        File.Delete(LockFile);
        Assert.Equal(BackupStatus.Complete, (await waiting).Status);

        Hold("elsewhere.example").Dispose();
        var late = await Assert.ThrowsAsync<DatabaseBusyException>(() => EngineThatWaits(TimeSpan.FromSeconds(1), heard)
            .PruneAsync(new RetentionRequest { KeepLast = 1 }));
        Assert.Contains("elsewhere.example", late.Message);
    }

    [StockFact]
    public async Task Waiting_can_be_cancelled_and_leaves_nothing()
    {
        using var other = Hold(Environment.MachineName);
        using var stop = new CancellationTokenSource();
        var heard = new RecordingObserver();
        var waiting = EngineThatWaits(TimeSpan.FromMinutes(10), heard).BackUpAsync(new BackupRequest
        {
            Source = new SqliteAddress(_work["app.db"]),
        }, stop.Token);
        while (heard.ProgressReports.Count == 0) await Task.Delay(50);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Empty(_work.Engine.ListBackups(new BackupQuery()));
    }

    [StockFact]
    public async Task A_restore_waits_for_the_one_before_it()
    {
        var set = await _work.BackUpAsync(_work["app.db"]);
        var target = RestoreTarget.OfFile(_work["app.db"]).LockFile;
        using (Hold(Environment.MachineName, target))
        {
            var late = PostryConsole.Run(_work, ["restore", "--id", set.Id, "--path", _work["app.db"], "--force", "--wait-timeout", "1s"]);
            Assert.Equal("DatabaseBusy", late.ErrorId);
            Assert.DoesNotContain("postry unlock", $"{late.Json}");
        }

        var held = Hold(Environment.MachineName, target);
        var restoring = Task.Run(() =>
            PostryConsole.Run(_work, ["restore", "--id", set.Id, "--path", _work["app.db"], "--force", "--wait-timeout", "5m"]));
        await Task.Delay(TimeSpan.FromSeconds(7));
        Assert.False(restoring.IsCompleted, restoring.IsCompleted ? $"{restoring.Result}" : "");
        File.Delete(target);
        held.Dispose();
        var answer = await restoring;
        Assert.True(answer.ExitCode == 0, $"{answer}");
    }

    [StockFact]
    public void A_schedule_sets_it_in_the_configuration()
    {
        File.WriteAllText(_work["postry.json"], """{ "waitTimeout": "2s" }""");
        using var other = Hold(Environment.MachineName);
        var answer = PostryConsole.Run(_work, ["backup", "--path", _work["app.db"]]);
        Assert.Equal("DatabaseBusy", answer.ErrorId);
        Assert.Contains("Waiting for up to 2 s.", answer.Error);
        answer = PostryConsole.Run(_work, ["backup", "--path", _work["app.db"], "--wait-timeout", "3s"]);
        Assert.Contains("Waiting for up to 3 s.", answer.Error);
    }

    private string LockFile => Path.Combine(_work.BackupRoot, ".lock");

    private OpsEngine EngineThatWaits(TimeSpan limit, RecordingObserver observer) =>
        new(_work.Settings() with { WaitTimeout = limit }, [observer]);

    // The lock of the operating system, and a text that says who holds it.
    private FileStream Hold(string host, string? path = null)
    {
        var other = new FileStream(path ?? LockFile, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        other.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"token":"x","host":"{{host}}","processId":4711,"operation":"Prune","since":"2026-11-28T03:00:00Z"}""")));
        other.Flush();
        return other;
    }
}
