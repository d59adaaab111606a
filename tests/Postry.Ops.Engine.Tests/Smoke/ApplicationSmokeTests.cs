using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Applications;
using Postry.Ops.Engine.Tests.Configuration;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks of pages, ports, commands and the monitoring summary, against real servers and processes.</summary>
public sealed class ApplicationSmokeTests : IDisposable
{
    private const string Page = """<!doctype html><link rel="stylesheet" href="/a.css"><script type=module src="app.js?v=1"></script><script src="https://cdn.invalid/x.js"></script><!-- <script src="/gone.js"></script> --><div id=root></div>""";
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("", CheckStatus.Passed, "on other servers: 1")]
    [InlineData("missing", CheckStatus.Failed, "/app.js?v=1 answers with status 404")]
    [InlineData("empty", CheckStatus.Failed, "/app.js?v=1 is empty")]
    [InlineData("fallback", CheckStatus.Failed, "/app.js?v=1 answers with an HTML page")]
    public async Task A_page_is_whole_only_with_its_scripts(string fault, CheckStatus verdict, string words)
    {
        await using var web = await TestWeb.StartAsync(context =>
        {
            var isScript = context.Request.Path == "/app.js";
            var isPage = context.Request.Path == "/" || (isScript && fault == "fallback");
            context.Response.ContentType = isPage ? "text/html" : isScript ? "text/javascript" : "text/css";
            if (isScript && fault == "missing") context.Response.StatusCode = 404;
            return context.Response.WriteAsync(isPage ? Page : isScript && fault == "empty" ? "" : "x");
        });
        var answer = await new PageSmokeCheck(new() { Url = web.Url }, Targets()).AskAsync(default);
        Assert.True(answer.Status == verdict && answer.Detail!.Contains(words), answer.ToString());
        if (verdict == CheckStatus.Passed) Assert.Equal("status 200, 2 scripts and style sheets", answer.Actual);
    }

    [Theory]
    [InlineData("<html><body><div id=root></div></body></html>", "text/html", CheckStatus.Failed, "The page is empty")]
    [InlineData("<html><body><h1>Down for maintenance?</h1></body></html>", "text/html", CheckStatus.Passed, null)]
    [InlineData("{}", "application/json", CheckStatus.Failed, "not an HTML page")]
    public async Task A_page_without_anything_to_show_is_down(string body, string type, CheckStatus verdict, string? words)
    {
        await using var web = await TestWeb.StartAsync(body, type: type);
        var answer = await new PageSmokeCheck(new() { Url = web.Url }, Targets()).AskAsync(default);
        Assert.True(answer.Status == verdict && (words is null || answer.Detail!.Contains(words)), answer.ToString());
    }

    [Fact]
    public async Task A_port_accepts_or_refuses()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal(CheckStatus.Passed, (await new TcpSmokeCheck(new() { Address = $"[::1]:{port}" }).AskAsync(default)).Status);
        var refused = await new TcpSmokeCheck(new() { Address = $"127.0.0.1:{TestWeb.FreePort()}" }).AskAsync(default);
        Assert.True(refused.Status == CheckStatus.Failed && refused.Detail!.Contains("nothing listens there"), refused.ToString());
    }

    [StockTheory]
    [InlineData("echo first; echo 12 posts", 0, CheckStatus.Passed, "exit code 0: 12 posts")]
    [InlineData("exit 4", 4, CheckStatus.Passed, "exit code 4")]
    [InlineData("echo PGPASSWORD=hunter2 >&2; exit 3", 0, CheckStatus.Failed, "exit code 3: PGPASSWORD=***")]
    [InlineData("pwd", 0, CheckStatus.Passed, "")]
    public async Task The_exit_code_of_a_command_decides(string command, int code, CheckStatus verdict, string actual)
    {
        var check = new ProcessSmokeCheck(new() { Command = command, ExpectExitCode = code }, Targets());
        var answer = await check.AskAsync(default);
        Assert.Equal((verdict, actual.Length == 0 ? $"exit code 0: {_work.Folder}" : actual), (answer.Status, answer.Actual));
        Assert.DoesNotContain("hunter2", check.Target + check.Name + answer);
    }

    [StockFact]
    public async Task A_command_gets_the_address_of_the_database_and_no_secret()
    {
        var targets = Targets() with { Database = new SqliteAddress(_work["app.db"]) };
        var answer = await new ProcessSmokeCheck(new() { Command = "echo \"$POSTRY_TARGET_URL$DATABASE_URL\"" }, targets).AskAsync(default);
        Assert.Equal($"exit code 0: {targets.Database!.Url}", answer.Actual);
    }

    [StockFact]
    public async Task A_command_that_does_not_end_is_stopped_with_its_children()
    {
        var check = new ProcessCheck { Command = "sleep 600 & echo $! > child; sleep 600", Timeout = TimeSpan.FromSeconds(1) };
        var answer = await new ProcessSmokeCheck(check, Targets()).AskAsync(default);
        Assert.True(answer.Status == CheckStatus.Failed && answer.Detail!.Contains("had not ended after 1 s"), answer.ToString());
        var child = int.Parse(File.ReadAllText(_work["child"]), CultureInfo.InvariantCulture);
        for (var i = 0; Processes.IsAlive(child) && i < 200; i++) await Task.Delay(50);
        Assert.False(Processes.IsAlive(child));
    }

    [Theory]
    [InlineData("""[]""", 1000, 9, null, CheckStatus.Passed, "")]
    [InlineData("""[]""", 1000, 11, null, CheckStatus.Failed, "Of 1000 requests 11 ended in an error, more than 1 %.")]
    [InlineData("""[]""", 0, 0, null, CheckStatus.Passed, "There were no requests, so the error rate is unknown.")]
    [InlineData("""[{"severity":"warning","id":"w"}]""", 10, 0, null, CheckStatus.Passed, "")]
    [InlineData("""[{"severity":"CRITICAL","code":"db_down"}]""", 10, 0, null, CheckStatus.Failed, "Critical alerts: db_down.")]
    [InlineData("""[{"severity":"critical","id":"old"}]""", 10, 0, "old", CheckStatus.Passed, "Critical alerts that were there before: old.")]
    [InlineData("""[{"severity":"critical","id":"old"},{"severity":"critical","id":7}]""", 10, 0, "old", CheckStatus.Failed, "New critical alerts: 7. Critical alerts that were there before: old.")]
    [InlineData("""["disk full"]""", 10, 0, "old", CheckStatus.Failed, "New critical alerts: disk full.")]
    [InlineData("""[{"message":"without a severity"}]""", 10, 0, "old", CheckStatus.Failed, "New critical alerts: without a severity.")]
    public async Task New_critical_alerts_and_too_many_errors_fail(string alerts, int requests, int errors, string? baseline,
        CheckStatus verdict, string detail)
    {
        await using var web = await TestWeb.StartAsync($$"""{"data":{"window":"24h","requests_total":{{requests}},"errors_5xx_total":{{errors}},"quota_exceeded_total":0,"alerts":{{alerts}} },"meta":{} }""", type: "application/json");
        var targets = Targets(("M", "token-of-mine")) with { Baseline = baseline is null ? null : [baseline] };
        var check = new MonitoringCheck { Url = web.Url, BearerTokenVariable = "M" };
        var answer = await new MonitoringSmokeCheck(check, targets).AskAsync(default);
        Assert.Equal((verdict, detail), (answer.Status, answer.Detail ?? ""));
        var critical = await MonitoringSmokeCheck.ReadCriticalAlertsAsync(check, targets, default);
        Assert.Equal(detail.Contains("alerts", StringComparison.Ordinal), critical.Count > 0);
    }

    [Theory]
    [InlineData("{}", 200, "is not an operational summary")]
    [InlineData("<html></html>", 200, "is not an operational summary")]
    [InlineData("""{"data":{"alerts":[]}}""", 200, "has no requests_total")]
    [InlineData("", 401, "refused the token")]
    [InlineData("", 403, "refused the token")]
    [InlineData("", 500, "The status is 500")]
    public async Task Monitoring_that_says_nothing_is_inconclusive(string body, int status, string words)
    {
        await using var web = await TestWeb.StartAsync(body, status);
        var answer = await new MonitoringSmokeCheck(new() { Url = web.Url }, Targets()).AskAsync(default);
        Assert.True(answer.Status == CheckStatus.Inconclusive && answer.Detail!.Contains(words), answer.ToString());
    }

    [Fact]
    public async Task Monitoring_that_is_not_there_is_inconclusive_and_gives_no_baseline()
    {
        var check = new MonitoringCheck { Url = $"http://127.0.0.1:{TestWeb.FreePort()}/" };
        Assert.Equal(CheckStatus.Inconclusive, (await new MonitoringSmokeCheck(check, Targets()).AskAsync(default)).Status);
        await Assert.ThrowsAsync<InvalidRequestException>(() => MonitoringSmokeCheck.ReadCriticalAlertsAsync(check, Targets(), default));
        var missing = await new MonitoringSmokeCheck(check with { BearerTokenVariable = "NOT_SET" }, Targets()).AskAsync(default);
        Assert.True(missing is { Status: CheckStatus.Inconclusive, MayChange: false } && missing.Detail!.Contains("NOT_SET"), missing.ToString());
    }

    [Fact]
    public void The_checks_of_the_file_come_in_their_order()
    {
        var read = ConfigurationText.Read("""
            { "smoke": {
              "monitoring": { "url": "http://a/s", "name": "m", "bearerTokenFile": "token", "after": ["h"] },
              "processes": [{ "command": "true", "name": "p", "expectExitCode": 1, "timeout": "1s", "after": ["h"] }],
              "tcp": [{ "address": "[::1]:5432", "name": "t", "timeout": "1s", "after": ["h"] }],
              "pages": [{ "url": "http://a/", "name": "page" }],
              "http": [{ "url": "http://a/", "name": "h", "method": "POST", "body": "{}", "headers": { "Accept": "text/html" }, "headerVariables": { "Authorization": "A" }, "headerFiles": { "X-Key": "k" },
                "rejectText": "r", "expectMatch": "a+", "rejectMatch": "b", "json": [{ "path": "$.a[0].b", "equals": 1.5 }, { "path": "c", "equals": "x", "exists": true }, { "path": "d", "atLeast": 0.5, "atMost": 2 }],
                "followRedirects": false, "minimumCertificateDays": 7, "maximumDuration": "2s", "after": ["x"] }]
            } }
            """);
        Assert.Empty(read.Problems);
        Assert.Equal([SmokeKind.Http, SmokeKind.Page, SmokeKind.Tcp, SmokeKind.Process, SmokeKind.Monitoring],
            ApplicationChecks.Of(read.Smoke, Targets()).Select(check => check.Kind));
        Assert.Equal(["h", "page", "t", "p", "m"], ApplicationChecks.Of(read.Smoke, Targets()).Select(check => check.Name));
        Assert.Equal("status 2xx, no text 'r', a match of 'a+', no match of 'b', $.a[0].b is 1.5, c is there and is \"x\", d is at least 0.5 and is at most 2, certificate valid for 7 days, within 2 s",
            ApplicationChecks.Of(read.Smoke, Targets()).First().Expected);
    }

    [Theory]
    [InlineData("""{ "smoke": { "http": [{ "url": ^"http://ops:hunter2@a/" }] } }""", "no user and no password")]
    [InlineData("""{ "smoke": { "http": [{ "url": "http://a/", "headers": { ^"Authorization": "hunter2" } }] } }""", "holds a secret: name the environment variable")]
    [InlineData("""{ "smoke": { "http": [^{ "url": "http://a/", "headers": { "Accept": "a" }, "headerFiles": { "accept": "b" } }] } }""", "more than one value for the header")]
    [InlineData("""{ "smoke": { "http": [^{ "url": "http://a/", "bearerTokenVariable": "A", "headerVariables": { "authorization": "B" } }] } }""", "more than one value for the header")]
    [InlineData("""{ "smoke": { "http": [{ "url": "http://a/", "expectMatch": ^"(" }] } }""", "must be a regular expression")]
    [InlineData("""{ "smoke": { "http": [{ "url": "http://a/", "json": [^{ "path": "a" }] }] } }""", "needs one of equals")]
    [InlineData("""{ "smoke": { "http": [{ "url": "http://a/", "json": [{ "path": ^"a..b", "exists": true }] }] } }""", "a path such as")]
    [InlineData("""{ "smoke": { "tcp": [{ "address": ^"localhost" }] } }""", "host and port")]
    [InlineData("""{ "smoke": { "tcp": [{ "address": ^"localhost:65536" }] } }""", "host and port")]
    public void What_is_wrong_in_the_file_is_told_where_it_is(string marked, string words)
    {
        var problem = ConfigurationText.ProblemAt(marked);
        Assert.Contains(words, problem.Message);
        Assert.DoesNotContain("hunter2", problem.ToString());
    }

    private SmokeTargets Targets(params (string Name, string Value)[] variables) => new(_work.Settings() with
    {
        Variable = name => variables.FirstOrDefault(variable => variable.Name == name).Value,
    });
}
