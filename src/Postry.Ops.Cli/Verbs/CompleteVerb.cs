using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry complete`: accepts a restore that awaits its verdict.</summary>
internal sealed class CompleteVerb : Verb
{
    private readonly RestoreSelection _restore;

    public CompleteVerb() : base("complete", "Accept a restore that awaits its verdict.") => _restore = new RestoreSelection(this);

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var record = await session.Engine.CompleteAsync(_restore.Selector(session, input), session.Cancellation);
        session.Show(record, json => json.RestoreRecord, RestoreText.One);
        return ExitCodes.Of(record.Status, meant: RestoreStatus.Committed);
    }
}
