using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Lists the records of restores, newest first.</summary>
[Cmdlet(VerbsCommon.Get, "PostryRestore")]
[OutputType("Postry.Ops.Engine.Model.RestoreRecord")]
public sealed class GetPostryRestoreCommand : KeyedCommand
{
    /// <summary>Ids of the restores to list.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RestoreIdCompleter))]
    public string[]? RestoreId { get; set; }

    /// <summary>Selects restores of this SQLite database.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Selects restores of this PostgreSQL database.</summary>
    [Parameter]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Selects the newest restore that meets the other conditions.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    private protected override void Process()
    {
        var target = NamedOrNone(Path, DatabaseUrl);
        Run((engine, relay, _) =>
        {
            var records = engine.ListRestores(new RestoreSelector { Target = target })
                .Where(r => RestoreId is null || RestoreId.Contains(r.RestoreId, StringComparer.OrdinalIgnoreCase))
                .ToList();
            foreach (var record in Latest ? records.Take(1) : records) relay.Result(record);
            relay.Missing(RestoreId, id => records.Exists(r => r.RestoreId.Equals(id, StringComparison.OrdinalIgnoreCase)),
                id => Choices.RestoreNotFound(id, engine.Settings.BackupRoot));
            return Task.CompletedTask;
        });
    }
}
