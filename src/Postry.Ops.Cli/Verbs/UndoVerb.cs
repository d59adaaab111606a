using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry undo`: puts back what was live before a restore.</summary>
internal sealed class UndoVerb : Verb
{
    private readonly RestoreSelection _restore;
    private readonly Option<bool> _force = NewOption.Flag("--force", "Skip the prompt; safety checks still apply.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be done.");

    public UndoVerb()
        : base("undo", "Undo a restore: put back what it replaced (database, runtime files), and keep the present state as a copy.")
    {
        _restore = new RestoreSelection(this);
        Add(_force);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var selector = _restore.Selector(session, input);
        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanUndoAsync(selector, session.Cancellation),
                () => ResultJson.Instance.UndoPlan, RestoreText.Plan);
            return ExitCode.Done;
        }

        var consent = Consent.For(_restore.Target(input), input.GetValue(_force));
        var plan = await session.Engine.PlanUndoAsync(selector, session.Cancellation);
        await consent.ObtainAsync(session.Reporter, plan.Summary, session.Cancellation);
        var record = await session.Engine.UndoAsync(plan, session.Cancellation);
        session.Show(record, () => ResultJson.Instance.RestoreRecord, RestoreText.One);
        return ExitCodes.Of(record.Status, meant: RestoreStatus.Undone);
    }
}
