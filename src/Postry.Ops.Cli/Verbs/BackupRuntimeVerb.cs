using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry backup-runtime`: backs up the runtime files of the repo root, without a database.</summary>
internal sealed class BackupRuntimeVerb : Verb
{
    private readonly RuntimeOptions _files;
    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Logical name to keep the archive under. Default: the name of the repo root's folder.")
            .WithDatabases();
    private readonly Option<string> _label = NewOption.Text("--label", "text", "Free text kept with the backup.").WithLabels();
    private readonly Option<string[]> _tag = NewOption.Texts("--tag", "key=value", "Tag to keep with the backup, such as version=v2.14.")
        .WithTags(withGit: false);
    private readonly Option<bool> _skipSpaceCheck = NewOption.Flag("--skip-space-check",
        "Go on where the folder of the backups seems to have too little room.");

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be done.");

    public BackupRuntimeVerb() : base("backup-runtime", "Back up the runtime files of the repo root, without a database.")
    {
        _files = new RuntimeOptions(this);
        Add(_database);
        Add(_label);
        Add(_tag);
        Add(_skipSpaceCheck);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = new BackupRequest
        {
            Source = new RuntimeAddress(session.Engine.Settings.RepoRoot),
            Mode = DatabaseMode.Runtime,
            Database = input.GetValue(_database),
            Label = input.GetValue(_label),
            Tags = BackupTags.Parse(NewOption.Given(input, _tag)),
            Runtime = _files.Selection(session, input),
            SkipSpaceCheck = input.GetValue(_skipSpaceCheck),
        };
        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanBackupAsync(request, session.Cancellation),
                () => ResultJson.Instance.BackupPlan, BackupText.Plan);
            return ExitCode.Done;
        }

        var set = await session.Engine.BackUpAsync(request, session.Cancellation);
        session.Show(set, () => ResultJson.Instance.BackupSet, BackupText.One);
        return CopyText.Judge(session, set.Copies);
    }
}
