using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>A live database on a server and a backup that is to replace it; and what an operator finds there afterwards, by stock tools and
/// by the product.</summary>
internal sealed class ServerFixture : IDisposable
{
    private const string Absent = "no database";

    private static int _count;
    private readonly ServerStates _states;

    private ServerFixture(PostgresServer server, ServerScenario scenario, ServerStates states)
    {
        (Server, Scenario, _states) = (server, scenario, states);
        states.CopyBackup(Work.BackupRoot);
    }

    public PostgresServer Server { get; }

    public ServerScenario Scenario { get; }

    public Workspace Work { get; } = new();

    /// <summary>The target's name.</summary>
    public string App { get; } = $"app{Interlocked.Increment(ref _count)}_{Guid.NewGuid().ToString("N")[..6]}";

    public PostgresAddress Address => Server.Address(App);

    /// <summary>The backup, taken before anything else.</summary>
    public BackupSet Backup => _states.Backup;

    /// <summary>The state of the target before the restore.</summary>
    public string Before => Scenario == ServerScenario.New ? Absent : _states.LiveState;

    /// <summary>The state of the target after the restore.</summary>
    public string Restored => _states.BackupState;

    /// <summary>The target as it is now.</summary>
    public string Now => StateOf(App);

    public static async Task<ServerFixture> PrepareAsync(PostgresServer server, ServerScenario scenario)
    {
        var states = await ServerStates.OfAsync(server);
        var fixture = new ServerFixture(server, scenario, states);
        if (scenario != ServerScenario.New) await states.CreateLiveAsync(fixture.App);
        return fixture;
    }

    /// <summary>Starts a command in a process of its own.</summary>
    public HostProcess Start(string verb, params string[] options) =>
        HostProcess.Start([verb, Work.BackupRoot, Server.Url(App), .. Options(verb), .. options]);

    /// <summary>The contents of a database by the stock psql, which must be able to connect.</summary>
    public string StateOf(string database) => Exists(database) ? ServerStates.StateOf(Server, database) : Absent;

    /// <summary>The contents of a kept database, which is closed to connections.</summary>
    public string KeptState(string? database)
    {
        if (database is null) return Absent;
        Assert.Equal("f", Server.Psql("postgres", $"SELECT datallowconn FROM pg_database WHERE datname = '{database}'"));
        Server.Psql("postgres", $"ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true");
        var state = StateOf(database);
        Server.Psql("postgres", $"ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS false");
        return state;
    }

    /// <summary>The request that the children run too.</summary>
    public RestoreRequest Request => new()
    {
        Backup = new BackupSelector { Id = Backup.Id },
        Target = Address,
        AllowDifferentSource = true,
        SkipCompare = true,
        Postgres = new PostgresRestoreOptions { Strategy = ServerScenarios.Strategy(Scenario),
            FreezeWrites = Scenario == ServerScenario.Frozen },
    };

    /// <summary>Restores from this process.</summary>
    public async Task<RestoreRecord> RestoreAsync() => await Work.Engine.RestoreAsync(await Work.Engine.PlanRestoreAsync(Request));

    /// <summary>Restores from this process over what the scenario has at the target.</summary>
    public async Task<RestoreRecord> FirstRestoreAsync()
    {
        var record = await RestoreAsync();
        Assert.Equal(ServerScenarios.Recorded(Scenario), record.Strategy);
        Assert.Equal(Restored, Now);
        return record;
    }

    public async Task<RestoreRecord> UndoAsync(string restoreId) =>
        await Work.Engine.UndoAsync(await Work.Engine.PlanUndoAsync(new RestoreSelector { RestoreId = restoreId, Connection = Address }));

    public Task<RestoreRecord> CompleteAsync(string restoreId) =>
        Work.Engine.CompleteAsync(new RestoreSelector { RestoreId = restoreId, Connection = Address });

    public Task<BackupSet> BackUpAsync(CancellationToken cancellation = default) =>
        // Between two of them a restore may have brought back fewer tables, which is meant.
        Work.Engine.BackUpAsync(new BackupRequest { Source = Address, AcceptSmaller = true }, cancellation);

    /// <summary>The record with an id, as it is now.</summary>
    public RestoreRecord Record(string id) => Assert.Single(Work.Engine.ListRestores(), record => record.RestoreId == id);

