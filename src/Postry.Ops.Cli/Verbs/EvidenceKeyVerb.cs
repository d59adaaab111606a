using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry evidence-key`: makes a key that signs evidence for those who must not hold the integrity key.</summary>
internal sealed class EvidenceKeyVerb : Verb
{
    private readonly Option<string> _out = NewOption.Text("--out", "folder",
        "The folder that gets evidence-key.pem and evidence-key.pub.pem. Files that are there are never replaced.", required: true);

    public EvidenceKeyVerb() : base("evidence-key", "Make a key that signs evidence for auditors.") => Add(_out);

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var key = session.Engine.WriteEvidenceKey(Path.GetFullPath(input.GetValue(_out)!));
        session.Show(key, () => ResultJson.Instance.EvidenceKeyFiles, (writer, made) =>
        {
            BackupText.Field(writer, "Key id", made.KeyId);
            BackupText.Field(writer, "Private key", made.PrivateKeyFile);
            BackupText.Field(writer, "Public key", made.PublicKeyFile);
            writer.WriteLine(Printable.Line(made.NextStep));
        });
        return Task.FromResult(ExitCode.Done);
    }
}
