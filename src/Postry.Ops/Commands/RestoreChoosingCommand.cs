using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that complete or undo a restore: piped in, or named by its id or as the latest one.</summary>
public abstract class RestoreChoosingCommand : KeyedCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ById = "RestoreId";
    private protected const string ByLatest = "Latest";

    /// <summary>Records as Restore-PostryDatabase and Get-PostryRestore emit them.</summary>
    [Parameter(ParameterSetName = ByInput, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.RestoreRecord")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The restore's id.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RestoreIdCompleter))]
    public string? RestoreId { get; set; }

    /// <summary>The newest restore, of the database that -Path or -DatabaseUrl names where one is given.</summary>
    [Parameter(ParameterSetName = ByLatest, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>The SQLite database that was restored.</summary>
    [Parameter(ParameterSetName = ByLatest, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>
    /// The address of the server of a PostgreSQL database, and with -Latest of the database that is meant; DATABASE_URL unless given.
    /// </summary>
    [Parameter]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Completes or undoes one restore.</summary>
    private protected abstract void Apply(object target, RestoreSelector selector);

    /// <summary>False for a command that was told not to ask.</summary>
    private protected virtual bool MayAsk => true;

    private protected sealed override void Process()
    {
        // The path may come with this item of the pipeline.
        var named = NamedOrNone(Path ?? PathInPlaceOfId(), DatabaseUrl, Credential);
        ForEach([.. Chosen(named)], chosen => chosen.Target, chosen => Apply(chosen.Target, chosen.Selector));
    }

    private IEnumerable<(object Target, RestoreSelector Selector)> Chosen(DatabaseAddress? named)
    {
        var any = new RestoreSelector { Connection = named is PostgresAddress ? named : null };
        return ParameterSetName switch
        {
            ById when PathInPlaceOfId() is { } path => [(path, any with { Latest = true, Target = named })],
            ById => [(RestoreId!, any with { RestoreId = RestoreId })],
            ByLatest => [("-Latest", any with { Latest = true, Target = Path is null && DatabaseUrl is null ? null : named })],
            _ when InputObject is null => [Unnamed(any)],
            _ => from record in Items<RestoreRecord>(InputObject) select ((object)record, any with { RestoreId = record.RestoreId }),
        };
    }

    /// <summary>Ends the command where no restore is named and nobody can choose one.</summary>
    private protected void RequireChoice()
    {
        if (ParameterSetName == ByInput && !MyInvocation.ExpectingInput && InputObject is null && !(MayAsk && Consent.CanAsk(this)))
            throw Choices.RestoreNotNamed(Listed(), Settings.BackupRoot);
    }

    // An operator who wants the last restore of a database undone types only the database.
    private string? PathInPlaceOfId() => RestoreId is { } typed && ParameterSetName == ById && File.Exists(FullPath(typed))
        && !Listed().Any(record => record.RestoreId == typed) ? typed : null;

    // Nothing is guessed: without a name the operator chooses, or is told what there is to name.
    private (object Target, RestoreSelector Selector) Unnamed(RestoreSelector any)
    {
        var newest = Listed().Take(Choices.Most).ToList();
        if (newest.Count == 0 || !MayAsk || !Consent.CanAsk(this)) throw Choices.RestoreNotNamed(newest, Settings.BackupRoot);
        var open = newest.FindIndex(record => record.Status is RestoreStatus.Committed or RestoreStatus.AwaitingVerdict);
        return ItemChoice.Ask(this, "Which restore is meant?", newest.ConvertAll(Choices.Line), open) is { } chosen
            ? (newest[chosen], any with { RestoreId = newest[chosen].RestoreId })
            : throw Choices.RestoreNotNamed(newest, Settings.BackupRoot);
    }

    private IReadOnlyList<RestoreRecord> Listed() => Run((engine, _) => Task.FromResult(engine.ListRestores()));
}
