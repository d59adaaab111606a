using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that settle a restore: piped in, or named by its id or as the latest one.</summary>
public abstract class RestoreChoosingCommand : KeyedCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ById = "RestoreId";
    private protected const string ByLatest = "Latest";

    private DatabaseAddress? _named;

    /// <summary>Records as Restore-PostryDatabase and Get-PostryRestore emit them.</summary>
    [Parameter(ParameterSetName = ByInput, Mandatory = true, ValueFromPipeline = true)]
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
    [Parameter(ParameterSetName = ByLatest)]
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

    /// <summary>Settles one restore.</summary>
    private protected abstract void Settle(object target, RestoreSelector selector);

    private protected override void Begin() => _named = NamedOrNone(Path, DatabaseUrl, Credential);

    private protected sealed override void Process()
    {
        foreach (var (target, selector) in Chosen())
        {
            // If several records are piped in, a record that cannot be settled does not stop the others.
            if (MyInvocation.ExpectingInput) ForItem(target, () => Settle(target, selector));
            else Settle(target, selector);
        }
    }

    private IEnumerable<(object Target, RestoreSelector Selector)> Chosen() => ParameterSetName switch
    {
        ById => [(RestoreId!, Selector() with { RestoreId = RestoreId })],
        ByLatest => [("-Latest", Selector() with { Latest = true, Target = Path is null && DatabaseUrl is null ? null : _named })],
        _ => from record in Items<RestoreRecord>(InputObject!)
             select ((object)record, Selector() with { RestoreId = record.RestoreId }),
    };

    private RestoreSelector Selector() => new() { Connection = _named is PostgresAddress ? _named : null };
}
