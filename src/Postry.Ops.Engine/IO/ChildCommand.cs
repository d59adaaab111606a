namespace Postry.Ops.Engine.IO;

/// <summary>A program to start. No shell reads its arguments, unless the program is one.</summary>
/// <param name="Program">Full path, or a name that the system finds.</param>
/// <param name="Arguments">The arguments, which never hold a secret, because every user of the machine sees them.</param>
internal sealed record ChildCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Changes the environment that the program inherits; what <see cref="ChildEnvironment"/> hides is not in it any
    /// more.</summary>
    public Action<IDictionary<string, string?>>? Environment { get; init; }

    /// <summary>Folder to run in, or null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>The operating system's user to run as, or null for this one.</summary>
    public string? RunAs { get; init; }

    /// <summary>True to write to the program's input; otherwise the input is empty.</summary>
    public bool WithInput { get; init; }

    /// <summary>The reader of the program's output.</summary>
    public ChildPipe Output { get; init; } = ChildPipe.Null;

    /// <summary>The reader of the program's error output.</summary>
    public ChildPipe Error { get; init; } = ChildPipe.Null;

    /// <summary>
    /// The script of <see cref="ParentDeathGuard"/> that ends the program together with this process; null for a program that may outlive
    /// this process. A guarded program is named by its full path. A program with input needs no script, because its input ends with this
    /// process; Windows needs none, because the system itself ends what belongs to this process.
    /// </summary>
    public string? Guard { get; init; }

    /// <summary>Longest time to run, or null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Time for the program to end by itself, and its children with it, after SIGTERM; then they are killed. Zero kills all of them at
    /// once: no child of a program that knows nothing of its children can escape before that.
    /// </summary>
    public TimeSpan StopTimeout { get; init; }

    /// <summary>Longest time to read on after the end of the program, where programs that it has started hold its outputs open.</summary>
    public TimeSpan PipeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>All arguments as one text that the program itself takes apart; null for <see cref="Arguments"/>. Only Windows has
    /// it.</summary>
    public string? Line { get; init; }

    /// <summary>A command for the system's shell.</summary>
    public static ChildCommand Shell(string command) => !OperatingSystem.IsWindows() ? new("/bin/sh", "-c", command)
        // Of quotes cmd.exe only takes the first and the last away, and knows no backslashes before others. By its name alone it would also
        // be found in the current folder.
        : new(Path.Combine(System.Environment.SystemDirectory, "cmd.exe")) { Line = $"/d /s /c \"{command}\"" };
}
