using System.CommandLine;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry drill-note`: adds a signed note to the evidence of a drill or a test.</summary>
internal sealed class DrillNoteVerb : Verb
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "The id of the drill or test.", required: true).WithDrillIds();

    private readonly Option<string> _note = NewOption.Text("--note", "text", "The text: a corrective action, a finding, a signature.",
        required: true);

    public DrillNoteVerb()
        : base("drill-note", "Add a signed note to the evidence of a restore drill or test. The evidence stays as it is.")
    {
        Add(_id);
        Add(_note);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var note = await session.Engine.AddDrillNoteAsync(input.GetValue(_id)!, input.GetValue(_note)!, session.Cancellation);
        session.Show(note, () => ResultJson.Instance.DrillNote, (writer, added) =>
            writer.WriteLine($"Note {added.Number} was added to {added.DrillId}."));
        return ExitCode.Done;
    }
}
