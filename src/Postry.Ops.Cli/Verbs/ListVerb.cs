using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry list`: the backups of the backup root, newest first.</summary>
internal sealed class ListVerb : Verb
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "Show only the backup with this id, with its tables.")
        .WithBackupIds();
    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "List only backups of this database; * and ? are wildcards.").WithDatabases();
    private readonly Option<string> _label =
        NewOption.Text("--label", "text", "List only backups with this label; * and ? are wildcards.").WithLabels();

    private readonly Option<string> _mode = NewOption.Mode(
        "List only backups of this database engine; runtime: archives of runtime files that belong to no database's backup.",
        DatabaseMode.Sqlite, DatabaseMode.Postgres, DatabaseMode.Runtime);

    private readonly Option<bool> _latest = NewOption.Flag("--latest", "List only the newest good backup.");
    private readonly Option<DateTime?> _before = NewOption.Time("--before", "List only snapshots before this time.");
    private readonly Option<DateTime?> _after = NewOption.Time("--after", "List only snapshots at or after this time.");

    private readonly Option<TimeSpan?> _newerThan = NewOption.Duration("--newer-than", "List only backups that are younger.");
    private readonly Option<TimeSpan?> _olderThan = NewOption.Duration("--older-than", "List only backups that are older.");
    private readonly Option<long?> _minimumSize = NewOption.Size("--minimum-size", "List only backups of at least this size.");
    private readonly Option<long?> _maximumSize = NewOption.Size("--maximum-size", "List only backups of at most this size.");

    private readonly Option<ListedStatus[]> _status = NewOption.Choices("--status", "List only backups with this status.",
        Enum.GetValues<ListedStatus>());

    private readonly Option<bool> _proven = NewOption.Flag("--proven", "List only backups that a drill or a test at level Restore proved.");
    private readonly Option<bool> _pinned = NewOption.Flag("--pinned", "List only pinned backups.");

    private readonly Option<string[]> _tag = NewOption.Texts("--tag", "key=value",
        "List only backups with this tag, and git=v2.14 those made at this tag of git; * and ? are wildcards in the value.").WithTags();
    private readonly Option<string> _commit = NewOption.Text("--commit", "commit",
        "List only backups that were made at the commit that begins with these digits.");
    private readonly Option<string> _beforeTag = NewOption.Text("--before-tag", "key=value",
        "List only backups that are older than the first one of their database with this tag.").WithTags();

    public ListVerb() : base("list", "List the backups, newest first.")
    {
        Add(_id);
        Add(_database);
        Add(_label);
        Add(_mode);
        Add(_latest);
        Add(_before);
        Add(_after);
        Add(_newerThan);
        Add(_olderThan);
        Add(_minimumSize);
        Add(_maximumSize);
        Add(_status);
        Add(_proven);
        Add(_pinned);
        Add(_tag);
        Add(_commit);
        Add(_beforeTag);
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var id = input.GetValue(_id);
        var latest = input.GetValue(_latest);
        var query = new BackupQuery
        {
            Ids = id is null ? null : [id],
            Database = input.GetValue(_database),
            Label = input.GetValue(_label),
            Mode = NewOption.ModeIn(input, _mode),
            Latest = latest,
            Before = input.GetValue(_before),
            After = input.GetValue(_after),
            NewerThan = input.GetValue(_newerThan),
            OlderThan = input.GetValue(_olderThan),
            MinimumSize = input.GetValue(_minimumSize),
            MaximumSize = input.GetValue(_maximumSize),
            Statuses = input.GetValue(_status) is { Length: > 0 } statuses ? statuses : null,
            Proven = input.GetValue(_proven) ? true : null,
            Pinned = input.GetValue(_pinned) ? true : null,
            Tags = TagCondition.Parse(NewOption.Given(input, _tag)),
            Commit = TagCondition.ParseCommit(input.GetValue(_commit)),
            BeforeTag = input.GetValue(_beforeTag) is { } tag ? TagCondition.Parse(tag) : null,
        };
        var sets = session.Engine.ListBackups(query);
        // A script that names a backup relies on there being one: an empty list would pass for success.
        if (sets.Count == 0 && id is not null) throw Choices.BackupNotFound(id, session.Engine.Settings.BackupRoot, query);

        session.Show(sets, () => ResultJson.Instance.IReadOnlyListBackupSet, (writer, found) =>
        {
            if (id is not null) BackupText.One(writer, found[0]);
            else BackupText.Many(writer, found);
        });
        return Task.FromResult(ExitCode.Done);
    }
}
