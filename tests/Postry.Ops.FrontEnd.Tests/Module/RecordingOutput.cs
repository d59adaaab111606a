using Postry.Ops.Engine.Events;
using Postry.Ops.Pipeline;

namespace Postry.Ops.FrontEnd.Tests.Module;

/// <summary>Writes down what a relay delivers, and on which thread.</summary>
internal sealed class RecordingOutput : IPipelineOutput
{
    /// <summary>The calls that arrived, in order, as "kind:text".</summary>
    public List<string> Lines { get; } = [];

    public HashSet<int> Threads { get; } = [];

    /// <summary>Called for each line before it is written down; may throw as PowerShell does.</summary>
    public Action<string> OnLine { get; init; } = _ => { };

    public void Result(object value) => Add($"result:{value}");

    public void Error(Exception error, object? target) => Add($"error:{error.Message}:{target}");

    public void Warning(string message) => Add($"warning:{message}");

    public void Verbose(string message) => Add($"verbose:{message}");

    public void Progress(OperationProgress progress) => Add($"progress:{progress.Percent}");

    public void ProgressDone(OperationProgress last) => Add($"done:{last.Percent}");

    private void Add(string line)
    {
        Threads.Add(Environment.CurrentManagedThreadId);
        OnLine(line);
        Lines.Add(line);
    }
}