    /// <summary>Commands that only read must leave files, databases and contents as they are.</summary>
    public async Task ReadOnlyCommandsChangeNothingAsync()
    {
        var (state, files, databases) = (Now, Work.AllFiles(), Databases());
        Assert.All(Work.Engine.ListBackups(new BackupQuery()), AssertGood);
        Work.Engine.ListRestores();
        Work.Engine.ListPreviousCopies();
        Work.Engine.PendingWarnings();
        await ToleratingAsync(() => Work.Engine.CompareAsync(new BackupSelector { Id = Backup.Id }, Address));
        await ToleratingAsync(() => Work.Engine.PlanRestoreAsync(Request));
        await ToleratingAsync(() => Work.Engine.PlanUndoAsync(new RestoreSelector { Latest = true, Target = Address }));
        Assert.Equal(files, Work.AllFiles());
        Assert.Equal(databases, Databases());
        Assert.Equal(state, Now);
    }

    /// <summary>Asserts that no half-done work is left, here or on the server, and every kept copy belongs to a record.</summary>
    public void AssertTidy()
    {
        AssertNothingRuns();
        var records = Work.Engine.ListRestores();
        var kept = records.SelectMany(record => new[] { record.PreviousCopy, record.UndoneCopy }).OfType<string>().ToList();
        Assert.Equal([], Databases().Where(name => name != App && !kept.Contains(name)));
        if (ServerScenarios.IsSwap(Scenario)) Assert.All(kept, copy => Assert.True(Exists(copy), $"{copy} is recorded but not there"));
        // The frozen database, by whatever name, takes writes again.
        Assert.Equal("",
            Server.Psql("postgres",
            $"SELECT d.datname, setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname LIKE " +
            $"'%{App}' AND setconfig::text LIKE '%read_only%'"));
        Assert.Equal("", Server.Psql("postgres", $"SELECT datname FROM pg_database WHERE datname = '{App}' AND NOT datallowconn"));
        var sets = Work.Engine.ListBackups(new BackupQuery());
        Assert.Equal([], Work.AllFiles().Where(file => !Belongs(Work[file], sets, records)));
        Assert.All(sets, AssertGood);
        _states.AssertOthersUntouched();
    }

    private static void AssertGood(BackupSet set) =>
        Assert.True(set.Status == BackupStatus.Complete, $"{set.Id} {set.Label}: {set.Status}, {set.StatusDetail}");

    /// <summary>Asserts that a command left no child process, no session on the server and no lock.</summary>
    public void AssertNothingRuns()
    {
        Leftovers.AssertNoProcess(Path.GetFileName(Work.Folder));
        Leftovers.AssertNoProcess(App);
        Leftovers.AssertSoon(() => Server.Psql("postgres", $"""
            SELECT pid, datname, application_name, state, query FROM pg_stat_activity
            WHERE datname LIKE '%{App}' AND (application_name LIKE 'postry%' OR application_name LIKE 'pg\_%' OR state LIKE 'idle in transaction%')
               OR query LIKE '%{App}%' AND application_name LIKE 'postry%' AND state <> 'idle'
            """) is { Length: > 0 } sessions ? $"sessions are left: {sessions}" : null);
    }

    public void Dispose() => Work.Dispose();

    /// <summary>Every database of this target: its own, stages and kept copies.</summary>
    private List<string> Databases() => [.. Server
        .Psql("postgres", $"SELECT datname FROM pg_database WHERE datname LIKE '%{App}' ORDER BY 1")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private bool Exists(string database) => Server.Psql("postgres", $"SELECT 1 FROM pg_database WHERE datname = '{database}'") == "1";

    private IEnumerable<string> Options(string verb)
    {
        if (verb != "restore") yield break;
        yield return $"id={Backup.Id}";
        yield return "skipcompare=1";
        yield return $"strategy={ServerScenarios.Strategy(Scenario)}";
        if (Scenario == ServerScenario.Frozen) yield return "freeze=1";
    }

    private static bool Belongs(string file, IReadOnlyList<BackupSet> sets, IReadOnlyList<RestoreRecord> records) =>
        sets.Any(set => file.StartsWith(set.BackupFile + Path.DirectorySeparatorChar, StringComparison.Ordinal) || file == set.ManifestFile)
            || records.Any(record => record.RecordFile == file);

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
}
