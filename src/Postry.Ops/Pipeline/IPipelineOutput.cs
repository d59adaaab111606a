using Postry.Ops.Engine.Events;

namespace Postry.Ops.Pipeline;

/// <summary>The places a command writes to. Every method is called on the pipeline thread and may throw what PowerShell throws
/// there.</summary>
internal interface IPipelineOutput
{
    void Result(object value);

    void Error(Exception error, object? target);

    void Warning(string message);

    void Verbose(string message);

    void Progress(OperationProgress progress);

    /// <summary>Takes the progress display away.</summary>
    void ProgressDone(OperationProgress last);
}
