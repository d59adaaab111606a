using System.Text.Json;
using System.Text.RegularExpressions;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry status`: exit codes, JSON, text, and the line for monitoring systems.</summary>
public sealed partial class StatusVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_exit_code_says_whether_a_database_is_critical()
    {
        var database = _sandbox.MakeDatabase();
        Configure("app");
        var never = await _sandbox.RunAsync("status");
        Assert.Equal(3, never.ExitCode);
        Assert.Contains("Critical: app: The database was never backed up.\n  Next: postry backup --database app\n", never.Output,
            StringComparison.Ordinal);

        await _sandbox.BackUpAsync(database);
        var status = Assert.Single((await _sandbox.JsonAsync(0, "status", "--database", "a*")).EnumerateArray());
        Assert.Equal(("Warning", "Met", "Unknown"), (Text(status, "status"), Text(status.GetProperty("rpo"), "status"),
            Text(status.GetProperty("rto"), "status")));

        Configure("app", rpo: "0s");
        Assert.Equal("Missed", Text(Assert.Single((await _sandbox.JsonAsync(3, "status")).EnumerateArray()).GetProperty("rpo"), "status"));
        var unknown = await _sandbox.RunAsync("status", "--database", "none");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("app", unknown.LastErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_nothing_the_answer_is_critical_and_not_an_empty_list()
    {
        Assert.Equal("(none)", Text(Assert.Single((await _sandbox.JsonAsync(3, "status")).EnumerateArray()), "database"));
        Assert.Contains("postry init", (await _sandbox.RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sandbox.Backups));
    }

    [Fact]
    public async Task A_monitoring_system_gets_one_line_and_its_own_exit_codes()
    {
        var database = _sandbox.MakeDatabase();
        Configure("app");
        await AssertLineAsync(2, "CRITICAL", "status", "--nagios");
        await _sandbox.BackUpAsync(database);
        var line = await AssertLineAsync(1, "WARNING", "status", "--nagios");
        Assert.Matches(@"'app_age'=\d+s;;86400;0 ", line);
        Assert.Matches(@"'app_restore_time'=U;3600;;0 ", line);
        Assert.Matches(@"'app_size'=\d+B;100000000;;0 ", line);
        Assert.Matches(@"'disk_used'=[\d.]+%;100;100;0;100$", line);

        Configure("app", rpo: "0s");
        await AssertLineAsync(2, "CRITICAL", "status", "--nagios");
        Configure("app");
        using var keyless = PostryProcess.Start(_sandbox.Folder, ["status", "--nagios"]);
        Assert.Contains("'app_age'=U;", AssertLine(3, "UNKNOWN", await keyless.EndAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_fails_before_its_database_is_known_leaves_a_trace()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        Configure("app");
        Assert.DoesNotContain("failed", (await _sandbox.RunAsync("status")).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_sandbox.Path("postry.json"), """{ "databases": { "pg": { "urlVariable": "POSTRY_TESTS_NOT_SET" } } }""");
        Assert.Equal(2, (await _sandbox.RunAsync("backup", "--database", "pg", "--what-if")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("backup", "--database", "pg")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("backup", "--database", "*")).ExitCode);
        Assert.Contains("pg: The last 2 backups failed", (await _sandbox.RunAsync("status")).Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_sandbox.Path("postry.json"), "{ \"databases\": 7 }");
        Assert.Equal(1, (await _sandbox.RunAsync("backup")).ExitCode);
        Configure("app");
        Assert.Contains("app: A backup failed", (await _sandbox.RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_unknown_and_no_name_breaks_the_line()
    {
        Configure("app");
        Assert.Contains("SourceNotFound", await AssertLineAsync(3, "UNKNOWN", "status", "--nagios", "--database", "x|y'z"),
            StringComparison.Ordinal);
        await AssertLineAsync(3, "UNKNOWN", "status", "--nagios", "--nonsense");
        await AssertLineAsync(3, "UNKNOWN", "status", "--nagios", "--json");
        await AssertLineAsync(3, "UNKNOWN", "status", "--nagios", "--repo-root", "postgres://ada:hunter2@db/app");
        File.WriteAllText(_sandbox.Path("postry.json"), "{ \"databases\": 7 }");
        await AssertLineAsync(3, "UNKNOWN", "status", "--nagios");
        Assert.Equal(1, (await _sandbox.RunAsync("status")).ExitCode);

        File.Delete(_sandbox.Path("postry.json"));
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase(), "--database", "a|b'c=d");
        Assert.Contains("'a/b_c_d_age'=", await AssertLineAsync(1, "WARNING", "status", "--nagios"), StringComparison.Ordinal);
    }

    private async Task<string> AssertLineAsync(int exitCode, string state, params string[] arguments) =>
        AssertLine(exitCode, state, await _sandbox.RunAsync(arguments));

    private static string AssertLine(int exitCode, string state, PostryResult result)
    {
        Assert.True(exitCode == result.ExitCode, result.ToString());
        Assert.Matches(PluginLine(), result.Output);
        Assert.StartsWith($"POSTRY {state} - ", result.Output, StringComparison.Ordinal);
        return result.Output.TrimEnd('\n');
    }

    // The disk of the machine that runs the tests does not matter.
    private void Configure(string name, string rpo = "24h") => File.WriteAllText(_sandbox.Path("postry.json"), $$"""
        { "databases": { {{JsonSerializer.Serialize(name)}}: { "path": "app.db" } },
          "objectives": { "rpo": "{{rpo}}", "disk": { "minimumFree": "0%", "warnUsed": "100%", "criticalUsed": "100%" } } }
        """);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    // The Monitoring Plugins guidelines: text without a bar, then 'label'=value[UOM];[warn];[crit];[min];[max] with blanks between.
    [GeneratedRegex(@"^POSTRY (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n\u001b]+( \|( '[^'=|]+'=(U|-?\d+(\.\d+)?(s|B|%|c)?)(;[\d.:~@]*){0,4})+)?\n\z")]
    private static partial Regex PluginLine();
}
