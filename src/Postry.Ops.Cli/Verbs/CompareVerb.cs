using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry compare`: what a restore would bring back and what it would lose.</summary>
internal sealed class CompareVerb : Verb
{
    private readonly BackupSelection _backup;
    private readonly Option<string> _path = NewOption.Text("--path", "file", "The live database.", required: true);

    public CompareVerb() : base("compare", "Compare a backup with a live database, table by table.")
    {
        _backup = new BackupSelection(this);
        Add(_path);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var live = Path.GetFullPath(input.GetRequiredValue(_path));
        var comparison = await session.Engine.CompareAsync(_backup.Selector(input, session.Reporter), new SqliteAddress(live), session.Cancellation);
        session.Show(comparison, json => json.DatabaseComparison, RestoreText.Comparison);
        return ExitCodes.Of(comparison);
    }
}
