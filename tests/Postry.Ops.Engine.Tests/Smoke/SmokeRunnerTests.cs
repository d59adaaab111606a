using System.Diagnostics;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Checks side by side: attempts, pauses, timeouts, one deadline for all, and checks that wait for others.</summary>
public sealed class SmokeRunnerTests
{
    private static readonly SmokeAnswer Good = SmokeAnswer.Passed("200");
    private static readonly SmokeAnswer Bad = new(CheckStatus.Failed, "503", "Not yet.");

    [Fact]
    public async Task A_check_that_fails_at_first_asks_again_until_it_passes()
    {
        var check = new ScriptedCheck("app", Bad, Bad, Good);
        var report = await RunAsync(30, check);
        var result = Assert.Single(report.Checks);
        Assert.Equal((CheckStatus.Passed, CheckStatus.Passed, 3, "200"), (report.Status, result.Status, result.Attempts, result.Actual));
        Assert.True(result.Duration > TimeSpan.FromMilliseconds(100), "The check did not pause between its attempts.");
    }

    [Fact]
    public async Task An_answer_that_cannot_change_is_not_asked_for_again()
    {
        var check = new ScriptedCheck("token", new SmokeAnswer(CheckStatus.Inconclusive, null, "OPS_TOKEN is not set.", MayChange: false));
        var report = await RunAsync(30, check);
        Assert.Equal((CheckStatus.Inconclusive, 1), (report.Status, check.Asked));
        Assert.Equal("OPS_TOKEN is not set.", report.Checks[0].Detail);
    }

    [Fact]
    public async Task The_deadline_ends_all_with_the_last_answers()
    {
        var clock = Stopwatch.StartNew();
        var silent = new ScriptedCheck("silent", Never) { Timeout = TimeSpan.FromMinutes(5) };
        var report = await RunAsync(2, new ScriptedCheck("bad", Bad), silent, new ScriptedCheck("good", Good));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
        Assert.Equal(CheckStatus.Failed, report.Status);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Failed, CheckStatus.Passed], report.Checks.Select(check => check.Status));
        Assert.Equal(("503", "Not yet."), (report.Checks[0].Actual, report.Checks[0].Detail));
        Assert.True(report.Checks[0].Attempts > 1);
        Assert.Contains("deadline of 2s", report.Checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_an_attempt_without_an_answer()
    {
        var slow = new ScriptedCheck("slow", async (attempt, cancellation) => attempt > 1 ? Good : await Never(attempt, cancellation))
        {
            Timeout = TimeSpan.FromMilliseconds(200),
        };
        Assert.Equal((CheckStatus.Passed, 2), ((await RunAsync(30, slow)).Status, slow.Asked));

        var silent = new ScriptedCheck("monitor", Never) { Timeout = TimeSpan.FromMilliseconds(100), WithoutAnswer = CheckStatus.Inconclusive };
        var report = await RunAsync(1, silent);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        Assert.Contains("No answer within", report.Checks[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_waits_for_those_before_it_and_is_skipped_where_one_did_not_pass()
    {
        var health = new ScriptedCheck("health", Bad, Good);
        var login = new ScriptedCheck("login", (_, _) => Task.FromResult(health.Asked == 2 ? Good : Bad)) { After = ["HEALTH"] };
        var broken = new ScriptedCheck("broken", new SmokeAnswer(CheckStatus.Failed, "0", MayChange: false));
        var second = new ScriptedCheck("second", Good) { After = ["broken"] };
        var third = new ScriptedCheck("third", Good) { After = ["second"] };
        var report = await RunAsync(30, third, second, login, broken, health);
        Assert.Equal([CheckStatus.Skipped, CheckStatus.Skipped, CheckStatus.Passed, CheckStatus.Failed, CheckStatus.Passed],
            report.Checks.Select(check => check.Status));
        Assert.Equal((1, 0, 0), (login.Asked, second.Asked, third.Asked));
        Assert.Equal("broken must pass first.", report.Checks[1].Detail);
        Assert.Equal(CheckStatus.Failed, report.Status);
    }

    [Fact]
    public async Task Checks_run_side_by_side()
    {
        using var all = new Barrier(4);
        var checks = Enumerable.Range(0, 4).Select(i => new ScriptedCheck($"{i}", (_, cancellation) => Task.Run(() =>
            all.SignalAndWait(TimeSpan.FromSeconds(20), cancellation) ? Good : Bad, cancellation)) { Timeout = TimeSpan.FromSeconds(30) });
        Assert.Equal(CheckStatus.Passed, (await RunAsync(40, [.. checks])).Status);
    }

    [Fact]
    public async Task What_could_not_be_asked_is_inconclusive_with_the_next_step()
    {
        var check = new ScriptedCheck("posts", (_, _) => throw new InvalidRequestException("app", "No database is named", "Set DATABASE_URL."));
        var report = await RunAsync(5, check);
        Assert.Equal((CheckStatus.Inconclusive, "No database is named. Set DATABASE_URL.", 1),
            (report.Status, report.Checks[0].Detail, check.Asked));
    }

    [Fact]
    public async Task Ctrl_C_ends_all_checks_and_gives_no_report()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var run = new SmokeRunner(SilentObserver.Instance).RunAsync([new ScriptedCheck("bad", Bad), new ScriptedCheck("silent", Never)],
            TimeSpan.FromMinutes(5), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public void Checks_that_wait_for_each_other_or_for_nothing_are_refused()
    {
        var one = new ScriptedCheck("one", Good) { After = ["two"] };
        var two = new ScriptedCheck("two", Good) { After = ["one"] };
        var circle = Assert.Throws<InvalidRequestException>(() => SmokeOrder.Before([one, two, new ScriptedCheck("three", Good)]));
        Assert.Contains("one, two wait for each other", circle.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidRequestException>(() => SmokeOrder.Before([new ScriptedCheck("self", Good) { After = ["self"] }]));
        var missing = Assert.Throws<InvalidRequestException>(() => SmokeOrder.Before([one]));
        Assert.Contains("one waits for two", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_select_checks_with_all_that_must_pass_before_them()
    {
        ISmokeCheck[] all = [new ScriptedCheck("posts (app)", Good) { After = ["login"] }, new ScriptedCheck("login", Good) { After = ["health"] },
            new ScriptedCheck("health", Good), new ScriptedCheck("other", Good)];
        Assert.Equal(["posts (app)", "login", "health"], SmokeOrder.Select(all, ["Posts*"]).Select(check => check.Name));
        var both = new ScriptedCheck("both", Good) { After = ["posts"] };
        var before = SmokeOrder.Before([all[0], both, new ScriptedCheck("login", Good)]);
        Assert.Equal(["2", "0", ""], before.Select(numbers => string.Join(' ', numbers)));
        Assert.Equal(["other"], SmokeOrder.Select(all, ["other"]).Select(check => check.Name));
        var e = Assert.Throws<SourceNotFoundException>(() => SmokeOrder.Select(all, ["other", "nothing"]));
        Assert.Contains("posts (app), login, health, other", e.Hint, StringComparison.Ordinal);
    }

    private static async Task<SmokeAnswer> Never(int attempt, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return Good;
    }

    private static Task<SmokeReport> RunAsync(int seconds, params ScriptedCheck[] checks) =>
        new SmokeRunner(SilentObserver.Instance).RunAsync(checks, TimeSpan.FromSeconds(seconds), default);
}
