using System.Management.Automation;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Errors;

namespace Postry.Ops.Commands;

/// <summary>
/// Writes results as the console's JSON does. ConvertTo-Json cannot: it writes a TimeSpan as an object of fifteen properties, and cuts what
/// lies deeper than its -Depth.
/// </summary>
[Cmdlet(VerbsData.ConvertTo, "PostryJson")]
[OutputType(typeof(string))]
public sealed class ConvertToPostryJsonCommand : PSCmdlet
{
    private readonly List<object> _results = [];

    /// <summary>Results of cmdlets of this module, or parts of them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    [AllowNull]
    public object?[]? InputObject { get; set; }

    /// <summary>Writes an array also for one result, or for none.</summary>
    [Parameter]
    public SwitchParameter AsArray { get; set; }

    /// <summary>Writes everything in one line.</summary>
    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in InputObject ?? [])
        {
            var result = item is PSObject wrapped ? wrapped.BaseObject : item;
            if (result is not null && ResultJson.IsResult(result)) _results.Add(result);
            else WriteError(NoResult(item));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_results.Count > 0 || AsArray) WriteObject(ResultJson.Serialize(_results, AsArray, Compress));
    }

    private static ErrorRecord NoResult(object? item)
    {
        var type = item is null ? "null" : PSObject.AsPSObject(item).TypeNames[0];
        return ErrorTable.ToRecord(new InvalidRequestException(type, $"{type} is no result of a Postry.Ops command.",
            "Pass the objects as the commands return them (Select-Object makes other ones), or use ConvertTo-Json."), item);
    }
}
