using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry restores`: the records of restores, newest first.</summary>
internal sealed class RestoresVerb : Verb
{
    private readonly Option<string> _id =
        NewOption.Text("--id", "id", "Show only the restore with this id, with its checks.").WithRestoreIds();
    private readonly Option<bool> _latest = NewOption.Flag("--latest", "Show only the newest restore.");
    private readonly DatabaseOptions _database;

    public RestoresVerb() : base("restores", "List the restores, newest first.")
    {
        Add(_id);
        Add(_latest);
        _database = new DatabaseOptions(this, "List only restores of this SQLite database, or of the runtime files of this repo root.",
            "List only restores of this PostgreSQL database.");
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var id = input.GetValue(_id);
        var records = session.Engine.ListRestores(new RestoreSelector
        {
            RestoreId = id,
            Latest = input.GetValue(_latest),
            Target = _database.ResolveIfNamed(session, input),
        });

        session.Show(records, () => ResultJson.Instance.IReadOnlyListRestoreRecord, (writer, found) =>
        {
            if (id is not null && found is [var only]) RestoreText.One(writer, only);
            else RestoreText.Many(writer, found);
        });
        return Task.FromResult(ExitCode.Done);
    }
}
