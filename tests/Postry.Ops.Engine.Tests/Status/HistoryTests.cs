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
        Assert.Collection(Read().Entries,
            first => Assert.Equal((HistoryResult.Succeeded, set.Id, "app", _work["app.db"], CheckStatus.Passed),
                (first.Result, first.BackupId, first.Database, first.Target, first.Integrity)),
            second => Assert.Equal((HistoryResult.Failed, "SourceNotFound", _work["none.db"], CheckStatus.Passed),
                (second.Result, second.ErrorId, second.Target, second.Integrity)),
            third => Assert.Equal(("IntegrityKeyMissing", "shop", CheckStatus.Inconclusive), (third.ErrorId, third.Database, third.Integrity)));
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
        Assert.Equal((3, 1, true), (torn.Entries.Count, torn.Unreadable, torn.IsTorn));

        Append(1);
        var mended = Read();
        Assert.Equal((4, 1, false), (mended.Entries.Count, mended.Unreadable, mended.IsTorn));
        Assert.All(mended.Entries, attempt => Assert.Equal(CheckStatus.Passed, attempt.Integrity));
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
            Assert.Contains(Read().Entries, attempt => attempt.Integrity == CheckStatus.Failed);
        }
    }

    [Fact]
    public void Without_the_key_nothing_is_certain()
    {
        Append(2);
        Assert.All(Read(null).Entries, attempt => Assert.Equal(CheckStatus.Inconclusive, attempt.Integrity));
        Assert.All(Read("another key of the tests, long enough").Entries, attempt => Assert.Equal(CheckStatus.Inconclusive, attempt.Integrity));
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
        Assert.InRange(reading.Entries.Count, said + 1, said + 4);
        Assert.InRange(reading.Unreadable, 0, 3);
        Assert.All(reading.Entries, attempt => Assert.Equal(CheckStatus.Passed, attempt.Integrity));
    }

    [StockFact]
    public async Task A_backup_that_is_stopped_is_a_failed_one()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        using var cancel = new CancellationTokenSource();
        _work.Reporter.OnProgress = _ => cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _work.BackUpAsync(_work["app.db"], cancellation: cancel.Token));
        Assert.Equal((HistoryResult.Failed, "Interrupted"), Assert.Single(Read().Entries) is var one ? (one.Result, one.ErrorId) : default);
    }

    [StockFact]
    public async Task A_plan_leaves_a_line_only_where_a_backup_was_to_follow()
    {
        var request = new BackupRequest { Source = new SqliteAddress(_work["none.db"]) };
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PlanBackupAsync(request));
        Assert.Empty(Read().Entries);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PlanBackupAttemptAsync(request));
        Assert.Equal("SourceNotFound", Assert.Single(Read().Entries).ErrorId);
    }

    [Fact]
    public async Task Many_writers_and_readers_at_once_keep_every_line_in_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            Append(5);
            Read();
        })));
        Assert.Equal(40, Read().Entries.Count(attempt => attempt.Integrity == CheckStatus.Passed));
    }

    [Fact]
    public void The_numbers_of_removed_lines_are_named_and_a_changed_line_is_told_once()
    {
        Append(6);
        var lines = File.ReadAllLines(Journal);
        File.WriteAllLines(Journal, [lines[0], lines[3], lines[4], lines[5]]);
        var removed = Assert.Single(ReadAll().Problems);
        Assert.Equal((HistoryProblemKind.Missing, 2), (removed.Kind, removed.Line));
        Assert.Contains("Numbers 2 to 3, which stood before number 4, were removed.", removed.Detail, StringComparison.Ordinal);

        File.WriteAllLines(Journal, lines.Select((line, i) => i == 2 ? line.Replace("Failed", "Succeeded", StringComparison.Ordinal) : line));
        var changed = Assert.Single(ReadAll().Problems);
        Assert.Equal((HistoryProblemKind.Changed, 3), (changed.Kind, changed.Line));

        File.WriteAllLines(Journal, lines.Skip(2));
        Assert.Contains("Numbers 1 to 2, which stood before number 3, were removed.", Assert.Single(ReadAll().Problems).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_a_forger_adds_or_puts_in_the_place_of_another_is_told()
    {
        Append(3);
        var lines = File.ReadAllLines(Journal);
        var forged = lines[2][..lines[2].IndexOf(",\"keyId\"", StringComparison.Ordinal)] + "}";
        File.WriteAllLines(Journal, [lines[0], lines[1], forged]);
        var problem = Assert.Single(ReadAll().Problems);
        Assert.Equal((HistoryProblemKind.Unsigned, "Line 3: The line is not signed."), (problem.Kind, problem.Detail));
        Assert.StartsWith("[not signed], ", HistoryText.About(ReadAll().Entries[2]), StringComparison.Ordinal);

        File.WriteAllLines(Journal, [lines[0], lines[1], "garbage"]);
        Assert.Equal(HistoryProblemKind.Unreadable, Assert.Single(ReadAll().Problems).Kind);
        File.WriteAllText(Journal, lines[0] + "\n" + lines[1][..50]);
        Append(1);
        Assert.Equal((0, 1), (ReadAll().Problems.Count, ReadAll().Unreadable));

        File.WriteAllLines(Journal, [lines[0].Replace("\"number\":1,", "\"number\":9223372036854775807,", StringComparison.Ordinal)]);
        Append(1);
        Assert.True(ReadAll().Entries[1].Number > 0);
    }

    [StockFact]
    public async Task A_history_that_is_far_too_large_fails_no_backup_and_is_named()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        using (var file = new FileStream(Journal, FileMode.Create)) file.SetLength(3L << 30);
        Assert.Equal(BackupStatus.Complete, (await _work.BackUpAsync(_work["app.db"])).Status);
        Assert.Contains("no history is so large", Assert.Single(_work.Reporter.Warnings), StringComparison.Ordinal);
        Assert.Contains(Journal, Assert.Throws<AccessDeniedException>(() => _work.Engine.History(new HistoryQuery())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_file_becomes_an_older_one_and_the_chain_goes_on()
    {
        var log = SmallLog();
        for (var i = 1; i <= 40; i++)
        {
            log.Append(Line(i));
            Assert.Equal(Enumerable.Range(1, i).Select(number => (long)number), ReadAll(log).Entries.Select(entry => entry.Number));
        }

        Assert.Empty(ReadAll(log).Problems);
        var older = OlderFiles();
        Assert.InRange(older.Count, 3, 20);
        Assert.All(older, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        // The status reads the newest two files, whose first line follows on a line that it does not know.
        Assert.All(log.Read().Entries, entry => Assert.Equal(CheckStatus.Passed, entry.Integrity));
        Assert.False(log.Read().IsWhole);

        var bytes = File.ReadAllBytes(older[1]);
        File.Delete(older[1]);
        Assert.Equal(HistoryProblemKind.Missing, Assert.Single(ReadAll(log).Problems).Kind);
        File.WriteAllBytes(older[1], bytes);
        File.Delete(older[0]);
        Assert.Equal(HistoryProblemKind.Missing, Assert.Single(ReadAll(log).Problems).Kind);
    }

    [Fact]
    public void The_oldest_files_go_and_that_is_no_damage()
    {
        var log = SmallLog(mostOlder: 2);
        for (var i = 1; i <= 60; i++) log.Append(Line(i));
        var reading = ReadAll(log);
        Assert.Empty(reading.Problems);
        Assert.Equal((2, 60L), (OlderFiles().Count, reading.Entries[^1].Number));
        Assert.True(reading.Entries[0].Number > 1);
    }

    [Fact]
    public void A_kill_between_the_older_file_and_the_new_one_doubles_and_loses_no_line()
    {
        var log = SmallLog();
        var number = 0;
        while (!File.Exists(Journal) || new FileInfo(Journal).Length < log.FullBytes) log.Append(Line(++number));
        File.Copy(Journal, _work["backups/history-000000001.jsonl"]);
        File.WriteAllText(_work["backups/history-000000001.jsonl.partial"], "{\"at\":");
        Assert.Equal((number, 0), (ReadAll(log).Entries.Count, ReadAll(log).Problems.Count));

        log.Append(Line(number + 1));
        Assert.Equal((number + 1, 0), (ReadAll(log).Entries.Count, ReadAll(log).Problems.Count));
        Assert.Equal([_work["backups/history-000000001.jsonl"], Journal], Directory.GetFiles(_work.BackupRoot).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_name_that_is_taken_by_other_lines_is_never_overwritten()
    {
        var log = SmallLog();
        log.Append(Line(1));
        File.WriteAllText(_work["backups/history-000000001.jsonl"], "someone's\n");
        for (var i = 2; i < 20; i++) log.Append(Line(i));
        Assert.Equal("someone's\n", File.ReadAllText(_work["backups/history-000000001.jsonl"]));
        Assert.Equal(19, ReadAll(log).Entries.Count);
    }

    [StockFact]
    public async Task Every_operation_leaves_its_line_and_a_plan_leaves_none()
    {
        var app = _work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var engine = _work.Engine;
        var old = await _work.BackUpAsync(app);
        var set = await _work.BackUpAsync(app);
        await _work.TestAsync(set.Id, VerificationLevel.Contents);
        var selector = new BackupSelector { Id = set.Id };
        await engine.PinAsync(engine.PlanPin(new PinRequest { Backup = selector, Note = "kept" }));
        await engine.PinAsync(engine.PlanPin(new PinRequest { Backup = selector, Pinned = false }));
        await engine.CompareAsync(selector, new SqliteAddress(app));
        await engine.CopyBackupAsync(selector, engine.FindDestinations([_work["nas"]], path => path)[0]);
        var restore = await _work.RestoreAsync(set.Id, app);
        await _work.UndoAsync(restore.RestoreId);
        var drill = await engine.DrillAsync(new DrillRequest { Backup = selector });
        engine.PlanPruning(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        await engine.PruneAsync(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        var copy = engine.ListPreviousCopies()[0];
        await engine.RemovePreviousCopyAsync(copy);
        await engine.AddDrillNoteAsync(drill.DrillId, "Seen.");
        File.WriteAllText(_work["backups/db/abcd1234.partial"], "");
        await engine.RepairCatalogAsync();
        await engine.RepairCatalogAsync();
        await engine.RemoveBackupAsync(engine.PlanRemoval(selector), allowLast: true);

        var entries = ReadAll().Entries;
        Assert.Equal(
        [
            "Backup Complete", "Backup Complete", "Test Passed", "Pin", "Unpin", "Compare Equal", "Copy Copied", "Restore Committed",
            "Undo Undone", "Drill Passed", "Prune", "RemovePreviousCopy", "AddDrillNote", "RepairCatalog", "Remove",
        ], entries.Select(entry => $"{entry.Operation} {entry.Outcome}".Trim()));
        Assert.All(entries, entry => Assert.Equal((HistoryResult.Succeeded, CheckStatus.Passed, null),
            (entry.Result, entry.Integrity, entry.ErrorId)));
        Assert.All(entries, entry => Assert.Contains(entry.Operation, HistoryEntry.Operations));
        string[] withoutBackup = ["Prune", "RemovePreviousCopy", "AddDrillNote", "RepairCatalog"];
        Assert.All(entries.Skip(1).Where(entry => !withoutBackup.Contains(entry.Operation)), entry => Assert.Equal(set.Id, entry.BackupId));
        Assert.Equal((restore.RestoreId, restore.RestoreId, drill.DrillId),
            (entries[7].RestoreId, entries[8].RestoreId, entries[9].DrillId));
        Assert.Equal("1 of 2 backups removed", entries[10].Detail);
        Assert.Equal(("app", app, set.SizeBytes, set.SourceBytes),
            (entries[1].Database, entries[1].Target, entries[1].SizeBytes, entries[1].SourceBytes));
        Assert.Equal(old.SizeBytes, entries[10].SizeBytes);
        Assert.True((await engine.CheckCatalogAsync()).IsClean);
    }

    [StockFact]
    public async Task What_fails_says_with_what_and_what_it_was_about()
    {
        var app = _work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await _work.BackUpAsync(app);
        var plan = await _work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(app),
            Hooks = new RestoreHooks { AfterSwap = "exit 3" },
        });
        await Assert.ThrowsAsync<RestoreUndoneException>(() => _work.Engine.RestoreAsync(plan));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.TestAsync("nothere1", VerificationLevel.Signature));
        File.WriteAllBytes(set.BackupFile, new byte[(int)set.SizeBytes]);
        Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);

        var entries = ReadAll().Entries;
        Assert.Equal(["Backup Succeeded Complete ", "Restore Failed  RestoreUndone", "Test Failed  SourceNotFound", "Test Failed Failed "],
            entries.Select(entry => $"{entry.Operation} {entry.Result} {entry.Outcome} {entry.ErrorId}"));
        Assert.Equal((set.Id, app), (entries[1].BackupId, entries[1].Target));
        Assert.Equal(_work.Engine.ListRestores()[0].RestoreId, entries[1].RestoreId);
        Assert.Equal("level Artefact", entries[3].Detail);
    }

    [StockFact]
    public async Task A_machine_that_has_no_key_adds_no_line_for_what_it_tests()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        var set = await _work.BackUpAsync(_work["app.db"]);
        await _work.EngineWith(null).TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Artefact);
        Assert.Equal("Backup", Assert.Single(ReadAll().Entries).Operation);
    }

    [StockFact]
    public async Task A_query_selects_the_newest_first_and_the_catalogue_check_reports_damage()
    {
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a);");
        Commands.Sqlite(_work["shop.db"], "CREATE TABLE t(a);");
        var app = await _work.BackUpAsync(_work["app.db"]);
        await _work.BackUpAsync(_work["shop.db"]);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.BackUpAsync(_work["none.db"]));
        await _work.TestAsync(app.Id, VerificationLevel.Artefact);
        Assert.Equal([4L, 3, 2, 1], Numbers(new HistoryQuery()));
        Assert.Equal([4L, 1], Numbers(new HistoryQuery { Database = "a*" }));
        Assert.Equal([4L, 1], Numbers(new HistoryQuery { BackupId = app.Id }));
        Assert.Equal([3L], Numbers(new HistoryQuery { Operations = ["backup"], Result = HistoryResult.Failed }));
        Assert.Equal([4L, 3], Numbers(new HistoryQuery { Last = 2 }));
        Assert.Equal([], Numbers(new HistoryQuery { After = DateTime.UtcNow.AddHours(1) }));
        Assert.Equal([4L, 3, 2, 1], Numbers(new HistoryQuery { Before = DateTime.UtcNow.AddHours(1) }));

        File.WriteAllLines(Journal, File.ReadAllLines(Journal).Where((_, i) => i != 1));
        var report = await _work.Engine.CheckCatalogAsync();
        Assert.Equal((FindingKind.DamagedHistory, true), (report.Findings[0].Kind, report.Findings[0].IsProblem));
        Assert.False(report.IsClean);
        Assert.True(HistoryReport.IsDoubtful(_work.Engine.History(new HistoryQuery { Last = 1 })));
    }

    private void Append(int count)
    {
        for (var i = 0; i < count; i++) new HistoryLog(_work.Settings()).Append(Line(i));
    }

    private HistoryEntry Line(int number) => new()
    {
        At = DateTime.UtcNow,
        Operation = HistoryEntry.Backup,
        Target = _work[$"größe {number}.db"],
        Result = HistoryResult.Failed,
        ErrorId = "DatabaseBusy",
        Duration = TimeSpan.FromSeconds(1.5),
    };

    private IReadOnlyList<long> Numbers(HistoryQuery query) => [.. _work.Engine.History(query).Entries.Select(entry => entry.Number)];

    private HistoryLog SmallLog(int mostOlder = 30) => new(_work.Settings()) { FullBytes = 2000, MostOlderFiles = mostOlder };

    private List<string> OlderFiles() => [.. Directory.GetFiles(_work.BackupRoot, "history-*").Order(StringComparer.Ordinal)];

    private HistoryReading ReadAll(HistoryLog? log = null) => (log ?? new HistoryLog(_work.Settings())).ReadAll();

    private HistoryReading Read(string? key = Workspace.Key) => new HistoryLog(_work.Settings(key)).Read();
}
