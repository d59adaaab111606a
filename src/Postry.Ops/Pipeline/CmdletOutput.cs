using System.Management.Automation;
using Postry.Ops.Engine.Events;
using Postry.Ops.Errors;

namespace Postry.Ops.Pipeline;

/// <summary>Writes to a cmdlet's streams.</summary>
internal sealed class CmdletOutput(PSCmdlet cmdlet) : IPipelineOutput
{
    // Each cmdlet of a pipeline has a display of its own, so that they do not overwrite each other's.
    private readonly int _activityId = cmdlet.MyInvocation.PipelinePosition;

    public void Result(object value) => cmdlet.WriteObject(value);

    public void Error(Exception error, object? target) => cmdlet.WriteError(ErrorTable.ToRecord(error, target));

    public void Warning(string message) => cmdlet.WriteWarning(message);

    public void Verbose(string message) => cmdlet.WriteVerbose(message);

    public void Progress(OperationProgress progress) => cmdlet.WriteProgress(Record(progress));

    public void ProgressDone(OperationProgress last)
    {
        var record = Record(last);
        record.RecordType = ProgressRecordType.Completed;
        cmdlet.WriteProgress(record);
    }

    private ProgressRecord Record(OperationProgress progress) =>
        new(_activityId, OrPlaceholder(progress.Activity), OrPlaceholder(progress.Step)) { PercentComplete = progress.Percent ?? -1 };

    // ProgressRecord refuses empty texts.
    private static string OrPlaceholder(string text) => text.Length == 0 ? "..." : text;
}
