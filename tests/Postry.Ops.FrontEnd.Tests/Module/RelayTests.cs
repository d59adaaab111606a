using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Events;
using Postry.Ops.Pipeline;

namespace Postry.Ops.FrontEnd.Tests.Module;

public sealed class RelayTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    [Fact]
    public void Everything_said_arrives_in_order_on_the_calling_thread()
    {
        var output = new RecordingOutput();
        var failure = Relay.Run(output, async (relay, cancellation) =>
        {
            for (var i = 0; i < 1000; i++)
            {
                relay.Detail($"{i}");
                relay.Warning($"{i}");
                relay.Error(new InvalidOperationException("bad"), i);
                relay.Result(i);
                if (i % 100 == 0) await Task.Yield();
            }
        }, CancellationToken.None);

        Assert.Null(failure);
        Assert.Equal(Enumerable.Range(0, 1000).SelectMany(i => new[] { $"verbose:{i}", $"warning:{i}", $"error:bad:{i}", $"result:{i}" }),
            output.Lines);
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(output.Threads));
    }

    [Fact]
    public void Messages_from_several_threads_all_arrive()
    {
        var output = new RecordingOutput();
        Relay.Run(output, (relay, cancellation) => Parallel.ForEachAsync(Enumerable.Range(0, 8), cancellation, (thread, _) =>
        {
            for (var i = 0; i < 500; i++) relay.Detail($"{thread}/{i}");
            return ValueTask.CompletedTask;
        }), CancellationToken.None);

        Assert.Equal(4000, output.Lines.Distinct().Count());
        for (var thread = 0; thread < 8; thread++)
        {
            Assert.Equal(Enumerable.Range(0, 500).Select(i => $"verbose:{thread}/{i}"),
                output.Lines.Where(l => l.StartsWith($"verbose:{thread}/", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Only_the_newest_progress_is_shown_and_it_is_closed()
    {
        var output = new RecordingOutput();
        var clock = Stopwatch.StartNew();
        Relay.Run(output, async (relay, cancellation) =>
        {
            for (var i = 0; i <= 1000; i++)
            {
                relay.Progress(new OperationProgress("a", "s", i, 1000));
                relay.Detail("busy");
                if (i % 10 == 0) await Task.Delay(5, cancellation);
            }
        }, CancellationToken.None);
        clock.Stop();

        var shown = output.Lines.Where(l => l.StartsWith("progress:", StringComparison.Ordinal))
            .Select(l => int.Parse(l[9..], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(shown.Count, 1, (int)(clock.ElapsedMilliseconds / 100) + 1);
        Assert.Equal(shown.Order(), shown);
        Assert.StartsWith("done:", output.Lines[^1]);
        Assert.Single(output.Lines, l => l.StartsWith("done:", StringComparison.Ordinal));
    }

    [Fact]
    public void Work_that_is_over_at_once_shows_no_progress()
    {
        var output = new RecordingOutput();
        Relay.Run(output, (relay, _) =>
        {
            relay.Progress(new OperationProgress("a", "s", 1, 2));
            return Task.CompletedTask;
        }, CancellationToken.None);

        Assert.Empty(output.Lines);
    }

    [Fact]
    public void The_exception_of_the_work_is_returned_after_what_it_said_before()
    {
        var output = new RecordingOutput();
        var failure = Relay.Run(output, (relay, _) =>
        {
            relay.Warning("careful");
            throw new InvalidOperationException("broken");
        }, CancellationToken.None);

        Assert.Equal("broken", Assert.IsType<InvalidOperationException>(failure).Message);
        Assert.Equal(["warning:careful"], output.Lines);
    }

    [Fact]
    public void A_failed_write_cancels_the_work_and_waits_until_it_has_cleaned_up()
    {
        var cleanedUp = false;
        var output = new RecordingOutput { OnLine = line => { if (line == "result:2") throw new TimeoutException("stop"); } };
        var thrown = Assert.Throws<TimeoutException>(() => Relay.Run(output, async (relay, cancellation) =>
        {
            relay.Result(1);
            relay.Result(2);
            relay.Result(3);
            try
            {
                await Task.Delay(Timeout, cancellation);
            }
            catch (OperationCanceledException)
            {
                await Task.Delay(200, CancellationToken.None);
                relay.Detail("nobody hears this");
                cleanedUp = true;
                throw;
            }
        }, CancellationToken.None));

        Assert.Equal("stop", thrown.Message);
        Assert.True(cleanedUp);
        Assert.Equal(["result:1"], output.Lines);
    }

    [Fact]
    public void Stopping_cancels_the_work_and_its_last_words_still_arrive()
    {
        using var stop = new CancellationTokenSource();
        var output = new RecordingOutput { OnLine = line => { if (line == "verbose:started") stop.Cancel(); } };
        var clock = Stopwatch.StartNew();
        var failure = Relay.Run(output, async (relay, cancellation) =>
        {
            relay.Detail("started");
            try
            {
                await Task.Delay(Timeout, cancellation);
            }
            finally
            {
                relay.Detail("swept");
            }
        }, stop.Token);

        Assert.IsAssignableFrom<OperationCanceledException>(failure);
        Assert.Equal(["verbose:started", "verbose:swept"], output.Lines);
        Assert.True(clock.Elapsed < Timeout);
    }

    [Fact]
    public void What_is_said_after_the_end_is_dropped()
    {
        Relay? kept = null;
        var output = new RecordingOutput();
        Relay.Run(output, (relay, _) =>
        {
            kept = relay;
            return Task.CompletedTask;
        }, CancellationToken.None);

        Assert.NotNull(kept);
        kept.Warning("too late");
        kept.Progress(new OperationProgress("a", "s"));
        Assert.Empty(output.Lines);
    }
}
