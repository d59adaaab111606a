using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry compare`: what a restore would bring back and what it would lose.</summary>
internal sealed class CompareVerb : Verb
{
    private readonly BackupSelection _backup;
    private readonly DatabaseOptions _live;

    public CompareVerb() : base("compare", "Compare a backup with a live database, table by table.")
    {
        _backup = new BackupSelection(this);
        _live = new DatabaseOptions(this, "The live SQLite database.", "The live PostgreSQL database. Default: DATABASE_URL.",
            withMode: true);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var live = _live.Choose(session, input, _backup.Database(input)).Address;
        var comparison = await session.Engine.CompareAsync(_backup.Selector(session, input), live, session.Cancellation);
        session.Show(comparison, () => ResultJson.Instance.DatabaseComparison, RestoreText.Comparison);
        return ExitCodes.Of(comparison);
    }
}
