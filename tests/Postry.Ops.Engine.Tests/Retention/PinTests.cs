using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>Pins of real backups: what they keep, what they refuse, and what a changed or foreign one does.</summary>
public sealed class PinTests : IDisposable
{
    private readonly Workspace _work = new();

    private string App => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task A_pinned_set_stays_until_it_is_unpinned_and_nothing_of_the_pin_is_left_then()
    {
        var sets = await MakeAsync(2);
        var until = DateTime.UtcNow.AddDays(30);
        var pinned = await PinAsync(sets[1], until, " before the migration ");
        Assert.Equal((true, until, "before the migration"), (pinned.Pinned, pinned.PinnedUntil, pinned.PinNote));
        Assert.Equal(pinned.PinNote, _work.Engine.ListBackups(new BackupQuery())[1].PinNote);
        Assert.Equal($"{Environment.UserName}@{Environment.MachineName}", pinned.PinnedBy);

        Assert.EndsWith(": before the migration", Assert.Single((await PruneAsync())[1].Reasons), StringComparison.Ordinal);
        var refused = Assert.Throws<BackupPinnedException>(() => Removal(sets[1]));
        Assert.Contains("before the migration (by ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(sets[1].Id, refused.Hint, StringComparison.Ordinal);

        // A new pin takes the place of the old one, and an unpinned set may be unpinned.
        Assert.Null((await PinAsync(sets[1])).PinnedUntil);
        for (var i = 0; i < 2; i++) Assert.False((await UnpinAsync(sets[1])).Pinned);
        Assert.True((await PruneAsync())[1].IsRemoved);
        Assert.Equal([App, sets[0].BackupFile, sets[0].ManifestFile], _work.AllFiles().Select(file => _work[file]));
    }

    [StockFact]
    public async Task A_pin_that_has_ended_or_is_about_a_removed_set_goes_with_it()
    {
        var sets = await MakeAsync(2);
        EndedPin.Put(_work, sets[1]);
        var listed = _work.Engine.ListBackups(new BackupQuery())[1];
        Assert.False(listed.Pinned);
        Assert.NotNull(listed.PinnedUntil);
        await _work.Engine.RemoveBackupAsync(Removal(sets[1]), allowLast: false);
        Assert.Equal([App, sets[0].BackupFile, sets[0].ManifestFile], _work.AllFiles().Select(file => _work[file]));

        // A set that is removed after the pin was planned gets none.
        var plan = _work.Engine.PlanPin(new PinRequest { Backup = new BackupSelector { Id = sets[0].Id } });
        await _work.Engine.RemoveBackupAsync(Removal(sets[0]), allowLast: true);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => _work.Engine.PinAsync(plan));
        Assert.Equal([App], _work.AllFiles().Select(file => _work[file]));
    }

    [StockFact]
    public async Task What_comes_between_a_plan_to_remove_and_the_removal_counts()
    {
        var sets = await MakeAsync(2);
        var plan = Removal(sets[1]);
        await PinAsync(sets[1]);
        await Assert.ThrowsAsync<BackupPinnedException>(() => _work.Engine.RemoveBackupAsync(plan, allowLast: false));
        Assert.Equal(2, _work.Engine.ListBackups(new BackupQuery()).Count);
        Assert.Equal(CheckStatus.Passed, (await _work.TestAsync(sets[1].Id, VerificationLevel.Restore)).Status);
    }

    [StockFact]
    public async Task Pins_and_prunes_at_once_never_remove_what_was_pinned()
    {
        var sets = await MakeAsync(16);
        var pinning = Task.Run(async () =>
        {
            var pinned = new List<string>();
            foreach (var set in sets.Skip(1).Reverse())
            {
                try
                {
                    pinned.Add((await PinAsync(set)).Id);
                }
                catch (SourceNotFoundException)
                {
                    // The set was removed first.
                }
            }

            return pinned;
        });
        await PruneAsync();
        var pinned = await pinning;
        var left = _work.Engine.ListBackups(new BackupQuery());
        Assert.Subset(left.Select(set => set.Id).ToHashSet(), pinned.ToHashSet());
        Assert.All(left.Skip(1), set => Assert.True(set.Pinned));
        Assert.Equal(left.Count - 1, Directory.GetFiles(Path.Combine(_work.BackupRoot, "db"), "*.pin.json").Length);
    }

    [StockFact]
    public async Task A_pin_that_cannot_be_trusted_keeps_the_set_and_says_so()
    {
        var sets = await MakeAsync(3);
        await PinAsync(sets[1], DateTime.UtcNow.AddDays(1));
        var file = BackupPins.KeyOf(sets[1].BackupFile);
        var text = File.ReadAllText(file);
        foreach (var (bytes, problem) in new[]
        {
            (text.Replace("\"until\": \"20", "\"until\": \"19", StringComparison.Ordinal), "changed after it was signed"),
            ("{}", "does not end in a signature"), ("", "does not end in a signature"), (new string(' ', 100_000), "too large"),
        })
        {
            File.WriteAllText(file, bytes);
            _work.Reporter.Forget();
            var verdict = (await PruneAsync(removes: false))[1];
            Assert.Contains(problem, Assert.Single(verdict.Reasons), StringComparison.Ordinal);
            Assert.Contains(_work.Reporter.Warnings, warning => warning.Contains(problem, StringComparison.Ordinal));
            Assert.Throws<BackupPinnedException>(() => Removal(sets[1]));
        }

        // The pin of one backup is none of another.
        File.WriteAllText(file, text);
        File.Copy(file, BackupPins.KeyOf(sets[2].BackupFile));
        Assert.Contains("made for another backup", (await PruneAsync(removes: false))[2].Reasons[0], StringComparison.Ordinal);
        Assert.Contains("missing here", _work.EngineWith("another-key-that-is-long-enough-00").ListBackups(new BackupQuery())[1].PinProblem,
            StringComparison.Ordinal);
        Assert.Contains("no key", _work.EngineWith(null).ListBackups(new BackupQuery())[1].PinProblem, StringComparison.Ordinal);
        await UnpinAsync(sets[2]);
        Assert.Equal([true, true, false], (await PruneAsync(removes: false)).Select(verdict => verdict.Action == RetentionAction.Keep));
    }

