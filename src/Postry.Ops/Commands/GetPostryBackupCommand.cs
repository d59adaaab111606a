using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Lists the sets of the backup root, newest first.</summary>
[Cmdlet(VerbsCommon.Get, "PostryBackup")]
[OutputType("Postry.Ops.Engine.Model.BackupSet")]
public sealed class GetPostryBackupCommand : KeyedCommand
{
    /// <summary>Ids of the sets to list.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>The logical name of the database; takes wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>The label; takes wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LabelCompleter))]
    public string? Label { get; set; }

    /// <summary>The database engine; runtime means archives of runtime files that belong to no database's set.</summary>
    [Parameter]
    [ValidateSet("auto", "sqlite", "postgres", "runtime")]
    public string? Mode { get; set; }

    /// <summary>Selects the newest good set.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    /// <summary>Selects sets taken before this time; a time without a zone is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackupTimeCompleter))]
    public DateTime? Before { get; set; }

    /// <summary>Selects sets taken at or after this time; a time without a zone is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackupTimeCompleter))]
    public DateTime? After { get; set; }

    /// <summary>Selects sets that are younger than this.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? NewerThan { get; set; }

    /// <summary>Selects sets that are older than this.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Selects sets of at least so many bytes.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? MinimumSize { get; set; }

    /// <summary>Selects sets of at most so many bytes.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? MaximumSize { get; set; }

    /// <summary>Selects sets with one of these statuses.</summary>
    [Parameter]
    [ValidateSet("Complete", "Suspicious", "Unverified", "Tampered", "Invalid", "Damaged", "Orphan", "Legacy", "Quarantined")]
    public string[]? Status { get; set; }

    /// <summary>Selects sets that a drill or a test has proven, or with $false the others.</summary>
    [Parameter]
    public SwitchParameter Proven { get; set; }

    /// <summary>Selects sets that are pinned, or with $false the others.</summary>
    [Parameter]
    public SwitchParameter Pinned { get; set; }

    /// <summary>Selects sets that have all of these tags; values take wildcards, and the key git means the tags of git.</summary>
    [Parameter]
    [Tags]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>Selects sets that were made at the commit that begins with these digits.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Commit { get; set; }

    /// <summary>Selects the sets of each database that are older than its first one with this tag.</summary>
    [Parameter]
    [Tags(IsSingle = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? BeforeTag { get; set; }

    private protected override void Process()
    {
        var query = new BackupQuery
        {
            Ids = Id,
            Database = Database,
            Label = Label,
            Mode = Modes.Parse(Mode),
            Before = Utc(nameof(Before), Before),
            After = Utc(nameof(After), After),
            NewerThan = NewerThan,
            OlderThan = OlderThan,
            MinimumSize = MinimumSize,
            MaximumSize = MaximumSize,
            Statuses = Status is null ? null : [.. Status.Select(status => Enum.Parse<ListedStatus>(status, ignoreCase: true))],
            Proven = MyInvocation.BoundParameters.ContainsKey(nameof(Proven)) ? Proven.IsPresent : null,
            Pinned = MyInvocation.BoundParameters.ContainsKey(nameof(Pinned)) ? Pinned.IsPresent : null,
            Tags = TagCondition.Parse(Tag),
            Commit = TagCondition.ParseCommit(Commit),
            BeforeTag = BeforeTag is null ? null : TagCondition.Parse(BeforeTag),
            Latest = Latest,
        };
        Run((engine, relay, cancellation) =>
        {
            var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var set in engine.ListBackups(query))
            {
                cancellation.ThrowIfCancellationRequested();
                found.Add(set.Id);
                relay.Result(set);
            }

            relay.Missing(Latest ? null : Id, found.Contains, id => Choices.BackupNotFound(id, engine.Settings.BackupRoot, query));
            return Task.CompletedTask;
        });
    }
}
