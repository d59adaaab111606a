using System.Text.Json;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry smoke`, and a restore that smoke checks decide: exit codes, JSON, JUnit, usage.</summary>
public sealed class SmokeVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private int _status = 200;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_exit_code_and_the_documents_say_how_the_checks_ended()
    {
        using var application = new SmallApplication(() => _status);
        var well = await _sandbox.JsonAsync(0, "smoke", application.Health);
        Assert.Equal("Passed", well.GetProperty("status").GetString());
        Assert.Equal("Http", well.GetProperty("checks")[0].GetProperty("kind").GetString());

        _status = 503;
        var junit = _sandbox.Path("smoke.xml");
        var failed = await _sandbox.RunAsync("smoke", application.Health, "--deadline", "1s", "--junit", junit);
        Assert.Equal(3, failed.ExitCode);
        Assert.Contains("expected", failed.Output, StringComparison.Ordinal);
        Assert.Contains("503", failed.Output, StringComparison.Ordinal);
        Assert.Contains("0 of 1 checks passed", failed.Output, StringComparison.Ordinal);
        Assert.Contains("failures=\"1\"", File.ReadAllText(junit), StringComparison.Ordinal);

        // A file that cannot be written hides no result, and is no success. Standard output stays one document.
        _status = 200;
        var unwritten = await _sandbox.RunAsync("smoke", application.Health, "--junit", _sandbox.Path("nowhere/smoke.xml"), "--json");
        Assert.Equal(1, unwritten.ExitCode);
        Assert.Equal("Passed", JsonDocument.Parse(unwritten.Output).RootElement.GetProperty("status").GetString());
        Assert.Contains("The folder of", unwritten.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_could_not_ask_is_not_a_success()
    {
        File.WriteAllText(_sandbox.Path("postry.json"), """
            { "smoke": { "monitoring": { "url": "http://127.0.0.1:9/summary", "bearerTokenVariable": "POSTRY_TESTS_NO_TOKEN" } } }
            """);
        var report = await _sandbox.JsonAsync(3, "smoke", "--deadline", "2s");
        Assert.Equal("Inconclusive", report.GetProperty("status").GetString());
        Assert.Contains("POSTRY_TESTS_NO_TOKEN", report.GetProperty("checks")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_be_asked_is_listed_without_asking()
    {
        using var application = new SmallApplication(() => 200);
        File.WriteAllText(_sandbox.Path("checks.json"),
            $$"""{ "http": [{ "name": "health", "url": {{JsonSerializer.Serialize(application.Health)}} }], "sql": [{ "query": "SELECT 1", "after": ["health"] }] }""");
        var plans = await _sandbox.JsonAsync(0, "smoke", "--file", _sandbox.Path("checks.json"), "--path", _sandbox.MakeDatabase(), "--what-if");
        Assert.Equal(2, plans.GetArrayLength());
        Assert.Equal(application.Health, plans[0].GetProperty("target").GetString());
        Assert.Equal("health", plans[1].GetProperty("after")[0].GetString());
        Assert.Equal(0, application.Requests);
    }

    [Fact]
    public async Task Nothing_to_ask_and_wrong_usage_are_no_success()
    {
        Assert.Equal(2, (await _sandbox.RunAsync("smoke")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("smoke", "--smoke", "nothing")).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("smoke", "http://127.0.0.1/", "--file", "checks.json")).ExitCode);
        var secret = await _sandbox.RunAsync("smoke", "http://ada:hunter2@127.0.0.1/");
        Assert.Equal(2, secret.ExitCode);
        Assert.DoesNotContain("hunter2", secret.Output + secret.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await _sandbox.RunAsync("smoke", "127.0.0.1:8000/health")).ExitCode);
    }

    [Fact]
    public async Task A_restore_ends_with_the_code_for_what_its_checks_decided()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var good = Sandbox.Contents(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        using var application = new SmallApplication(() => Sandbox.Contents(database) == damaged ? 200 : _status);
        Assert.Equal(2, (await _sandbox.RunAsync("restore", "--latest", "--path", database, "--force", "--smoke-deadline", "1s")).ExitCode);
        Assert.Equal(damaged, Sandbox.Contents(database));
        string[] restore = ["restore", "--latest", "--path", database, "--force", "--post-restore-health-url", application.Health,
            "--smoke-deadline", "1s"];

        _status = 500;
        var undone = await _sandbox.RunAsync(restore);
        Assert.True(undone.ExitCode == 5, undone.ToString());
        Assert.Equal(damaged, Sandbox.Contents(database));

        var kept = await _sandbox.RunAsync([.. restore, "--on-smoke-failure", "keep"]);
        Assert.True(kept.ExitCode == 6, kept.ToString());
        Assert.Equal(good, Sandbox.Contents(database));
        Assert.Equal(0, (await _sandbox.RunAsync("undo", "--latest", "--force")).ExitCode);

        _status = 200;
        var committed = await _sandbox.RunAsync(restore);
        Assert.True(committed.ExitCode == 0, committed.ToString());
        Assert.Equal(good, Sandbox.Contents(database));
    }

    [Fact]
    public async Task A_restore_takes_place_only_where_the_copy_passes()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var good = Sandbox.Contents(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        string[] Restore(string check)
        {
            File.WriteAllText(_sandbox.Path("checks.json"), check);
            return ["restore", "--latest", "--path", database, "--force", "--pre-swap-smoke", _sandbox.Path("checks.json"), "--smoke-deadline", "20s"];
        }

        var refused = await _sandbox.RunAsync(Restore("""{ "tables": [{ "table": "orders" }] }"""));
        Assert.True(refused.ExitCode == 1, refused.ToString());
        Assert.Contains("table orders (Failed)", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--pre-swap-smoke", refused.LastErrorLine, StringComparison.Ordinal);
        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Equal(2, (await _sandbox.RunAsync(Restore("""{ "tcp": [{ "address": "127.0.0.1:9" }] }"""))).ExitCode);
        Assert.Equal(0, (await _sandbox.RunAsync(Restore("""{ "tables": [{ "table": "posts", "atLeastBackup": true }] }"""))).ExitCode);
        Assert.Equal(good, Sandbox.Contents(database));
    }

    [Theory]
    [InlineData("undo")]
    [InlineData("complete")]
    public async Task A_restore_that_is_killed_during_its_checks_awaits_a_verdict_and_loses_no_write(string verdict)
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        var good = Sandbox.Contents(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        using var asked = new SemaphoreSlim(0);
        using var application = new SmallApplication(() =>
        {
            if (Sandbox.Contents(database) == damaged) return 200;
            asked.Release();
            return 503;
        });
        using var postry = _sandbox.Start("restore", "--latest", "--path", database, "--force", "--post-restore-health-url", application.Health,
            "--smoke-deadline", "5m");
        Assert.True(await asked.WaitAsync(TimeSpan.FromSeconds(30)), "The application was not asked after the swap.");
        postry.Kill();
        await postry.EndAsync();
        Assert.Equal(good, Sandbox.Contents(database));

        // The application goes on with what is live.
        Sandbox.Execute(database, "INSERT INTO posts(user_id, email, status) VALUES (1, 'since', 'published')");
        var list = await _sandbox.RunAsync("list");
        Assert.Contains("postry undo", list.Errors, StringComparison.Ordinal);
        var decided = await _sandbox.RunAsync([verdict, "--latest", .. verdict == "undo" ? ["--force"] : Array.Empty<string>()]);
        Assert.True(decided.ExitCode == 0, decided.ToString());
        var restored = verdict == "undo"
            ? (await _sandbox.JsonAsync(0, "restores"))[0].GetProperty("undoneCopy").GetString()! : database;
        Assert.Contains("since", Sandbox.Contents(restored), StringComparison.Ordinal);
        if (verdict == "undo") Assert.Equal(damaged, Sandbox.Contents(database));
    }
}
