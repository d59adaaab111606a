using System.Diagnostics;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Applications;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks of addresses, against servers that answer well, badly and not at all.</summary>
public sealed class HttpSmokeTests : IDisposable
{
    private const string Secret = "s3cr3t-Token/+of=me";
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData(200, "2xx", CheckStatus.Passed)]
    [InlineData(204, "2xx", CheckStatus.Passed)]
    [InlineData(200, "204", CheckStatus.Failed)]
    [InlineData(503, "2xx", CheckStatus.Failed)]
    [InlineData(404, "404", CheckStatus.Passed)]
    public async Task The_status_decides(int status, string expected, CheckStatus verdict)
    {
        await using var web = await TestWeb.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var answer = await AskAsync(new() { Url = web.Url, ExpectStatus = expected });
        Assert.Equal((verdict, $"status {status}"), (answer.Status, answer.Actual));
    }

    [Fact]
    public async Task A_typed_address_wants_2xx_and_holds_no_password()
    {
        await using var web = await TestWeb.StartAsync("fine");
        var check = ApplicationChecks.OfUrl(web.Url + "/health?api_key=abc&window=24h", Targets());
        Assert.Equal((CheckStatus.Passed, SmokeKind.Http), ((await check.AskAsync(default)).Status, check.Kind));
        Assert.Equal($"{web.Url}/health?api_key=***&window=24h", check.Target);
        var refused = Assert.Throws<InvalidRequestException>(() => ApplicationChecks.OfUrl("http://ops:hunter2@127.0.0.1/", Targets()));
        Assert.DoesNotContain("hunter2", refused.ToString());
        Assert.Throws<InvalidRequestException>(() => ApplicationChecks.OfUrl("127.0.0.1:8000", Targets()));
    }

    [Theory]
    [InlineData("Welcome", null, null, null, CheckStatus.Passed)]
    [InlineData("Goodbye", null, null, null, CheckStatus.Failed)]
    [InlineData(null, "Error", null, null, CheckStatus.Passed)]
    [InlineData(null, "back", null, null, CheckStatus.Failed)]
    [InlineData(null, null, "^Welcome .*k$", null, CheckStatus.Passed)]
    [InlineData(null, null, "^back", null, CheckStatus.Failed)]
    [InlineData(null, null, null, "b[a-c]+k", CheckStatus.Failed)]
    [InlineData(null, null, "^(([a-zA-Z ]+)+)+!$", null, CheckStatus.Inconclusive)]
    public async Task Texts_that_must_and_must_not_be_there(string? text, string? noText, string? match, string? noMatch,
        CheckStatus verdict)
    {
        await using var web = await TestWeb.StartAsync(match?.Contains('!') == true ? new string('a', 60) : "Welcome back");
        var answer = await AskAsync(new() { Url = web.Url, ExpectText = text, RejectText = noText,
            ExpectMatch = match, RejectMatch = noMatch });
        Assert.True(verdict == answer.Status, answer.ToString());
    }

    [Theory]
    [InlineData("data.ok", "true", null, null, null, true)]
    [InlineData("$.data.items[1].n", "2.0", null, null, null, true)]
    [InlineData("data.items[2].n", null, null, null, true, false)]
    [InlineData("data.items[2]", null, null, null, false, true)]
    [InlineData("data.ok", null, null, null, false, false)]
    [InlineData("data.items[1].n", null, 2.0, 2.0, null, true)]
    [InlineData("data.items[1].n", null, 2.5, null, null, false)]
    [InlineData("data.items[1].n", null, null, 1.9, null, false)]
    [InlineData("data.status", "\"up\"", null, null, true, true)]
    [InlineData("data.status", "\"1\"", null, null, null, false)]
    [InlineData("data.status", null, 1.0, null, null, false)]
    public async Task Values_of_a_JSON_answer(string path, string? equal, double? least, double? most, bool? exists, bool isRight)
    {
        await using var web = await TestWeb.StartAsync("""{"data":{"ok":true,"status":"up","items":[{"n":1},{"n":2}]}}""", type: "application/json");
        var json = new JsonExpectation { Path = path, EqualTo = equal, AtLeast = (decimal?)least, AtMost = (decimal?)most,
            Exists = exists };
        var answer = await AskAsync(new() { Url = web.Url, Json = [json] });
        Assert.True(isRight == (answer.Status == CheckStatus.Passed), answer.ToString());
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_fails_and_is_not_shown()
    {
        await using var web = await TestWeb.StartAsync("<html>private</html>");
        var answer = await AskAsync(new() { Url = web.Url, Json = [new() { Path = "data", Exists = false }] });
        Assert.Equal((CheckStatus.Failed, "The answer is not JSON."), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Nothing_that_listens_is_a_failure_with_a_next_step()
    {
        var port = TestWeb.FreePort();
        var answer = await AskAsync(new() { Url = $"http://127.0.0.1:{port}/" });
        Assert.Equal((CheckStatus.Failed, null, true), (answer.Status, answer.Actual, answer.MayChange));
        Assert.Equal($"127.0.0.1:{port} refused the connection: nothing listens there. Start the application, or correct the address.", answer.Detail);
        Assert.Contains("is unknown", (await AskAsync(new() { Url = "http://no-such-host.invalid/" })).Detail);
    }

    [Fact]
    public async Task The_time_limit_covers_the_body_and_a_cancellation_is_no_answer()
    {
        await using var web = await TestWeb.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);
        });
        var clock = Stopwatch.StartNew();
        var answer = await AskAsync(new() { Url = web.Url, Timeout = TimeSpan.FromSeconds(0.5) });
        Assert.True(answer.Status == CheckStatus.Failed && answer.Detail!.Contains("gave no complete answer in 0.5 s"), answer.ToString());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20));
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));
        var cancelled = new HttpSmokeCheck(new() { Url = web.Url }, Targets());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.AskAsync(cancel.Token));
    }

    [Fact]
    public async Task An_answer_that_is_slow_and_one_that_comes_and_goes()
    {
        var asked = 0;
        await using var web = await TestWeb.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow") await Task.Delay(400);
            else context.Response.StatusCode = asked++ % 2 == 0 ? 503 : 200;
        });
        var slow = await AskAsync(new() { Url = web.Url + "/slow", MaximumDuration = TimeSpan.FromSeconds(0.2) });
        Assert.True(slow.Status == CheckStatus.Failed && slow.Detail!.Contains("more than 0.2 s"), slow.ToString());
        var check = new HttpSmokeCheck(new() { Url = web.Url }, Targets());
        Assert.Equal(CheckStatus.Failed, (await check.AskAsync(default)).Status);
        Assert.Equal(CheckStatus.Passed, (await check.AskAsync(default)).Status);
    }

    [Fact]
    public async Task Redirects_are_followed_as_far_as_they_lead()
    {
        await using var web = await TestWeb.StartAsync(context =>
        {
            var path = context.Request.Path.Value!;
            if (path == "/end") return context.Response.WriteAsync("there");
            context.Response.Redirect(path == "/loop" ? "/loop2" : path == "/loop2" ? "/loop" : path == "/start" ? "/end" : path + "x");
            return Task.CompletedTask;
        });
        Assert.Equal(CheckStatus.Passed, (await AskAsync(new() { Url = web.Url + "/start", ExpectText = "there" })).Status);
        Assert.Equal("status 302", (await AskAsync(new() { Url = web.Url + "/start", FollowRedirects = false })).Actual);
        Assert.Equal(CheckStatus.Passed, (await AskAsync(new() { Url = web.Url + "/start", ExpectStatus = "302" })).Status);
        var loop = await AskAsync(new() { Url = web.Url + "/loop" });
        Assert.Equal((CheckStatus.Failed, $"The address redirects, and the redirects lead in a circle (the check keeps no cookies): {web.Url}/loop -> {web.Url}/loop2."), (loop.Status, loop.Detail));
        var far = await AskAsync(new() { Url = web.Url + "/x" });
        Assert.True(far.Status == CheckStatus.Failed && far.Detail!.Contains("more than 10 redirects"), far.ToString());
    }

    [Fact]
    public async Task Secrets_are_sent_to_their_own_server_and_shown_nowhere()
    {
        var seen = new List<string>();
        await using var other = await TestWeb.StartAsync(context =>
        {
            lock (seen) seen.Add($"other {context.Request.Headers.Authorization}{context.Request.Headers["X-Api-Key"]}");
            return context.Response.WriteAsync($$"""{"echo":"{{Secret}}"}""");
        });
        await using var web = await TestWeb.StartAsync(context =>
        {
            lock (seen) seen.Add($"own {context.Request.Headers.Authorization} {context.Request.Headers["X-Api-Key"]}");
            if (context.Request.Path == "/go") context.Response.Redirect($"{other.Url}/?echo={Uri.EscapeDataString(Secret)}");
            return context.Response.WriteAsync($$"""{"echo":"\u001b[2J{{Secret.Replace("+", "\\u002B")}}"}""");
        });
        File.WriteAllText(_work["key"], "file-key-of-me\n");
        var check = new HttpCheck { Url = web.Url, BearerTokenVariable = "SMOKE_TOKEN", HeaderFiles = new Dictionary<string, string> { ["X-Api-Key"] = "key" },
            Json = [new() { Path = "echo", EqualTo = "\"x\"" }] };
        foreach (var path in new[] { "/", "/go" })
        {
            var asked = new HttpSmokeCheck(check with { Url = web.Url + path, ExpectStatus = path == "/" ? "2xx" : "500" }, Targets(("SMOKE_TOKEN", Secret)));
            var answer = await asked.AskAsync(default);
            Assert.Equal(CheckStatus.Failed, answer.Status);
            var all = $"{asked.Name} {asked.Target} {asked.Expected} {answer}";
            Assert.Contains("***", all);
            Assert.DoesNotContain('\e', all);
            Assert.DoesNotContain(Secret, all);
            Assert.DoesNotContain(Uri.EscapeDataString(Secret), all);
        }

        Assert.Equal([$"own Bearer {Secret} file-key-of-me", $"own Bearer {Secret} file-key-of-me", "other "], seen);
    }

    [Fact]
    public async Task A_secret_that_is_missing_or_broken_is_named_and_nothing_is_asked()
    {
        var check = new HttpCheck { Url = $"http://127.0.0.1:{TestWeb.FreePort()}/" };
        var missing = await AskAsync(check with { BearerTokenVariable = "SMOKE_TOKEN" });
        Assert.Equal((CheckStatus.Inconclusive, false), (missing.Status, missing.MayChange));
        Assert.Equal("The environment variable SMOKE_TOKEN, which holds the bearer token, is not set. Set it for the process that runs the checks.", missing.Detail);
        var file = await AskAsync(check with { BearerTokenFile = "no-such-file" });
        Assert.True(file is { Status: CheckStatus.Inconclusive, MayChange: false } && file.Detail!.Contains("no-such-file"), file.ToString());
        var broken = await new HttpSmokeCheck(check with { HeaderVariables = new Dictionary<string, string> { ["X"] = "SMOKE_X" } },
            Targets(("SMOKE_X", "hunter2\nInjected: yes"))).AskAsync(default);
        Assert.True(broken is { Status: CheckStatus.Inconclusive, MayChange: false } && broken.Detail!.Contains("SMOKE_X") && !broken.Detail.Contains("hunter2"), broken.ToString());
    }

    [Fact]
    public async Task A_method_a_body_and_headers_arrive()
    {
        await using var web = await TestWeb.StartAsync(async context => await context.Response.WriteAsync(
            $"{context.Request.Method} {context.Request.ContentType} {context.Request.Headers["X-Way"]} {await new StreamReader(context.Request.Body).ReadToEndAsync()}"));
        var answer = await AskAsync(new() { Url = web.Url, Method = "POST", Body = "a=1", ExpectText = "POST application/x-www-form-urlencoded smoke a=1",
            Headers = new Dictionary<string, string> { ["content-type"] = "application/x-www-form-urlencoded", ["X-Way"] = "smoke" } });
        Assert.True(answer.Status == CheckStatus.Passed, answer.ToString());
    }

    [Fact]
    public async Task Endless_and_packed_bodies_are_cut_and_what_cannot_be_known_is_not_passed()
    {
        await using var web = await TestWeb.StartAsync(async context =>
        {
            var zeros = new byte[1 << 20];
            Array.Fill(zeros, (byte)'0');
            if (context.Request.Path == "/bomb")
            {
                context.Response.Headers.ContentEncoding = "gzip";
                await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
                for (var i = 0; i < 2000; i++) await gzip.WriteAsync(zeros, context.RequestAborted);
            }
            else
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(zeros, context.RequestAborted);
            }
        });
        foreach (var path in new[] { "/endless", "/bomb" })
        {
            var check = new HttpCheck { Url = web.Url + path, Timeout = TimeSpan.FromSeconds(30) };
            var plain = await AskAsync(check);
            Assert.Equal((CheckStatus.Passed, "The answer is longer than 5 MiB, and only its beginning was read."), (plain.Status, plain.Detail));
            Assert.Equal(CheckStatus.Failed, (await AskAsync(check with { ExpectText = "Welcome" })).Status);
            Assert.Equal(CheckStatus.Failed, (await AskAsync(check with { Json = [new() { Path = "a", Exists = false }] })).Status);
            Assert.Equal(CheckStatus.Inconclusive, (await AskAsync(check with { RejectText = "Error" })).Status);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "closed the connection before the answer was complete")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf", "closed the connection before the answer was complete")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", "is not HTTP")]
    [InlineData("", "closed the connection before the answer was complete")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", "is not HTTP")]
    public async Task An_answer_that_breaks_off_is_a_failure(string sent, string words)
    {
        using var server = new RawServer(sent);
        var answer = await AskAsync(new() { Url = $"http://127.0.0.1:{server.Port}/" });
        Assert.True(answer.Status == CheckStatus.Failed && answer.Detail!.Contains(words), answer.ToString());
        var tls = await AskAsync(new() { Url = $"https://127.0.0.1:{server.Port}/" });
        Assert.True(tls.Status == CheckStatus.Failed && tls.Detail!.Contains("127.0.0.1"), tls.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1", -30, 30, "is self-signed, and this machine does not trust it")]
    [InlineData("127.0.0.1", -30, -10, "expired on ")]
    [InlineData("127.0.0.1", 10, 30, "is not valid before ")]
    [InlineData("other.example.org", -30, 30, "is for other.example.org and not for 127.0.0.1")]
    public async Task A_certificate_that_is_not_trusted_is_a_failure_with_its_reason(string host, int from, int until, string words)
    {
        using var certificate = TestWeb.Certificate(host, from, until);
        await using var web = await TestWeb.StartAsync(context => context.Response.WriteAsync("fine"), certificate);
        var answer = await AskAsync(new() { Url = web.Url });
        Assert.True(answer.Status == CheckStatus.Failed && answer.Detail!.Contains(words), answer.ToString());
    }

    [Fact]
    public void The_days_of_a_certificate_are_counted()
    {
        var expectation = new HttpExpectation(new HttpCheck { MinimumCertificateDays = 20 });
        var answer = new WebAnswer(new Uri("https://a/"), 200, "", new WebBody([], false, null), [new Uri("https://a/")]);
        foreach (var (days, verdict) in new[] { (30, CheckStatus.Passed), (10, CheckStatus.Failed) })
        {
            using var certificate = TestWeb.Certificate("a", untilDays: days);
            var trust = new TlsTrust();
            Assert.True(trust.Judge("a", certificate, null, System.Net.Security.SslPolicyErrors.None));
            Assert.Equal(verdict, expectation.Judge(answer, trust, default).Status);
        }

        Assert.Contains("without TLS", expectation.Judge(answer, new TlsTrust(), default).Detail);
    }

    private Task<SmokeAnswer> AskAsync(HttpCheck check) => new HttpSmokeCheck(check, Targets()).AskAsync(default);

    private SmokeTargets Targets(params (string Name, string Value)[] variables) => new(_work.Settings() with
    {
        Variable = name => variables.FirstOrDefault(variable => variable.Name == name).Value,
    });
}
