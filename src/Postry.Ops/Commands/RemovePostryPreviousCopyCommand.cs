using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Commands;

/// <summary>Removes copies that restores have kept; never that of a restore that is in progress or awaits its verdict.</summary>
[Cmdlet(VerbsCommon.Remove, "PostryPreviousCopy",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByInput)]
[OutputType("Postry.Ops.Engine.Model.PreviousCopy")]
public sealed class RemovePostryPreviousCopyCommand : OpsCommand
{
    /// <summary>How long to wait for another command that is at work there.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? WaitTimeout { get; set; }

    private protected override TimeSpan? GivenWaitTimeout => WaitTimeout;

    private const string ByInput = "InputObject";
    private const string ByAge = "OlderThan";
    private const string ByRestore = "RestoreId";

    private DatabaseAddress? _named;

    /// <summary>Copies as Get-PostryPreviousCopy emits them.</summary>
    [Parameter(ParameterSetName = ByInput, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.PreviousCopy")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>Every copy that was taken longer ago than this.</summary>
    [Parameter(ParameterSetName = ByAge, Mandatory = true, Position = 0)]
    [Duration]
    [ArgumentCompleter(typeof(CopyAgeCompleter))]
    public TimeSpan OlderThan { get; set; }

    /// <summary>The restore whose copies, and those of its undo, are meant.</summary>
    [Parameter(ParameterSetName = ByRestore, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RestoreIdCompleter))]
    public string? RestoreId { get; set; }

    /// <summary>Selects copies of this SQLite database.</summary>
    [Parameter(ParameterSetName = ByAge)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>
    /// The address of the server that a copy lies on, and with -OlderThan of the database whose copies are meant; DATABASE_URL unless
    /// given.
    /// </summary>
    [Parameter]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Skips the prompt; safety checks still apply.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private Consent? _consent;

    private protected override void Begin()
    {
        if (ParameterSetName == ByInput && !MyInvocation.ExpectingInput && InputObject is null)
            throw new InvalidRequestException(Settings.BackupRoot, "No previous copy is named.",
                "Pipe in what Get-PostryPreviousCopy lists, or select with -RestoreId, or with -OlderThan 7d.");
        _named = NamedOrNone(Path, DatabaseUrl, Credential);
        _consent = new Consent(this, Force);
        _consent.RequireInteractive(Path ?? "previous copies");
    }

    private protected override void Process()
    {
        var copies = ParameterSetName switch
        {
            ByAge => OldCopies(),
            ByRestore => CopiesOfRestore(),
            _ => [.. Items<PreviousCopy>(InputObject!)],
        };
        ForEach(copies, copy => copy, Remove);
    }

    private List<PreviousCopy> OldCopies()
    {
        var target = Path is null && DatabaseUrl is null ? null : _named;
        var takenBefore = DateTime.UtcNow - OlderThan;
        return Run((engine, _) => Task.FromResult(engine.ListPreviousCopies(target).Where(copy => copy.TakenAt < takenBefore).ToList()));
    }

    private List<PreviousCopy> CopiesOfRestore()
    {
        var copies = Run((engine, _) => Task.FromResult(engine.ListPreviousCopies(null).Where(c => c.RestoreId == RestoreId).ToList()));
        return copies.Count > 0 ? copies : throw PreviousCopy.NoneOf(RestoreId!);
    }

    private void Remove(PreviousCopy copy)
    {
        // The engine refuses this too; here the operator learns it before the question, and with -WhatIf.
        if (Run((engine, _) => Task.FromResult(engine.ListRestores().FirstOrDefault(r => r.RestoreId == copy.RestoreId)))
            is { Status: RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress } open)
        {
            throw new TargetPendingException(copy.Path,
                $"Restore {copy.RestoreId} of {copy.Target} is {open.Status}: its previous copy is the only way back.",
                "First confirm the restore with Complete-PostryRestore, or undo it with Undo-PostryRestore.");
        }

        var plan = $"Remove {copy.Path} ({DisplayFormat.Size(copy.SizeBytes)}), the copy of {copy.Target} that restore {copy.RestoreId} "
            + $"kept at {DisplayFormat.Time(copy.TakenAt)}. Nothing can bring it back.";
        switch (_consent!.Ask(plan, "Remove a previous copy"))
        {
            case Answer.Yes:
                WriteObject(Run((engine, cancellation) => engine.RemovePreviousCopyAsync(copy, _named as PostgresAddress, cancellation)));
                break;
            case Answer.WhatIf:
                WriteObject(copy);
                break;
        }
    }
}
