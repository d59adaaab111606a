using System.Text.Json;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Tests.Support;
using Stock = Postry.Ops.Engine.Tests.Support.Commands;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry metrics`, judged by Prometheus' own tool; and the rules and the dashboard of docs/monitoring.</summary>
public sealed partial class MetricsVerbTests : IDisposable
{
    private static readonly string Folder = Docs.InCheckout("docs", "monitoring");

    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresFact("promtool", "bash")]
    public async Task The_file_is_what_Prometheus_expects_and_says_what_the_status_says()
    {
        Configure();
        var file = _sandbox.Path("postry.prom");
        await ExportAsync(file);
        var before = Values(file);
        Assert.Equal("1", before["postry_recovery_state{database=\"app\",state=\"critical\"}"]);
        Assert.DoesNotContain(before.Keys, key => key.StartsWith("postry_last_backup_timestamp_seconds", StringComparison.Ordinal));

        await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        Assert.Equal(0, (await _sandbox.RunAsync("drill", "--database", "app")).ExitCode);
        await ExportAsync(file);
        var after = Values(file);
        Assert.Equal("0", after["postry_recovery_state{database=\"app\",state=\"critical\"}"]);
        Assert.Equal("86400", after["postry_objective_seconds{database=\"app\",objective=\"rpo\"}"]);
        Assert.Equal("1", after["postry_objective_state{database=\"app\",objective=\"rto\",state=\"met\"}"]);
        Assert.Equal("1", after["postry_last_drill_success{database=\"app\"}"]);
        var status = Assert.Single((await _sandbox.JsonAsync(0, "status")).EnumerateArray());
        var at = status.GetProperty("lastBackup").GetProperty("at").GetDateTime();
        Assert.Equal((at - DateTime.UnixEpoch).TotalSeconds, double.Parse(after["postry_last_backup_timestamp_seconds{database=\"app\"}"],
            System.Globalization.CultureInfo.InvariantCulture), 0.01);
        Assert.Equal(["app.db", "backups", "postry.json", "postry.prom"], Directory.EnumerateFileSystemEntries(_sandbox.Folder)
            .Select(Path.GetFileName).Where(name => !name!.StartsWith("app.db-", StringComparison.Ordinal)).Order());
    }

    [RequiresFact("promtool", "bash")]
    public async Task Without_a_file_it_is_printed_and_names_are_escaped()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase(), "--database", "a \"b\"\\c");
        var printed = await _sandbox.RunAsync("metrics");
        Assert.Equal(0, printed.ExitCode);
        Assert.Contains("postry_backup_failures_in_row{database=\"a \\\"b\\\"\\\\c\"} 0\n", printed.Output, StringComparison.Ordinal);
        File.WriteAllText(_sandbox.Path("printed.prom"), printed.Output);
        AssertClean(_sandbox.Path("printed.prom"));
        var samples = await _sandbox.JsonAsync(0, "metrics");
        Assert.Contains(samples.EnumerateArray(), sample => sample.GetProperty("name").GetString() == "postry_backup_failures_in_row"
            && sample.GetProperty("labels")[0].GetProperty("value").GetString() == "a \"b\"\\c");
    }

    [Fact]
    public async Task An_error_leaves_the_file_of_before()
    {
        var file = _sandbox.Path("postry.prom");
        File.WriteAllText(file, "before");
        File.WriteAllText(_sandbox.Path("postry.json"), "{ \"databases\": 7 }");
        Assert.Equal(1, (await _sandbox.RunAsync("metrics", "--path", file)).ExitCode);
        Assert.Equal("before", File.ReadAllText(file));
        File.Delete(_sandbox.Path("postry.json"));
        var missing = await _sandbox.RunAsync("metrics", "--path", _sandbox.Path("not-there/postry.prom"));
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("The folder of", missing.ToString(), StringComparison.Ordinal);
    }

    [RequiresFact("promtool")]
    public void The_alerting_rules_fire_when_the_page_says_so()
    {
        var result = Stock.Run("promtool", ["test", "rules", Path.Combine(Folder, "postry.rules.test.yml")]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [RequiresFact("promtool")]
    public async Task The_rules_and_the_dashboard_ask_for_series_that_are_written()
    {
        Configure();
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase());
        Assert.Equal(0, (await _sandbox.RunAsync("drill", "--database", "app")).ExitCode);
        var written = (await _sandbox.JsonAsync(0, "metrics")).EnumerateArray().Select(sample => sample.GetProperty("name").GetString()!)
            .ToHashSet();
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana-dashboard.json")));
        var asked = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)
            .ToList();
        // Grafana replaces its variables before Prometheus sees the expression.
        var rules = string.Concat(asked.Select((expression, index) => $"      - record: 'panel:{index}'\n        expr: "
            + JsonSerializer.Serialize(expression.Replace("$instance", ".*").Replace("$database", ".*")) + "\n"));
        File.WriteAllText(_sandbox.Path("panels.yml"), "groups:\n  - name: panels\n    rules:\n" + rules.Replace("panel:", "panel_"));
        var result = Stock.Run("promtool", ["check", "rules", _sandbox.Path("panels.yml")]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var texts = string.Concat(asked) + File.ReadAllText(Path.Combine(Folder, "postry.rules.yml"));
        var names = SeriesName().Matches(texts).Select(match => match.Value).Distinct().ToList();
        Assert.NotEmpty(names);
        written.Add("postry_disk_full_in_seconds");
        Assert.Subset(written, names.ToHashSet());
        var page = File.ReadAllText(Docs.InCheckout("docs", "monitoring.md"));
        Assert.All(written, name => Assert.Contains($"`{name}", page, StringComparison.Ordinal));
    }

    private async Task ExportAsync(string file)
    {
        var result = await _sandbox.RunAsync("metrics", "--path", file);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains($"series written to {file}", result.Output, StringComparison.Ordinal);
        AssertClean(file);
        // The node exporter runs as another user.
        Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead));
    }

    private static void AssertClean(string file)
    {
        var result = Stock.Run("bash", ["-c", "promtool check metrics < \"$0\"", file]);
        Assert.True(result.ExitCode == 0 && result.Output.Length + result.Error.Length == 0, result.Output + result.Error);
    }

    private static Dictionary<string, string> Values(string file) => File.ReadAllLines(file).Where(line => !line.StartsWith('#'))
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => line[(line.LastIndexOf(' ') + 1)..]);

    private void Configure() => File.WriteAllText(_sandbox.Path("postry.json"), """
        { "databases": { "app": { "path": "app.db" } },
          "objectives": { "rpo": "24h", "disk": { "minimumFree": "0%", "warnUsed": "100%", "criticalUsed": "100%" } } }
        """);

    [GeneratedRegex(@"\bpostry_[a-z_]+")]
    private static partial Regex SeriesName();
}
