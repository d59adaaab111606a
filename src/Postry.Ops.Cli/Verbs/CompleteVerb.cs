using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry complete`: confirms a restore that could not be checked.</summary>
internal sealed class CompleteVerb : Verb
{
    private readonly RestoreSelection _restore;

    public CompleteVerb() : base("complete", "Confirm a restore that could not be checked.")
    {
        _restore = new RestoreSelection(this);
        Add(CommonOptions.WaitTimeout);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var record = await session.Engine.CompleteAsync(_restore.Selector(session, input), session.Cancellation);
        session.Show(record, () => ResultJson.Instance.RestoreRecord, RestoreText.One);
        return ExitCodes.Of(record.Status, meant: RestoreStatus.Committed);
    }
}
