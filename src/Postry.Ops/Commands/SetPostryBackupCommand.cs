using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>Pins sets, so that no policy and no other removal takes them, or unpins them.</summary>
[Cmdlet(VerbsCommon.Set, "PostryBackup", SupportsShouldProcess = true, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.BackupSet")]
public sealed class SetPostryBackupCommand : KeyedCommand
{
    private const string ByInput = "InputObject";
    private const string ById = "Id";
    private const string ByFile = "BackupFile";

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

    /// <summary>Pins the sets, or with $false unpins them.</summary>
    [Parameter(Mandatory = true)]
    public SwitchParameter Pinned { get; set; }

    /// <summary>The end of the pin; a time without a zone is local.</summary>
    [Parameter]
    public DateTime? Until { get; set; }

    /// <summary>The reason why the sets are kept.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    private DateTime? _until;

    private protected override void Begin()
    {
        if (ParameterSetName == ByInput && !MyInvocation.ExpectingInput && InputObject is null)
            throw Choices.BackupNotNamed(Run((engine, _) => Task.FromResult(engine.ListBackups(new BackupQuery()))),
                Settings.BackupRoot, size => DisplayFormat.Size(size));
        _until = Utc(nameof(Until), Until);
    }

    private protected override void Process() => ForEach(Chosen(), chosen => chosen.Target, chosen =>
    {
        var request = new PinRequest { Backup = chosen.Selector, Pinned = Pinned, Until = _until, Note = Note };
        var plan = Run((engine, _) => Task.FromResult(engine.PlanPin(request)));
        if (ShouldProcess(plan.Summary, plan.Summary, Pinned ? "Pin a backup" : "Unpin a backup"))
            WriteObject(Run((engine, cancellation) => engine.PinAsync(plan, cancellation)));
    });

    private IEnumerable<(object Target, BackupSelector Selector)> Chosen() => ParameterSetName switch
    {
        ById => Id!.Select(id => ((object)id, new BackupSelector { Id = id })),
        ByFile => [(FullPath(BackupFile!), new BackupSelector { BackupFile = FullPath(BackupFile!) })],
        _ => from set in Items<BackupSet>(InputObject!) select ((object)set, new BackupSelector { BackupFile = set.ManifestFile }),
    };
}
