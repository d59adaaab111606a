using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A scenario with a backup, in which a child is killed; and what an operator finds there afterwards, by stock tools and by the
/// product.</summary>
internal sealed class CrashFixture : IDisposable
{
    private const string Absent = "no database";

    private CrashFixture(Scenario scenario)
    {
        Scenario = scenario;
        App = Work["app.db"];
        ScenarioFiles.PlaceBackupState(scenario, App);
    }

    public Workspace Work { get; } = new();

    public Scenario Scenario { get; }

    /// <summary>The target.</summary>
    public string App { get; }

    /// <summary>The backup, taken before the child ran.</summary>
    public BackupSet Backup { get; private set; } = null!;

    /// <summary>The state of the target before the restore.</summary>
    public string Before { get; private set; } = null!;

    /// <summary>The state of the target after the restore.</summary>
    public string Restored { get; private set; } = null!;

    /// <summary>The target as it is now.</summary>
    public string Now => StateOf(App);

    /// <summary>True where the damaged file is still live and its logs have been removed, for the restore that replaces it was killed
    /// just then.</summary>
    public bool HasLostItsLogs => Scenario == Scenario.Destroyed && !File.Exists(App + "-wal")
        && Now.StartsWith("bytes", StringComparison.Ordinal);

    public static async Task<CrashFixture> PrepareAsync(Scenario scenario)
    {
        var fixture = new CrashFixture(scenario);
        fixture.Backup = await fixture.Work.BackUpAsync(fixture.App);
        fixture.Restored = fixture.Now;
        ScenarioFiles.PlaceLiveState(scenario, fixture.App);
        fixture.Before = fixture.Now;
        Assert.NotEqual(fixture.Before, fixture.Restored);
        Assert.StartsWith(scenario switch { Scenario.New => Absent, Scenario.Destroyed => "bytes", _ => "contents" }, fixture.Before);
        return fixture;
    }

    /// <summary>
    /// The contents of a database by the stock shell, which must find it whole; for a file that is no database its bytes, and those of its
    /// logs. The method looks at a copy, so that it changes nothing.
    /// </summary>
    public static string StateOf(string database)
    {
        if (!File.Exists(database)) return Absent;
        using var aside = new Workspace();
        var copy = aside["copy.db"];
        foreach (var suffix in new[] { "", "-wal", "-journal" })
            if (File.Exists(database + suffix)) File.Copy(database + suffix, copy + suffix);
        var bytes = "bytes " + string.Join(' ', aside.AllFiles().Select(file => Hash(File.ReadAllBytes(aside[file]))));
        var shell = Commands.Run("sqlite3", ["-bail", copy], "PRAGMA integrity_check;\n.dump\n");
        if (shell.Error.Contains("file is not a database", StringComparison.Ordinal)) return bytes;
        Assert.True(shell.ExitCode == 0 && shell.Output.StartsWith("ok\n", StringComparison.Ordinal),
            $"{database} is broken: {shell.Error}{shell.Output[..Math.Min(300, shell.Output.Length)]}");
        return "contents " + Hash(Encoding.UTF8.GetBytes(shell.Output));
    }

    /// <summary>
    /// Commands that only read must leave every file but SQLite's own logs as it is, and the live database with the same contents.
    /// </summary>
    public async Task ReadOnlyCommandsChangeNothingAsync()
    {
        var (state, files) = (Now, Evidence());
        Assert.All(Work.Engine.ListBackups(new BackupQuery()), set => Assert.Equal(BackupStatus.Complete, set.Status));
        Work.Engine.ListRestores();
        Work.Engine.ListPreviousCopies();
        Work.Engine.PendingWarnings();
        Assert.Equal(CheckStatus.Passed, (await Work.TestAsync(Backup.Id, VerificationLevel.Contents)).Status);
        await ToleratingAsync(() => Work.Engine.CompareAsync(new BackupSelector { Id = Backup.Id }, new SqliteAddress(App)));
        await ToleratingAsync(() => Work.Engine.PlanRestoreAsync(Request));
        await ToleratingAsync(() => Work.Engine.PlanUndoAsync(new RestoreSelector { Latest = true, Target = new SqliteAddress(App) }));
        Assert.Equal(files, Evidence());
        Assert.Equal(state, Now);
    }

    /// <summary>The request that the children run too.</summary>
    public RestoreRequest Request => new() { Backup = new BackupSelector { Id = Backup.Id }, Target = new SqliteAddress(App),
        AllowDifferentSource = true };

    /// <summary>Restores from this process.</summary>
    public async Task<RestoreRecord> RestoreAsync() => await Work.Engine.RestoreAsync(await Work.Engine.PlanRestoreAsync(Request));

    /// <summary>Restores from this process over what the scenario has at the target.</summary>
    public async Task<RestoreRecord> FirstRestoreAsync()
    {
        var record = await RestoreAsync();
        Assert.Equal(
            Scenario switch
            {
                Scenario.New => RestoreStrategy.New,
                Scenario.Destroyed => RestoreStrategy.File,
                _ => RestoreStrategy.Contents,
            },
            record.Strategy);
        Assert.Equal(Restored, Now);
        return record;
    }

    /// <summary>The record with an id, as it is now.</summary>
    public RestoreRecord Record(string id) => Assert.Single(Work.Engine.ListRestores(), record => record.RestoreId == id);

    /// <summary>Asserts that no half-done work is left, every kept copy belongs to a record, and every listed backup restores.</summary>
    public async Task AssertTidyAsync()
    {
        var kept = Work.Engine.ListRestores().SelectMany(record => new[] { record.PreviousCopy, record.UndoneCopy }).OfType<string>()
            .ToList();
        var sets = Work.Engine.ListBackups(new BackupQuery());
        Assert.All(kept, copy => Assert.True(File.Exists(copy) || Scenario == Scenario.New, $"{copy} is recorded but not there"));
        Assert.Equal([], Work.AllFiles().Where(file => !Belongs(Work[file], kept, sets)));
        foreach (var set in sets) Assert.Equal(CheckStatus.Passed, (await Work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
    }

    public void Dispose() => Work.Dispose();

    private bool Belongs(string file, List<string> kept, IReadOnlyList<BackupSet> sets)
    {
        var owner = new[] { "-wal", "-shm", "-journal" }.Where(suffix => file.EndsWith(suffix, StringComparison.Ordinal))
            .Select(suffix => file[..^suffix.Length]).FirstOrDefault(file);
        return owner == App || kept.Contains(owner)
            || sets.Any(set => file == set.BackupFile || file == set.ManifestFile)
            || Work.Engine.ListRestores().Any(record => record.RecordFile == file);
    }

    // Some commands are refused in this state, which is right and not the question here.
    private static async Task ToleratingAsync(Func<Task> command)
    {
        try
        {
            await command();
        }
        catch (OpsException)
        {
        }
    }

    // The live database and its logs are judged by what they hold: a reader may move the log into the file.
    private string Evidence() => string.Join('\n',
        Work.AllFiles().Where(file => !IsLive(Work[file])).Select(file => $"{file} {Hash(File.ReadAllBytes(Work[file]))}"));

    private bool IsLive(string file) => file == App || file == App + "-wal" || file == App + "-shm" || file == App + "-journal";

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
