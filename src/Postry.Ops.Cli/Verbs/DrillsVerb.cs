using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry drills`: the evidence of drills and tests, newest first, each file checked.</summary>
internal sealed class DrillsVerb : Verb
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "Show only the evidence with this id, with its steps and tables.")
        .WithDrillIds();

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "List only evidence of this database; * and ? are wildcards.").WithDatabases();

    private readonly Option<EvidenceKind?> _kind = NewOption.Choice<EvidenceKind>("--kind",
        "List only drills, or only tests at level Restore.", ("Drill", EvidenceKind.Drill), ("Test", EvidenceKind.Test));

    private readonly Option<bool> _latest = NewOption.Flag("--latest", "List only the newest evidence.");

    public DrillsVerb() : base("drills", "List the signed evidence of restore drills and of tests at level Restore, newest first.")
    {
        Add(_id);
        Add(_database);
        Add(_kind);
        Add(_latest);
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var id = input.GetValue(_id);
        var drills = session.Engine.ListDrills(new DrillQuery { Database = input.GetValue(_database), Kind = input.GetValue(_kind) })
            .Where(drill => id is null || drill.DrillId == id).ToList();
        if (id is not null && drills.Count == 0) throw Choices.DrillNotFound(id, session.Engine.Settings.BackupRoot);
        IReadOnlyList<RestoreDrill> shown = input.GetValue(_latest) ? [.. drills.Take(1)] : drills;
        session.Show(shown, () => ResultJson.Instance.IReadOnlyListRestoreDrill, (writer, found) =>
        {
            if (id is not null) EvidenceText.One(writer, found[0]);
            else EvidenceText.Many(writer, found);
        });
        return Task.FromResult(shown.Any(RestoreDrill.IsChanged) ? ExitCode.NotProven : ExitCode.Done);
    }
}