    [StockFact]
    public async Task A_pin_is_refused_without_a_key_in_the_past_and_for_half_a_set()
    {
        var sets = await MakeAsync(1);
        File.WriteAllText(_work[".env"], "A=1");
        var whole = await _work.BackUpAsync(App);
        var before = StockTools.Tree(_work.BackupRoot);
        var past = Assert.Throws<InvalidRequestException>(() => Plan(sets[0], DateTime.UtcNow.AddSeconds(-1)));
        Assert.Contains("has passed", past.Message, StringComparison.Ordinal);
        foreach (var note in new[] { " ", "two\nlines", new string('x', 1001) })
            Assert.Throws<InvalidRequestException>(() => Plan(sets[0], null, note));
        Assert.Throws<InvalidRequestException>(() => _work.Engine.PlanPin(new PinRequest
        {
            Backup = new BackupSelector { Id = sets[0].Id }, Pinned = false, Note = "why",
        }));
        Assert.Throws<InvalidRequestException>(() => _work.Engine.PlanPin(new PinRequest
        {
            Backup = new BackupSelector { BackupFile = whole.Runtime.File },
        }));
        Assert.Throws<SourceNotFoundException>(() => _work.Engine.PlanPin(new PinRequest { Backup = new BackupSelector { Id = "none" } }));
        Assert.Throws<IntegrityKeyMissingException>(() => _work.EngineWith(null).PlanPin(new PinRequest
        {
            Backup = new BackupSelector { Id = sets[0].Id },
        }));
        Plan(sets[0], DateTime.UtcNow.AddDays(1));
        Assert.Equal(before, StockTools.Tree(_work.BackupRoot));
    }

    [StockFact]
    public async Task A_damaged_an_unreadable_and_a_runtime_set_can_be_pinned()
    {
        var sets = await MakeAsync(2);
        File.AppendAllText(sets[0].BackupFile, "x");
        File.WriteAllText(sets[1].ManifestFile, "no manifest");
        File.WriteAllText(_work[".env"], "A=1");
        var files = await _work.Engine.BackUpAsync(new BackupRequest { Source = new RuntimeAddress(_work.Folder) });
        foreach (var set in new[] { sets[0], sets[1], files })
        {
            var selector = new BackupSelector { BackupFile = set.BackupFile };
            Assert.True((await _work.Engine.PinAsync(_work.Engine.PlanPin(new PinRequest { Backup = selector, Note = "look" }))).Pinned);
            Assert.Throws<BackupPinnedException>(() => _work.Engine.PlanRemoval(selector));
        }

        Assert.All(_work.Engine.ListBackups(new BackupQuery()), set => Assert.Equal("look", set.PinNote));
        foreach (var set in new[] { sets[0], sets[1], files })
        {
            var selector = new BackupSelector { BackupFile = set.BackupFile };
            await _work.Engine.PinAsync(_work.Engine.PlanPin(new PinRequest { Backup = selector, Pinned = false }));
            await _work.Engine.RemoveBackupAsync(_work.Engine.PlanRemoval(selector), allowLast: true);
        }

        Assert.Empty(StockTools.Files(_work.BackupRoot));
    }

    private async Task<IReadOnlyList<BackupSet>> MakeAsync(int count)
    {
        Commands.Sqlite(App, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        for (var i = 0; i < count; i++) await _work.BackUpAsync(App);
        return _work.Engine.ListBackups(new BackupQuery());
    }

    private PinPlan Plan(BackupSet set, DateTime? until, string? note = null) => _work.Engine.PlanPin(new PinRequest
    {
        Backup = new BackupSelector { Id = set.Id }, Until = until, Note = note,
    });

    private Task<BackupSet> PinAsync(BackupSet set, DateTime? until = null, string? note = null) =>
        _work.Engine.PinAsync(Plan(set, until, note));

    private Task<BackupSet> UnpinAsync(BackupSet set) => _work.Engine.PinAsync(_work.Engine.PlanPin(new PinRequest
    {
        Backup = new BackupSelector { Id = set.Id }, Pinned = false,
    }));

    private Postry.Ops.Engine.Operations.Removal.RemovalPlan Removal(BackupSet set) =>
        _work.Engine.PlanRemoval(new BackupSelector { Id = set.Id });

    private async Task<IReadOnlyList<RetentionVerdict>> PruneAsync(bool removes = true)
    {
        var rules = new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero };
        return (removes ? await _work.Engine.PruneAsync(rules) : _work.Engine.PlanPruning(rules)).Sets;
    }
}
