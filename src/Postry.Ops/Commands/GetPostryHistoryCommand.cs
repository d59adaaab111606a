using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Lists the finished operations of the backup root, newest first, and warns of lines that were changed or removed.</summary>
[Cmdlet(VerbsCommon.Get, "PostryHistory")]
[OutputType("Postry.Ops.Engine.Model.HistoryEntry")]
public sealed class GetPostryHistoryCommand : KeyedCommand
{
    private const int MostProblems = 10;

    /// <summary>The logical name of the database; takes wildcards.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Selects these operations.</summary>
    [Parameter]
    [ValidateSet("Backup", "Copy", "Test", "Drill", "Restore", "Undo", "Complete", "Compare", "Smoke", "Prune", "Remove",
        "RemovePreviousCopy", "Pin", "Unpin", "RepairCatalog", "AddDrillNote", "Unlock", "Job")]
    public string[]? Operation { get; set; }

    /// <summary>Selects operations with this result.</summary>
    [Parameter]
    [ValidateSet("Succeeded", "Failed", "Inconclusive")]
    public string? Result { get; set; }

    /// <summary>Selects operations that have to do with this backup.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? BackupId { get; set; }

    /// <summary>Selects operations that ended at or after this time; a time without a zone is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackupTimeCompleter))]
    public DateTime? After { get; set; }

    /// <summary>Selects operations that ended before this time; a time without a zone is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackupTimeCompleter))]
    public DateTime? Before { get; set; }

    /// <summary>Selects at most so many operations, the newest.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    private protected override void End()
    {
        var query = new HistoryQuery
        {
            Database = Database,
            Operations = Operation,
            Result = Result is null ? null : Enum.Parse<HistoryResult>(Result, ignoreCase: true),
            BackupId = BackupId,
            After = Utc(nameof(After), After),
            Before = Utc(nameof(Before), Before),
            Last = Last,
        };
        var report = Run((engine, _) => Task.FromResult(engine.History(query)));
        foreach (var problem in report.Problems.Take(MostProblems)) WriteWarning($"{HistoryText.File}: {problem.Detail}");
        if (report.Problems.Count > MostProblems) WriteWarning(HistoryText.MoreProblems(report.Problems.Count - MostProblems));
        WriteObject(report.Entries, enumerateCollection: true);
    }
}
