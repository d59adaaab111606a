using System.Diagnostics;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.TestHost;

/// <summary>
/// The moment at which the child dies or waits. The moment is the name of a journal step (Swapping), "progress:" and the start of a
/// progress step (progress:Compressing), "warning", "file:" and a pattern of a path that need only appear (file:/some/folder/*.gz), or
/// "gone:" and a pattern of a path that need only disappear.
/// </summary>
/// <param name="kill">The moment at which the process sends itself SIGKILL, or null.</param>
/// <param name="pause">The moment at which the process waits for a line on its input, or null.</param>
internal sealed class Stopping(string? kill, string? pause) : IOperationObserver
{
    private const int KillSignal = 9;

    private int _paused;

    /// <summary>Begins to wait for the file whose appearance or disappearance is the moment.</summary>
    public void Watch()
    {
        if (kill?.Split(':', 2) is not ["file" or "gone", var pattern]) return;
        var (folder, name) = (Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern));
        var mustGo = kill.StartsWith("gone:", StringComparison.Ordinal);
        // The engine itself reports the moment, because a watcher from outside could miss it.
        Files.OnAppeared = (path, before) =>
        {
            if ((mustGo ? before : path) is { } said && Path.GetDirectoryName(said) == folder
                && FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(said)))
                Die();
        };
    }

    /// <summary>Says that a journal step has been made durable, and stops there where that was asked for.</summary>
    public void At(JournalStep step)
    {
        Say($"step {step}");
        Moment(step.ToString());
    }

    public void Report(OperationEvent happened)
    {
        switch (happened)
        {
            case OperationProgress progress:
                Moment("progress:" + progress.Step);
                break;
            case OperationDetail detail:
                Console.Error.WriteLine(detail.Message);
                break;
            case OperationWarning warning:
                Console.Error.WriteLine("WARNING " + warning.Message);
                Moment("warning");
                break;
        }
    }

    /// <summary>A line for the parent, at once.</summary>
    public static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private void Moment(string moment)
    {
        if (Meant(kill, moment)) Die();
        if (!Meant(pause, moment) || Interlocked.Exchange(ref _paused, 1) != 0) return;
        Say("paused");
        Console.In.ReadLine();
    }

    private static bool Meant(string? wanted, string moment) => wanted is not null && moment.StartsWith(wanted, StringComparison.Ordinal);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    private static void Die()
    {
        // No code of this process runs after this, no finally and no flush.
        if (OperatingSystem.IsWindows()) Process.GetCurrentProcess().Kill();
        else _ = SendSignal(Environment.ProcessId, KillSignal);
        Thread.Sleep(Timeout.Infinite);
    }
}
