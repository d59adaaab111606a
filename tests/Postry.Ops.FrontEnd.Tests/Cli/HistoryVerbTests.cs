
namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry history`: what was done, newest first, and the damage to the file.</summary>
public sealed class HistoryVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    private string Journal => _sandbox.Path("backups/history.jsonl");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_operations_are_listed_newest_first()
    {
        var id = await MakeAsync();
        var text = await _sandbox.RunAsync("history");
        Assert.Equal(0, text.ExitCode);
        var rows = text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, rows.Length);
        Assert.Matches($"^NUMBER +AT +OPERATION +RESULT +DATABASE +DURATION +SIZE +ABOUT$", rows[0]);
        Assert.Matches($"Z +Test +Succeeded +app .* level Contents, {id}$", rows[1]);
        Assert.Matches(@"Z +Backup +Failed +.* SourceNotFound$", rows[2]);
        Assert.Matches($"Z +Backup +Succeeded +app .*B +{id}$", rows[3]);

        var json = await _sandbox.JsonAsync(0, "history", "--operation", "backup", "--result", "Failed");
        var entry = Assert.Single(json.GetProperty("entries").EnumerateArray());
        Assert.Equal((2, "Passed", _sandbox.Path("none.db")), (entry.GetProperty("number").GetInt32(),
            entry.GetProperty("integrity").GetString(), entry.GetProperty("target").GetString()));
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
        Assert.Equal("No operations.\n", (await _sandbox.RunAsync("history", "--after", "2999-01-01")).Output);
        var one = await _sandbox.RunAsync("history", "--last", "1");
        Assert.DoesNotContain("Backup", one.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_was_removed_is_exit_code_3_and_named()
    {
        await MakeAsync();
        File.WriteAllLines(Journal, File.ReadAllLines(Journal).Where((_, i) => i != 1));
        var text = await _sandbox.RunAsync("history");
        Assert.Equal(3, text.ExitCode);
        Assert.Contains("Problem: history.jsonl: Number 2, which stood before number 3, was removed.", text.Output, StringComparison.Ordinal);
        Assert.Contains("[not as it was written], level Contents", text.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await _sandbox.RunAsync("check-catalog")).ExitCode);
    }

    [Fact]
    public async Task Mistakes_are_explained()
    {
        var unknown = await _sandbox.RunAsync("history", "--operation", "bakcup");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("There is no operation 'bakcup'. Operations: Backup, Copy", unknown.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, (await _sandbox.RunAsync("history", "--last", "0")).ExitCode);
        var nowhere = await _sandbox.RunAsync("history", "--backup-root", _sandbox.Path("nowhere"));
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("There is no backup root", nowhere.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> MakeAsync()
    {
        var set = await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        Assert.Equal(1, (await _sandbox.RunAsync("backup", "--path", "none.db")).ExitCode);
        var id = set.GetProperty("id").GetString()!;
        Assert.Equal(0, (await _sandbox.RunAsync("test", "--id", id, "--level", "Contents")).ExitCode);
        return id;
    }
}
