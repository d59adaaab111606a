using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry restore`: plans, asks, restores.</summary>
internal sealed class RestoreVerb : Verb
{
    private readonly BackupSelection _backup;
    private readonly Option<string> _path = NewOption.Text("--path", "file", "The database to restore.", required: true);
    private readonly Option<bool> _force = NewOption.Flag("--force", "Do not ask. Refusals stay refusals.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only check everything and say what would be done.");
    private readonly Option<bool> _skipCompare =
        NewOption.Flag("--skip-compare", "Do not compare the live database with the backup first.");
    private readonly Option<bool> _allowDifferentSource =
        NewOption.Flag("--allow-different-source", "Restore a backup of another database.");
    private readonly Option<bool> _allowUnverified =
        NewOption.Flag("--allow-unverified", "Restore although the signature cannot be checked.");

    public RestoreVerb() : base("restore", "Restore a backup as one transaction; what was live before is kept.")
    {
        _backup = new BackupSelection(this);
        Add(_path);
        Add(_force);
        Add(_whatIf);
        Add(_skipCompare);
        Add(_allowDifferentSource);
        Add(_allowUnverified);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = Request(session, input);
        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanRestoreAsync(request, session.Cancellation), json => json.RestorePlan, RestoreText.Plan);
            return ExitCode.Done;
        }

        var consent = Consent.For("Restore", request.Target.Name, input.GetValue(_force));
        var plan = await session.Engine.PlanRestoreAsync(request, session.Cancellation);
        await consent.ObtainAsync(session.Reporter, plan.Summary, session.Cancellation);
        var record = await session.Engine.RestoreAsync(plan, session.Cancellation);
        session.Show(record, json => json.RestoreRecord, RestoreText.One);
        return ExitCodes.Of(record.Status, meant: RestoreStatus.Committed);
    }

    private RestoreRequest Request(Session session, ParseResult input) => new()
    {
        Backup = _backup.Selector(input, session.Reporter),
        Target = new SqliteAddress(Path.GetFullPath(input.GetRequiredValue(_path))),
        SkipCompare = input.GetValue(_skipCompare),
        AllowDifferentSource = input.GetValue(_allowDifferentSource),
        AllowUnverified = input.GetValue(_allowUnverified),
    };
}
