using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that change which sets there are: sets are piped in or named one by one, and none is ever
/// offered.</summary>
public abstract class BackupNamingCommand : KeyedCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ById = "Id";
    private protected const string ByFile = "BackupFile";

    /// <summary>Sets as Get-PostryBackup emits them.</summary>
    [Parameter(ParameterSetName = ByInput, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.BackupSet")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The ids of the sets.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>The set's artefact or manifest, for one that cannot be read.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupFileCompleter))]
    public string? BackupFile { get; set; }

    /// <summary>Refuses a command that names no set, and lists the newest. Errors: InvalidRequest.</summary>
    private protected void RequireName()
    {
        if (ParameterSetName == ByInput && !MyInvocation.ExpectingInput && InputObject is null)
            throw Choices.BackupNotNamed(Run((engine, _) => Task.FromResult(engine.ListBackups(new BackupQuery()))),
                Settings.BackupRoot, size => DisplayFormat.Size(size));
    }

    /// <summary>The sets that the parameters, or this item of the pipeline, point at.</summary>
    private protected IEnumerable<(object Target, BackupSelector Selector)> Chosen() => ParameterSetName switch
    {
        ById => Id!.Select(id => ((object)id, new BackupSelector { Id = id })),
        ByFile => [(FullPath(BackupFile!), new BackupSelector { BackupFile = FullPath(BackupFile!) })],
        _ => from set in Items<BackupSet>(InputObject!) select ((object)set, new BackupSelector { BackupFile = set.ManifestFile }),
    };
}
