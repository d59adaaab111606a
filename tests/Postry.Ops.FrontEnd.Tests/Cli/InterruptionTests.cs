namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Ctrl-C: exit 130, nothing partial is left, the target is as it was.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(150)]
    [InlineData(300)]
    [InlineData(450)]
    public async Task An_interrupted_backup_leaves_nothing(int milliseconds)
    {
        var database = _sandbox.MakeDatabase(posts: 400_000);
        using var postry = _sandbox.Start("backup", "--path", database, "--json");
        await Task.Delay(milliseconds);
        postry.Interrupt();
        var result = await postry.EndAsync();

        Assert.Equal(130, result.ExitCode);
        // A process that was interrupted before the program ran prints no document.
        if (result.Output.Length > 0)
            Assert.Equal("Interrupted", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.Empty(_sandbox.Partials());
        Assert.Empty((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
    }

    [Fact]
    public async Task A_backup_that_waits_for_a_lock_can_be_interrupted()
    {
        var database = _sandbox.MakeDatabase(journal: "DELETE");
        using var application = Sandbox.Open(database);
        Sandbox.Execute(application, "BEGIN EXCLUSIVE");

        var result = await InterruptAsync("backup", "--path", database, "--json");
        Assert.Equal("Interrupted", Sandbox.Parse(result.Output).GetProperty("error").GetProperty("id").GetString());
        Assert.Empty(_sandbox.Partials());
    }

    [Fact]
    public async Task A_restore_that_waits_for_a_lock_can_be_interrupted()
    {
        var database = _sandbox.MakeDatabase(journal: "DELETE");
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        using (var application = Sandbox.Open(database))
        {
            Sandbox.Execute(application, "BEGIN IMMEDIATE");
            await InterruptAsync("restore", "--latest", "--path", database, "--force", "--skip-compare");
        }

        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Empty(_sandbox.Partials());
    }

    [Fact]
    public async Task The_record_of_an_interrupted_restore_says_so_and_what_is_true_now()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        var started = _sandbox.Path("started");
        using (var postry = _sandbox.Start("restore", "--latest", "--path", database, "--force", "--before-swap", $"touch '{started}'; sleep 60"))
        {
            while (!File.Exists(started)) await Task.Delay(20);
            postry.Interrupt();
            Assert.Equal(130, (await postry.EndAsync()).ExitCode);
        }

        var record = Assert.Single((await _sandbox.JsonAsync(0, "restores")).EnumerateArray());
        Assert.Equal("Failed", record.GetProperty("status").GetString());
        Assert.Equal("Interrupted. The live database was not changed.", record.GetProperty("detail").GetString());
        Assert.Equal(damaged, Sandbox.Contents(database));
    }

    [Fact]
    public async Task A_backup_that_waits_for_another_process_says_for_which()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var path = Path.Combine(_sandbox.Backups, ".lock");
        using var other = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        other.Write(System.Text.Encoding.UTF8.GetBytes(
            $$"""{"token":"x","host":"{{Environment.MachineName}}","processId":4711,"operation":"Backup","since":"2026-11-28T03:00:00Z"}"""));
        other.Flush();
        var waiting = _sandbox.RunAsync("backup", "--path", database);
        await Task.Delay(3000);
        Assert.False(waiting.IsCompleted);
        File.Delete(path);
        other.Dispose();
        var result = await waiting;
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is in use: Backup by process 4711 on", result.Errors, StringComparison.Ordinal);
        Assert.Contains("Waiting for up to ", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(350)]
    [InlineData(500)]
    [InlineData(650)]
    public async Task An_interrupted_restore_leaves_the_old_database_or_the_new_one(int milliseconds)
    {
        var database = _sandbox.MakeDatabase(posts: 100_000);
        var good = Sandbox.Contents(database);
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);

        using var postry = _sandbox.Start("restore", "--latest", "--path", database, "--force", "--json");
        await Task.Delay(milliseconds);
        postry.Interrupt();
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode is 0 or 130, result.ToString());
        Assert.True((result.ExitCode == 0 ? good : damaged) == Sandbox.Contents(database), result.ToString());
        Assert.Empty(_sandbox.Partials());
    }

    [Fact]
    public async Task An_interrupted_demonstration_takes_its_processes_with_it()
    {
        var folder = _sandbox.Path("demo");
        using var postry = _sandbox.Start("demo", "--folder", folder, "--posts", "20000");
        while (!Directory.Exists(Path.Combine(folder, "backups"))) await Task.Delay(50);
        postry.Interrupt();
        Assert.Equal(130, (await postry.EndAsync()).ExitCode);
        var processes = Directory.EnumerateFiles("/proc", "cmdline",
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 });
        Assert.DoesNotContain(processes, file => Text(file).Contains(folder, StringComparison.Ordinal));
    }

    [TerminalFact]
    public async Task A_question_can_be_interrupted()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        using var postry = TerminalProcess.Start(_sandbox, "restore", "--latest", "--path", database);
        await Task.Delay(2_000);
        // The terminal's driver turns this character into an interrupt. The end of the input would be an answer of its own.
        var result = await postry.EndByTypingAsync("\u0003");
        Assert.True(result.ExitCode == 130, result.ToString());
    }

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private async Task<PostryResult> InterruptAsync(params string[] arguments)
    {
        using var postry = _sandbox.Start(arguments);
        await Task.Delay(1_500);
        postry.Interrupt();
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 130, result.ToString());
        return result;
    }
}
