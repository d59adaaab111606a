using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Lists the evidence of drills and tests, newest first, and checks each file.</summary>
[Cmdlet(VerbsCommon.Get, "PostryRestoreDrill")]
[OutputType("Postry.Ops.Engine.Model.RestoreDrill")]
public sealed class GetPostryRestoreDrillCommand : KeyedCommand
{
    /// <summary>Ids of the drills and tests to list.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DrillIdCompleter))]
    public string[]? DrillId { get; set; }

    /// <summary>Selects evidence of this database; * and ? are wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Selects drills, or tests at level Restore.</summary>
    [Parameter]
    [ValidateSet("Drill", "Test")]
    public string? Kind { get; set; }

    /// <summary>Selects the newest evidence that meets the other conditions.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    private protected override void Process()
    {
        var query = new DrillQuery
        {
            Database = Database,
            Kind = Kind is null ? null : Enum.Parse<EvidenceKind>(Kind, ignoreCase: true),
        };
        Run((engine, relay, _) =>
        {
            var drills = engine.ListDrills(query)
                .Where(drill => DrillId is null || DrillId.Contains(drill.DrillId, StringComparer.OrdinalIgnoreCase)).ToList();
            foreach (var drill in Latest ? drills.Take(1) : drills) relay.Result(drill);
            relay.Missing(DrillId, id => drills.Exists(drill => drill.DrillId.Equals(id, StringComparison.OrdinalIgnoreCase)),
                id => Choices.DrillNotFound(id, engine.Settings.BackupRoot));
            return Task.CompletedTask;
        });
    }
}
