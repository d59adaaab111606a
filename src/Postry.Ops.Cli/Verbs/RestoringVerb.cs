using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The base of the verbs that restore a backup: plan, ask, execute.</summary>
internal abstract class RestoringVerb : Verb
{
    private readonly BackupSelection _backup;
    private readonly Option<bool> _force = NewOption.Flag("--force", "Skip the prompt; safety checks still apply.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Check everything and show what would be done; change nothing.");
    private readonly Option<bool> _allowDifferentSource;
    private readonly Option<bool> _allowUnverified =
        NewOption.Flag("--allow-unverified", "Restore even if the signature cannot be checked.");

    private readonly Option<string> _beforeSwap =
        NewOption.Text("--before-swap", "command",
            "Command for the shell, run after the backup is staged and verified; if it fails, nothing is swapped.");
    private readonly Option<string> _afterSwap =
        NewOption.Text("--after-swap", "command", "Command for the shell, run after the swap; if it fails, the restore is undone.");
    private readonly Option<TimeSpan?> _hookTimeout =
        NewOption.Duration("--hook-timeout",
            "Time limit of each of the two commands; a command that takes longer is stopped and counts as failed. Default: 60s.",
            TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

    /// <param name="name">The verb.</param>
    /// <param name="description">The work of the verb, as a sentence.</param>
    /// <param name="differentSource">The meaning of --allow-different-source, as a sentence.</param>
    /// <param name="ofFiles">True if only runtime files are restored.</param>
    protected RestoringVerb(string name, string description, string differentSource, bool ofFiles = false) : base(name, description)
    {
        _backup = new BackupSelection(this, ofFiles);
        _allowDifferentSource = NewOption.Flag("--allow-different-source", differentSource);
        Option[] options = [_force, _whatIf, _allowDifferentSource, _allowUnverified, _beforeSwap, _afterSwap, _hookTimeout];
        foreach (var option in options) Add(option);
        Add(CommonOptions.WaitTimeout);
    }

    /// <summary>Builds the part of the request that only this verb knows.</summary>
    protected abstract RestoreRequest Request(Session session, ParseResult input, BackupSelection backup);

    protected string? BeforeSwap(ParseResult input) => input.GetValue(_beforeSwap);

    protected string? AfterSwap(ParseResult input) => input.GetValue(_afterSwap);

    protected TimeSpan? HookTimeout(ParseResult input) => input.GetValue(_hookTimeout);

    protected sealed override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = Request(session, input, _backup) with
        {
            AllowDifferentSource = input.GetValue(_allowDifferentSource),
            AllowUnverified = input.GetValue(_allowUnverified),
        };
        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanRestoreAsync(request, session.Cancellation),
                () => ResultJson.Instance.RestorePlan, RestoreText.Plan);
            return ExitCode.Done;
        }

        var consent = Consent.For(request.Target.Name, input.GetValue(_force));
        var plan = await session.Engine.PlanRestoreAsync(request, session.Cancellation);
        await consent.ObtainAsync(session.Reporter, plan.Summary, session.Cancellation);
        var record = await session.Engine.RestoreAsync(plan, session.Cancellation);
        session.Show(record, () => ResultJson.Instance.RestoreRecord, RestoreText.One);
        return ExitCodes.Of(record.Status, meant: RestoreStatus.Committed);
    }
}
