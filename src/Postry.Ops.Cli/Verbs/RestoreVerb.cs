using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry restore`: plans, asks, restores.</summary>
internal sealed class RestoreVerb : Verb
{
    private readonly BackupSelection _backup;
    private readonly DatabaseOptions _target;
    private readonly Option<bool> _force = NewOption.Flag("--force", "Do not ask. Refusals stay refusals.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only check everything and say what would be done.");
    private readonly Option<bool> _skipCompare =
        NewOption.Flag("--skip-compare", "Do not compare the live database with the backup first.");
    private readonly Option<bool> _allowDifferentSource =
        NewOption.Flag("--allow-different-source", "Restore a backup of another database.");
    private readonly Option<bool> _allowUnverified =
        NewOption.Flag("--allow-unverified", "Restore although the signature cannot be checked.");

    private readonly Option<RestoreStrategy?> _strategy = NewOption.Choice<RestoreStrategy>(
        "--strategy", "PostgreSQL: how the backup comes in. Default: Auto; --what-if says which way that is, and why.",
        ("Auto", RestoreStrategy.Auto), ("Swap", RestoreStrategy.Swap), ("Schema", RestoreStrategy.Schema), ("InPlace", RestoreStrategy.InPlace));

    private readonly Option<bool> _noOwner =
        NewOption.Flag("--no-owner", "PostgreSQL: everything belongs to the connecting role, and grants are left out.");
    private readonly Option<bool> _allowReplicationBreak =
        NewOption.Flag("--allow-replication-break", "PostgreSQL: go on although replication slots or subscriptions will be left behind.");
    private readonly Option<bool> _freezeWrites =
        NewOption.Flag("--freeze-writes", "PostgreSQL: make the live database read-only, once consent is given, until the restore ends.");
    private readonly Option<int?> _jobs =
        NewOption.Number("--jobs", 1, 1024, "PostgreSQL: tables restored at the same time. Default: the number of processors.");
    private readonly Option<string> _beforeSwap =
        NewOption.Text("--before-swap", "command", "Run by the shell when the backup is staged and verified; where it fails nothing is swapped.");
    private readonly Option<string> _afterSwap =
        NewOption.Text("--after-swap", "command", "Run by the shell after the swap; where it fails the restore is undone.");
    private readonly Option<int?> _hookTimeout =
        NewOption.Number("--hook-timeout", 1, 86_400, "How long each of the two commands may take. Default: 60.", "seconds");

    public RestoreVerb() : base("restore", "Restore a backup as one transaction; what was live before is kept.")
    {
        _backup = new BackupSelection(this);
        _target = new DatabaseOptions(this, "The SQLite database to restore.", "The PostgreSQL database to restore. Default: DATABASE_URL.", withMode: true);
        Add(_force);
        Add(_whatIf);
        Add(_skipCompare);
        Add(_allowDifferentSource);
        Add(_allowUnverified);
        foreach (var option in PostgresOnly) Add(option);
        Add(_beforeSwap);
        Add(_afterSwap);
        Add(_hookTimeout);
    }

    private Option[] PostgresOnly => [_strategy, _noOwner, _allowReplicationBreak, _freezeWrites, _jobs];

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

    private RestoreRequest Request(Session session, ParseResult input)
    {
        var target = _target.Choose(session, input, "Restore", _backup.Database(input), PostgresOnly);
        return Request(session, input, target);
    }

    private RestoreRequest Request(Session session, ParseResult input, ChosenDatabase target) => new()
    {
        Backup = _backup.Selector(input, session.Reporter),
        Target = target.Address,
        SkipCompare = input.GetValue(_skipCompare),
        AllowDifferentSource = input.GetValue(_allowDifferentSource),
        AllowUnverified = input.GetValue(_allowUnverified),
        Hooks = target.Hooks(input.GetValue(_beforeSwap), input.GetValue(_afterSwap), input.GetValue(_hookTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        Postgres = new PostgresRestoreOptions
        {
            Strategy = input.GetValue(_strategy) ?? RestoreStrategy.Auto,
            NoOwner = input.GetValue(_noOwner),
            AllowReplicationBreak = input.GetValue(_allowReplicationBreak),
            FreezeWrites = input.GetValue(_freezeWrites),
            Jobs = input.GetValue(_jobs),
        },
    };
}
