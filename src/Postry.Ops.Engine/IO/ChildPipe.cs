using System.Text;

namespace Postry.Ops.Engine.IO;

/// <summary>The reader of an output of a child process.</summary>
/// <param name="OnLine">Receives each line on another thread until the process is disposed, or null. The error of a callback is raised
/// where the program's end is waited for.</param>
/// <param name="Encoding">The encoding of the lines; null for the system's.</param>
/// <param name="IsCallers">True if the caller reads the output, and must do so to its end: a full pipe stops the program.</param>
internal sealed record ChildPipe(Action<string>? OnLine, Encoding? Encoding = null, bool IsCallers = false)
{
    /// <summary>The output is thrown away.</summary>
    public static ChildPipe Null { get; } = new(OnLine: null);

    /// <summary>The caller reads the output.</summary>
    public static ChildPipe Caller { get; } = new(OnLine: null, IsCallers: true);
}
