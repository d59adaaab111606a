using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

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
    [Parameter(ParameterSetName = ByInput, ValueFromPipeline = true)]
    [PSTypeName("Postry.Ops.Engine.Model.BackupSet")]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The set's id.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? Id { get; set; }

    /// <summary>The set's artefact or manifest, inside the backup root or not.</summary>
    [Parameter(ParameterSetName = ByFile, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupFileCompleter))]
    public string? BackupFile { get; set; }

    /// <summary>The newest good set.</summary>
    [Parameter(ParameterSetName = ByLatest, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Narrows -Latest to the sets that are older than the first one of the database with this tag.</summary>
    [Parameter(ParameterSetName = ByLatest)]
    [Tags(IsSingle = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? BeforeTag { get; set; }

    /// <summary>The newest good set taken before this time; without a zone it is local.</summary>
    [Parameter(ParameterSetName = ByTime, Mandatory = true)]
    [ArgumentCompleter(typeof(BackupTimeCompleter))]
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
        ByLatest => [("-Latest", new BackupSelector
        {
            Latest = true,
            Database = Database,
            BeforeTag = BeforeTag is null ? null : TagCondition.Parse(BeforeTag),
        })],
        ByTime => [("-Before", new BackupSelector { Before = Utc(nameof(Before), Before), Database = Database })],
        _ when InputObject is null => [Unnamed()],
        _ => from set in Items<BackupSet>(InputObject) select ((object)set, Selector(set)),
    };

    /// <summary>Does the same for each set that is meant.</summary>
    private protected void ForEachBackup(Action<BackupSelector> body) =>
        ForEach([.. Chosen()], chosen => chosen.Target, chosen => body(chosen.Selector));

    /// <summary>The id that was typed in the place of a path.</summary>
    private protected string? PositionalId { get; private set; }

    /// <summary>False for a command that was told not to ask.</summary>
    private protected virtual bool MayAsk => true;

    /// <summary>True for a set that the command can be meant for.</summary>
    private protected virtual bool Fits(BackupSet set) => set.Mode != DatabaseMode.Runtime;

    /// <summary>
    /// Takes what stands in the place of a path for the id of a backup, if it is one and no such file exists: an operator who has an id
    /// types only that. Returns the path, or null where it was an id.
    /// </summary>
    private protected string? PathUnlessId(string? path)
    {
        if (path is null || ParameterSetName != ByInput || MyInvocation.ExpectingInput) return path;
        if (File.Exists(FullPath(path)) || Listed(new BackupQuery { Ids = [path] }).Count == 0) return path;
        PositionalId = path;
        return null;
    }

    /// <summary>
    /// Ends the command where no backup is named and nobody can choose one. Comes before any other refusal, because it says what there is.
    /// </summary>
    private protected void RequireChoice()
    {
        var isNamed = ParameterSetName != ByInput || MyInvocation.ExpectingInput || InputObject is not null || PositionalId is not null;
        if (!isNamed && !(MayAsk && Consent.CanAsk(this))) throw NotNamed(Newest());
    }

    /// <summary>Where the backup that is named by its id comes from, if that is a file; else null.</summary>
    private protected string? SourceOfId() => (Id ?? PositionalId) is { } id
        ? Listed(new BackupQuery { Ids = [id] }).FirstOrDefault(set => set.Mode == DatabaseMode.Sqlite)?.Source : null;

    // Nothing is guessed: without a name the operator chooses, or is told what there is to name.
    private (object Target, BackupSelector Selector) Unnamed()
    {
        if (PositionalId is { } id) return (id, new BackupSelector { Id = id });
        var newest = Newest();
        if (newest.Count == 0 || !MayAsk || !Consent.CanAsk(this)) throw NotNamed(newest);
        var lines = newest.ConvertAll(set => Choices.Line(set, size => DisplayFormat.Size(size)));
        var good = newest.FindIndex(set => set.Status == BackupStatus.Complete && set.BeforeRestore is null);
        return ItemChoice.Ask(this, "Which backup is meant?", lines, good) is { } chosen
            ? (newest[chosen], Selector(newest[chosen]))
            : throw NotNamed(newest);
    }

    private List<BackupSet> Newest() => [.. Listed(new BackupQuery { Database = Database }).Where(Fits).Take(Choices.Most)];

    private OpsException NotNamed(IReadOnlyList<BackupSet> newest) =>
        Choices.BackupNotNamed(newest, Settings.BackupRoot, size => DisplayFormat.Size(size));

    private IReadOnlyList<BackupSet> Listed(BackupQuery query) => Run((engine, _) => Task.FromResult(engine.ListBackups(query)));

    /// <summary>
    /// The selector of a set that was piped in: by its file and not by its id, because it may come from another backup root.
    /// </summary>
    private protected virtual BackupSelector Selector(BackupSet set) => new() { BackupFile = set.ManifestFile };
}
