using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Operations.Scaffolding;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry init`: writes a first postry.json, made of what is in the folder.</summary>
internal sealed class InitVerb : Verb
{
    private readonly Option<bool> _force = NewOption.Flag("--force", "Replace an existing postry.json.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be written.");

    private readonly Option<string> _newKeyFile = NewOption.Text("--new-key-file", "path",
        "Make a new integrity key in this file, which only its owner can read. The file must be new, and outside the backups.");

    public InitVerb()
        : base("init", "Write a first postry.json with comments, from the files in the repo root or else in this folder.")
    {
        Add(_force);
        Add(_whatIf);
        Add(_newKeyFile);
    }

    /// <summary>A broken file, or one in a folder above, is no reason not to make one.</summary>
    protected override OpsSettings Settings(ParseResult input) => CommonOptions.Settings(input, readFile: false);

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var replace = input.GetValue(_force);
        var plan = session.Engine.PlanConfiguration(replace,
            input.GetValue(_newKeyFile) is { } keyFile ? Path.GetFullPath(keyFile) : null);
        var whatIf = input.GetValue(_whatIf);
        var starter = whatIf ? plan : session.Engine.WriteConfiguration(plan, replace);
        session.Show(starter, () => ResultJson.Instance.StarterConfiguration, whatIf ? ShowPlan : Show);
        return Task.FromResult(ExitCode.Done);
    }

    private static void ShowPlan(TextWriter writer, StarterConfiguration plan)
    {
        writer.WriteLine(Printable.Line(plan.Summary));
        writer.WriteLine();
        writer.Write(Printable.Lines(plan.Text));
    }

    private static void Show(TextWriter writer, StarterConfiguration starter)
    {
        BackupText.Field(writer, "Written", starter.Path);
        BackupText.Field(writer, "Schema", starter.SchemaFile);
        BackupText.Field(writer, "Databases", starter.Databases.Count == 0 ? "none was found" : string.Join(", ", starter.Databases));
        foreach (var found in starter.Found) BackupText.Field(writer, "Found", found);
        if (starter.KeyFile is { } keyFile) BackupText.Field(writer, "Key file", keyFile);
        if (starter.KeyNote is { } note) BackupText.Field(writer, "Key", note);
    }
}
