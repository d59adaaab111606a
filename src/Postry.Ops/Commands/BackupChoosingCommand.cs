using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that work on one set: piped in, or named by id, file, or time.</summary>
public abstract class BackupChoosingCommand : KeyedCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ById = "Id";
    private protected const string ByFile = "BackupFile";
    private protected const string ByLatest = "Latest";
    private protected const string ByTime = "Before";

    /// <summary>Sets as Get-PostryBackup and Backup-PostryDatabase emit them.</summary>
    [Parameter(ParameterSetName = ByInput, Mandatory = true, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.BackupSet")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The set's id.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? Id { get; set; }

    /// <summary>The set's artefact or manifest, inside the backup root or not.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? BackupFile { get; set; }

    /// <summary>The newest good set.</summary>
    [Parameter(ParameterSetName = ByLatest, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>The newest good set taken before this time; without a zone it is local.</summary>
    [Parameter(ParameterSetName = ByTime, Mandatory = true)]
    public DateTime Before { get; set; }

    /// <summary>The logical name of the database whose set is meant; of commands with a target, where postry.json names it, also the
    /// target.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>The sets that the parameters, or this item of the pipeline, point at.</summary>
    private protected IEnumerable<(object Target, BackupSelector Selector)> Chosen() => ParameterSetName switch
    {
        ById => [(Id!, new BackupSelector { Id = Id })],
        ByFile => [(FullPath(BackupFile!), new BackupSelector { BackupFile = FullPath(BackupFile!) })],
        ByLatest => [("-Latest", new BackupSelector { Latest = true, Database = Database })],
        ByTime => [("-Before", new BackupSelector { Before = Utc(nameof(Before), Before), Database = Database })],
        _ => from set in Items<BackupSet>(InputObject!) select ((object)set, Selector(set)),
    };

    /// <summary>
    /// The selector of a set that was piped in: by its file and not by its id, because it may come from another backup root.
    /// </summary>
    private protected virtual BackupSelector Selector(BackupSet set) => new() { BackupFile = set.ManifestFile };
}
