using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Status;

/// <summary>The history of backups: the line of every attempt, and what a kill, a torn line or a forger does to it.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly Workspace _work = new();

    public HistoryTests() => Directory.CreateDirectory(_work.BackupRoot);

    private string Journal => _work["backups/history.jsonl"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task Every_attempt_leaves_one_line_without_a_secret()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await _work.BackUpAsync(_work["app.db"]);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(_work["none.db"]));
        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() => _work.EngineWith(null).BackUpAsync(new BackupRequest
        {
            Source = new SqliteAddress(_work["app.db"]),
            Database = "shop",
        }));
        Assert.Collection(Read().Attempts,
            first => Assert.Equal((AttemptResult.Succeeded, set.Id, "app", _work["app.db"], CheckStatus.Passed),
                (first.Result, first.BackupId, first.Database, first.Source, first.Trust)),
            second => Assert.Equal((AttemptResult.Failed, "SourceNotFound", _work["none.db"], CheckStatus.Passed),
                (second.Result, second.ErrorId, second.Source, second.Trust)),
            third => Assert.Equal(("IntegrityKeyMissing", "shop", CheckStatus.Inconclusive), (third.ErrorId, third.Database, third.Trust)));
        Assert.DoesNotContain(Workspace.Key, File.ReadAllText(Journal), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Journal));
        Assert.Empty(_work.Reporter.Warnings);
    }

    [Fact]
    public async Task A_failed_backup_makes_no_backup_root_and_a_history_that_cannot_be_written_fails_nothing()
    {
        Directory.Delete(_work.BackupRoot);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(_work["none.db"]));
        Assert.False(Directory.Exists(_work.BackupRoot));

        Directory.CreateDirectory(Journal);
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        Assert.Equal(BackupStatus.Complete, (await _work.BackUpAsync(_work["app.db"])).Status);
        Assert.Contains("history", Assert.Single(_work.Reporter.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_line_is_left_out_and_the_next_one_stands_alone()
    {
        Append(3);
        File.AppendAllText(Journal, "{\"at\":\"2026-01-0");
        var torn = Read();
        Assert.Equal((3, 1, true), (torn.Attempts.Count, torn.Unreadable, torn.IsTorn));

        Append(1);
        var mended = Read();
        Assert.Equal((4, 1, false), (mended.Attempts.Count, mended.Unreadable, mended.IsTorn));
        Assert.All(mended.Attempts, attempt => Assert.Equal(CheckStatus.Passed, attempt.Trust));
    }

    [Fact]
    public void A_line_that_was_changed_removed_or_moved_is_noticed()
    {
        Append(4);
        var lines = File.ReadAllLines(Journal);
        AssertNoticed(lines.Select((line, i) => i == 1 ? line.Replace("Failed", "Succeeded", StringComparison.Ordinal) : line));
        AssertNoticed(lines.Where((_, i) => i != 1));
        AssertNoticed([lines[1], lines[0], lines[2], lines[3]]);
        AssertNoticed(lines.Skip(1));
        AssertNoticed(lines.Select((line, i) => i == 2 ? line.Replace("signature\":\"", "signature\":\"0", StringComparison.Ordinal) : line));

        void AssertNoticed(IEnumerable<string> changed)
        {
            File.WriteAllText(Journal, string.Concat(changed.Select(line => line + "\n")));
            Assert.Contains(Read().Attempts, attempt => attempt.Trust == CheckStatus.Failed);
        }
    }

    [Fact]
    public void Without_the_key_nothing_is_certain()
    {
        Append(2);
        Assert.All(Read(null).Attempts, attempt => Assert.Equal(CheckStatus.Inconclusive, attempt.Trust));
        Assert.All(Read("another key of the tests, long enough").Attempts, attempt => Assert.Equal(CheckStatus.Inconclusive, attempt.Trust));
    }

    [StockFact]
    public void Processes_that_write_at_once_lose_no_line_and_a_killed_one_leaves_at_most_a_torn_one()
    {
        var hosts = Enumerable.Range(0, 3).Select(_ => HostProcess.Start("history", _work.BackupRoot)).ToList();
        foreach (var host in hosts) host.WaitForMore(20);
        foreach (var host in hosts) host.Kill();
        foreach (var host in hosts) host.WaitForEnd();
        var said = hosts.Sum(host => host.Lines.Count(line => line.StartsWith("line ", StringComparison.Ordinal)));
        foreach (var host in hosts) host.Dispose();

        Append(1);
        var reading = Read();
        Assert.InRange(reading.Attempts.Count, said + 1, said + 4);
        Assert.InRange(reading.Unreadable, 0, 3);
        Assert.All(reading.Attempts, attempt => Assert.Equal(CheckStatus.Passed, attempt.Trust));
    }

    [StockFact]
    public async Task A_backup_that_is_stopped_is_a_failed_one()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        using var cancel = new CancellationTokenSource();
        _work.Reporter.OnProgress = _ => cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _work.BackUpAsync(_work["app.db"], cancellation: cancel.Token));
        Assert.Equal((AttemptResult.Failed, "Interrupted"), Assert.Single(Read().Attempts) is var one ? (one.Result, one.ErrorId) : default);
    }

    [StockFact]
    public async Task A_plan_leaves_a_line_only_where_a_backup_was_to_follow()
    {
        var request = new BackupRequest { Source = new SqliteAddress(_work["none.db"]) };
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PlanBackupAsync(request));
        Assert.Empty(Read().Attempts);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PlanBackupAttemptAsync(request));
        Assert.Equal("SourceNotFound", Assert.Single(Read().Attempts).ErrorId);
    }

    [Fact]
    public async Task Many_writers_and_readers_at_once_keep_every_line_in_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            Append(5);
            Read();
        })));
        Assert.Equal(40, Read().Attempts.Count(attempt => attempt.Trust == CheckStatus.Passed));
    }

    private void Append(int count)
    {
        for (var i = 0; i < count; i++)
        {
            new BackupHistory(_work.Settings()).Append(new BackupAttempt
            {
                At = DateTime.UtcNow,
                Operation = BackupAttempt.Backup,
                Source = _work[$"größe {i}.db"],
                Result = AttemptResult.Failed,
                ErrorId = "DatabaseBusy",
                DurationSeconds = 1.5,
            });
        }
    }

    private HistoryReading Read(string? key = Workspace.Key) => new BackupHistory(_work.Settings(key)).Read();
}
