using System.CommandLine;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry restore`: restores a database, and its runtime files where asked.</summary>
internal sealed class RestoreVerb : RestoringVerb
{
    private readonly DatabaseOptions _target;
    private readonly Option<bool> _skipCompare =
        NewOption.Flag("--skip-compare", "Do not compare the live database with the backup first.");
    private readonly Option<bool> _withRuntime =
        NewOption.Flag("--with-runtime", "Restore the runtime files of the backup as well, as one transaction with the database.");
    private readonly Option<string> _runtimeBackupFile =
        NewOption.Text("--runtime-backup-file", "file", "Restore this archive of runtime files as well, instead of the backup's own.");

    private readonly Option<string[]> _healthUrls = NewOption.Texts("--post-restore-health-url", "url",
        "Address of the application that must answer with a status of 2xx after the swap; otherwise the restore is undone.");

    private readonly Option<string[]> _smoke = NewOption.Texts("--smoke", "name|file",
        "Smoke check that must pass after the swap, or a file with checks: a name of postry.json (* and ? are wildcards), or a path.")
        .WithSmokeChecks();

    private readonly Option<string[]> _preSwapSmoke = NewOption.Texts("--pre-swap-smoke", "name|file",
        "Smoke check of data that the restored copy must pass before anything live is touched, or a file with checks.")
        .WithSmokeChecks(plan => plan.Kind.AsksData());

    private readonly Option<SmokeFailureAction?> _onSmokeFailure = NewOption.Choice<SmokeFailureAction>("--on-smoke-failure",
        "Whether a failed smoke check undoes the restore, or leaves the decision to you. Default: undo.",
        ("undo", SmokeFailureAction.Undo), ("keep", SmokeFailureAction.Keep));

    private readonly Option<TimeSpan?> _smokeDeadline = NewOption.Duration("--smoke-deadline",
        "How long the smoke checks may take together. Default: that of the checks, else 60s.", TimeSpan.FromSeconds(1),
        TimeSpan.FromDays(1));

    private readonly Option<RestoreStrategy?> _strategy = NewOption.Choice<RestoreStrategy>(
        "--strategy", "PostgreSQL: how the backup is restored. Default: Auto; --what-if shows the choice and the reason.",
        ("Auto", RestoreStrategy.Auto), ("Swap", RestoreStrategy.Swap), ("Schema", RestoreStrategy.Schema),
        ("InPlace", RestoreStrategy.InPlace));

    private readonly Option<bool> _noOwner =
        NewOption.Flag("--no-owner", "PostgreSQL: make the connecting role the owner of everything, and leave out grants.");
    private readonly Option<bool> _noTablespaces =
        NewOption.Flag("--no-tablespaces", "PostgreSQL: leave out tablespaces, and put everything into the default one.");
    private readonly Option<bool> _allowReplicationBreak =
        NewOption.Flag("--allow-replication-break", "PostgreSQL: restore although replication slots or subscriptions will be left behind.");
    private readonly Option<bool> _freezeWrites =
        NewOption.Flag("--freeze-writes", "PostgreSQL: make the live database read-only, once consent is given, until the restore ends.");
    private readonly Option<BrokenObjectRule?> _onBrokenObject = NewOption.Choice<BrokenObjectRule>(
        "--on-broken-object",
        "PostgreSQL: keys, indexes, checks and views that rows of the backup do not allow: refuse the restore, or restore every row " +
        "and leave them out. Default: Refuse.",
        ("Refuse", BrokenObjectRule.Refuse), ("Leave", BrokenObjectRule.Leave));
    private readonly Option<int?> _jobs =
        NewOption.Number("--jobs", 1, 1024, "PostgreSQL: tables restored at the same time. Default: the number of processors.");

    public RestoreVerb() : base("restore", "Restore a backup as one transaction; the previous database is kept.",
        "Allow a backup of another database.")
    {
        _target = new DatabaseOptions(this, "The SQLite database to restore.", "The PostgreSQL database to restore. Default: DATABASE_URL.",
            withMode: true);
        Add(_skipCompare);
        Add(_withRuntime);
        Add(_runtimeBackupFile);
        foreach (var option in new Option[] { _healthUrls, _smoke, _preSwapSmoke, _onSmokeFailure, _smokeDeadline }) Add(option);
        foreach (var option in PostgresOnly) Add(option);
    }

    private Option[] PostgresOnly => [_strategy, _noOwner, _noTablespaces, _allowReplicationBreak, _freezeWrites, _onBrokenObject, _jobs];

    protected override RestoreRequest Request(Session session, ParseResult input, BackupSelection backup)
    {
        var target = _target.Choose(session, input, backup.Database(input), PostgresOnly);
        return new RestoreRequest
        {
            Backup = backup.Selector(session, input),
            Target = target.Address,
            SkipCompare = input.GetValue(_skipCompare),
            WithRuntime = input.GetValue(_withRuntime),
            RuntimeBackupFile = input.GetValue(_runtimeBackupFile) is { } file ? Path.GetFullPath(file) : null,
            Smoke = RestoreSmoke.Of(NewOption.Given(input, _healthUrls), NewOption.Given(input, _smoke), input.GetValue(_onSmokeFailure),
                input.GetValue(_smokeDeadline), Path.GetFullPath, NewOption.Given(input, _preSwapSmoke)),
            Hooks = target.Hooks(BeforeSwap(input), AfterSwap(input), HookTimeout(input)),
            Postgres = new PostgresRestoreOptions
            {
                Strategy = input.GetValue(_strategy) ?? RestoreStrategy.Auto,
                NoOwner = input.GetValue(_noOwner),
                NoTablespaces = input.GetValue(_noTablespaces),
                AllowReplicationBreak = input.GetValue(_allowReplicationBreak),
                FreezeWrites = input.GetValue(_freezeWrites),
                OnBrokenObject = input.GetValue(_onBrokenObject) ?? BrokenObjectRule.Refuse,
                Jobs = input.GetValue(_jobs),
            },
        };
    }
}
