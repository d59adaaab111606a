using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options by which a verb's caller points at one backup.</summary>
internal sealed class BackupSelection
{
    private readonly Option<string> _file =
        NewOption.Text("--backup-file", "file", "The backup's file or folder, or its manifest, in the backup root or elsewhere.");
    private readonly Option<string> _id;
    private readonly Option<bool> _latest;
    private readonly Option<DateTime?> _before;
    private readonly Option<string> _beforeTag = NewOption.Text("--before-tag", "key=value",
        "With --latest: only backups that are older than the first one of the database with this tag, such as git=v2.14.").WithTags();
    private readonly Option<string> _database;
    private readonly bool _ofFiles;
    private readonly Argument<string?> _positional = new Argument<string?>("id")
    {
        Description = "The backup's id.",
        Arity = ArgumentArity.ZeroOrOne,
    }.WithBackupIds();

    /// <summary>Gives the options to a verb and makes it refuse more than one way to choose.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="ofFiles">True where it chooses runtime files and no database.</param>
    /// <param name="withArgument">True where the id can also be written without its option.</param>
    /// <param name="others">Other ways to choose, of which there is to be only one, too.</param>
    public BackupSelection(Command verb, bool ofFiles = false, bool withArgument = false, params Option[] others)
    {
        _ofFiles = ofFiles;
        _id = NewOption.Text("--id", "id", "The backup's id.").WithBackupIds(set => !ofFiles || set.Runtime.File is not null);
        var newest = ofFiles ? "Select the newest good archive of the repo root's runtime files, made alone or with a database"
            : "Select the newest good backup of the database";
        _latest = NewOption.Flag("--latest", $"{newest}.");
        _before = NewOption.Time("--before", $"{newest}, before this time.");
        _database = NewOption.Text("--database", "name", ofFiles
            ? "Select only archives under this logical name: the name of the database that they were made with, or their own name."
            : "Name of the database of the backup; if it is a name in postry.json, also the database to compare or restore.")
            .WithDatabases();
        Option[] ways = [_file, _id, _latest, _before, .. others];
        if (withArgument) verb.Add(_positional);
        foreach (var way in ways) verb.Add(way);
        verb.Add(_beforeTag);
        verb.Add(_database);
        verb.Validators.Add(result =>
        {
            var isPositional = result.GetResult(_positional) is { Tokens.Count: > 0 };
            if (ways.Count(way => result.GetResult(way) is { Implicit: false }) + (isPositional ? 1 : 0) > 1)
            {
                result.AddError($"Choose the backup by exactly one of {string.Join(", ", ways.Select(way => way.Name))}.");
            }

            if (result.GetResult(_beforeTag) is not null && result.GetResult(_latest) is not { Implicit: false })
                result.AddError($"{_beforeTag.Name} narrows {_latest.Name}: give both.");
        });
    }

    /// <summary>The database that the options name, or null.</summary>
    public string? Database(ParseResult input) => input.GetValue(_database);

    /// <summary>
    /// The selector that the options make. Says a time in UTC, because what was typed may have been local. Without a choice nothing is
    /// guessed: the error lists the newest backups.
    /// </summary>
    public BackupSelector Selector(Session session, ParseResult input)
    {
        var before = input.GetValue(_before);
        if (before is { } time) session.Reporter.Write($"Before {Units.Time(time)}");
        var selector = new BackupSelector
        {
            BackupFile = input.GetValue(_file) is { } file ? Path.GetFullPath(file) : null,
            Id = input.GetValue(_id) ?? input.GetValue(_positional),
            Latest = input.GetValue(_latest),
            Before = before,
            BeforeTag = input.GetValue(_beforeTag) is { } tag ? TagCondition.Parse(tag) : null,
            Database = input.GetValue(_database),
        };
        return selector is { BackupFile: null, Id: null, Latest: false, Before: null } ? throw NotNamed(session, selector) : selector;
    }

    private OpsException NotNamed(Session session, BackupSelector selector)
    {
        var sets = session.Engine.ListBackups(new BackupQuery { Database = selector.Database });
        return Choices.BackupNotNamed([.. sets.Where(set => _ofFiles ? set.Runtime.File is not null : set.Mode != DatabaseMode.Runtime)],
            session.Engine.Settings.BackupRoot, Units.Bytes);
    }
}
