using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A bank's database with a backup of it, and processes that write and read it at full speed.</summary>
internal sealed class BankFixture : IDisposable
{
    // A writer that takes the place of a killed one must not use its numbers.
    private const long NumbersOfOneWriter = 100_000_000;

    private readonly List<HostProcess> _writers = [];
    private readonly List<HostProcess> _readers = [];

    private BankFixture(string journalMode, int megabytes)
    {
        App = Work["bank.db"];
        BankDatabase.Create(App, journalMode, megabytes);
    }

    public Workspace Work { get; } = new();

    /// <summary>The live database.</summary>
    public string App { get; }

    /// <summary>A backup from before the first transfer.</summary>
    public BackupSet Backup { get; private set; } = null!;

    /// <summary>The writer at work.</summary>
    public HostProcess Writer => _writers[^1];

    public static async Task<BankFixture> OpenAsync(string journalMode, int readers = 1, int megabytes = 4)
    {
        var fixture = new BankFixture(journalMode, megabytes);
        fixture.Backup = await fixture.Work.BackUpAsync(fixture.App);
        fixture._writers.Add(HostProcess.Start("writer", fixture.App));
        for (var i = 0; i < readers; i++) fixture._readers.Add(HostProcess.Start("reader", fixture.App));
        foreach (var reader in fixture._readers) reader.WaitFor("reading");
        fixture.WritersGoOn();
        return fixture;
    }

    /// <summary>Restores the backup in a child, and does something to it.</summary>
    public void Restore(string option, Action<HostProcess> act)
    {
        using var host = HostProcess.Start(["restore", Work.BackupRoot, App, $"id={Backup.Id}", .. option.Length > 0 ? [option]
            : Array.Empty<string>()]);
        act(host);
    }

    /// <summary>Asserts that the writer gets transfers done.</summary>
    public void WritersGoOn() => Writer.WaitForMore(20);

    /// <summary>Sends SIGKILL to the writer, and opens the database from a new one.</summary>
    public void KillWriterAndStartAnother()
    {
        Writer.Kill();
        Writer.WaitForEnd();
        _writers.Add(HostProcess.Start("writer", App, $"first={_writers.Count * NumbersOfOneWriter}"));
        WritersGoOn();
    }

    /// <summary>The record with an id, as it is now.</summary>
    public RestoreRecord Record(string id) => Assert.Single(Work.Engine.ListRestores(), record => record.RestoreId == id);

    /// <summary>Ends the application, and asserts that all it saw added up, that all there is adds up, and that nothing it was told is
    /// lost. Returns what the readers said.</summary>
    public IReadOnlyList<string> CloseAndAssertConsistent()
    {
        var said = _writers.Where(writer => !writer.HasExited).Concat(_readers).Select(process => process.End()).ToList();
        Assert.DoesNotContain(_writers.Concat(_readers).SelectMany(process => process.Lines), line =>
            line.StartsWith("violation", StringComparison.Ordinal));
        var copies = Work.Engine.ListPreviousCopies(new SqliteAddress(App)).Select(copy => copy.Path).ToList();
        foreach (var database in copies.Append(App)) BankDatabase.AssertAddsUp(database);
        BankDatabase.AssertNothingLost(_writers, copies.Append(App));
        Assert.Equal([], Work.AllFiles().Where(file => file.Contains(".postry-") || file.Contains(".partial") || file.Contains(".lock")));
        return said;
    }

    public void Dispose()
    {
        foreach (var process in _writers.Concat(_readers)) process.Dispose();
        Work.Dispose();
    }
}
