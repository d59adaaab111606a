using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.IO;

/// <summary>The one way in which programs are started: pipes that never fill up, ends that are waited for, and what may live on.</summary>
public sealed class ChildProcessTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [StockTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_that_fills_its_error_output_is_not_stopped_by_it(bool withLines)
    {
        var errors = 0;
        await using var child = ChildProcess.Start(Shell("seq 300000 >&2; echo done") with
        {
            Output = ChildPipe.Caller,
            Error = withLines ? new ChildPipe(_ => errors++) : ChildPipe.Null,
        }, default);
        Assert.Equal("done\n", await new StreamReader(child.Output).ReadToEndAsync().WaitAsync(Long));
        Assert.Equal(0, await child.WaitForExitAsync());
        Assert.Equal(withLines ? 300_000 : 0, errors);
    }

    /// <summary>A closed pipe would end an application at the next line that it writes.</summary>
    [StockTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_grandchild_that_holds_the_pipes_is_not_waited_for_and_lives_on(bool guarded)
    {
        using var work = new Workspace();
        var lines = new List<string>();
        var clock = Stopwatch.StartNew();
        var script = $"(while ! test -e {work["go"]}; do sleep 0.1; done; echo late && echo late >&2 && echo alive > {work["alive"]}) & echo $!";
        await using (var child = ChildProcess.Start(Shell(script) with
        {
            Output = new ChildPipe(lines.Add),
            Guard = guarded ? ParentDeathGuard.Program : null,
            Timeout = TimeSpan.FromSeconds(30),
            PipeTimeout = TimeSpan.FromMilliseconds(200),
        }, default)) Assert.Equal(0, await child.WaitForExitAsync());

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
        var grandchild = int.Parse(Assert.Single(lines), CultureInfo.InvariantCulture);
        Assert.True(Processes.IsAlive(grandchild));
        File.WriteAllText(work["go"], "");
        while (Processes.IsAlive(grandchild) && clock.Elapsed < Long) await Task.Delay(20);
        Assert.Equal("alive\n", File.ReadAllText(work["alive"]));
        Assert.Single(lines);
    }

    [StockTheory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    public async Task Cancelling_ends_the_tree_and_is_told_only_after_that(bool guarded, int secondsToStop)
    {
        using var cancel = new CancellationTokenSource();
        await using var child = ChildProcess.Start(Shell("trap '' TERM; sleep 600 & echo ready; sleep 600") with
        {
            Output = ChildPipe.Caller,
            Guard = guarded ? ParentDeathGuard.Program : null,
            StopTimeout = TimeSpan.FromSeconds(secondsToStop),
        }, cancel.Token);
        Assert.Equal("ready", await new StreamReader(child.Output).ReadLineAsync());
        var all = Processes.Tree(child.Id);
        Assert.True(all.Count >= 3, string.Join(' ', all));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(child.WaitForExitAsync);
        await AssertEndedAsync(all);
        Assert.ThrowsAny<OperationCanceledException>(() => ChildProcess.Start(Shell("exit"), cancel.Token));
    }

    [StockFact]
    public async Task Out_of_time_a_program_ends_with_its_tree()
    {
        await using var child = ChildProcess.Start(Shell("sleep 600 & echo ready; sleep 600") with
        {
            Output = ChildPipe.Caller,
            Timeout = TimeSpan.FromSeconds(1),
        }, default);
        Assert.Equal("ready", await new StreamReader(child.Output).ReadLineAsync());
        var all = Processes.Tree(child.Id);
        await Assert.ThrowsAsync<TimeoutException>(child.WaitForExitAsync);
        await AssertEndedAsync(all);
        Assert.Null(ChildProcess.Ask(Shell("echo answer; sleep 600") with { Timeout = TimeSpan.FromSeconds(1) }));
    }

    [StockFact]
    public async Task A_program_that_ended_in_time_is_not_out_of_time_although_its_pipes_are_open()
    {
        var child = ChildProcess.Start(Shell("sleep 3 & exit 7") with
        {
            Timeout = TimeSpan.FromSeconds(1),
            PipeTimeout = TimeSpan.FromSeconds(2),
        }, default);
        Assert.Equal(7, await child.WaitForExitAsync());
        await child.DisposeAsync();
        await child.DisposeAsync();
    }

    [StockTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_cannot_be_started_says_why(bool guarded)
    {
        using var work = new Workspace();
        File.WriteAllText(work["text"], "no program");
        foreach (var (program, reason) in new[] { ("none", "No such file"), ("text", "Permission denied") })
        {
            var command = new ChildCommand(work[program], "secret") { Guard = guarded ? ParentDeathGuard.Program : null };
            var e = Assert.Throws<ChildStartException>(() => ChildProcess.Start(command, default));
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
            Assert.Null(ChildProcess.Ask(command));
        }
    }

    [StockFact]
    public void A_folder_or_user_that_is_missing_is_the_reason_too()
    {
        using var work = new Workspace();
        Assert.Throws<ChildStartException>(() => ChildProcess.Start(Shell("exit") with { Folder = work["none"] }, default));
        Assert.Throws<ChildStartException>(() => ChildProcess.Start(Shell("exit") with { RunAs = "postry-none" }, default));
    }

    [StockFact]
    public async Task An_error_of_a_callback_is_raised_and_the_program_ends_by_itself()
    {
        var calls = 0;
        await using var child = ChildProcess.Start(Shell("seq 300000") with
        {
            Output = new ChildPipe(_ => throw new InvalidDataException($"call {++calls}")),
        }, default);
        var e = await Assert.ThrowsAsync<InvalidDataException>(() => child.WaitForExitAsync().WaitAsync(Long));
        Assert.Equal("call 1", e.Message);
    }

    [StockFact]
    public void A_child_inherits_no_secret_and_has_an_empty_input()
    {
        var name = "POSTRY_TEST_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(name, "hush");
        var command = Shell($"cat; echo \"${name}|$A|$HOME\"") with
        {
            Environment = variables => (variables["A"], variables["HOME"]) = ("a  *", null),
        };
        Assert.Equal("hush|a  *|", ChildProcess.Ask(command));
        ChildEnvironment.Hide(name);
        Assert.Equal("|a  *|", ChildProcess.Ask(command));
    }

    [StockFact]
    public void An_answer_is_what_a_program_wrote_before_it_ended_well()
    {
        Assert.Equal("a b\nc", ChildProcess.Ask(Shell("echo \"$1\"; echo c; echo d >&2", "sh", "a b")));
        Assert.Null(ChildProcess.Ask(Shell("echo a; exit 1")));
        // A program that does not stop talking cannot fill the memory.
        Assert.InRange(ChildProcess.Ask(Shell("seq 300000; head -c 3000000 /dev/zero | tr '\\0' x"))!.Length, 1, 70_000);
    }

    // A process that has got SIGKILL does no more, but its entry may be there for a moment.
    private static async Task AssertEndedAsync(List<int> all)
    {
        for (var i = 0; i < 50 && all.Any(Processes.IsAlive); i++) await Task.Delay(10);
        Assert.DoesNotContain(all, Processes.IsAlive);
    }

    private static ChildCommand Shell(string script, params string[] arguments) => new("/bin/sh", ["-c", script, .. arguments]);

    [StockFact]
    public async Task A_server_whose_data_is_gone_already_ends_with_its_parent()
    {
        // A shell starts its background programs deaf to this signal; a server listens to it again.
        const string Server = "import signal, sys, time; signal.signal(signal.SIGQUIT, lambda *_: sys.exit()); time.sleep(300)";
        var start = new ProcessStartInfo("/bin/sh", ["-c", ParentDeathGuard.Server, "sh", "python3", "-c", Server])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            Environment = { ["DATA"] = "/nonexistent/data" },
        };
        using var guard = Process.Start(start)!;
        await Task.Delay(1_000);
        guard.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await guard.WaitForExitAsync(limit.Token);
    }
}
