using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Configuration;

namespace Postry.Ops.Cli.Demo;

/// <summary>`postry demo`: the main job on a sample application, from backup to a proven restore.</summary>
internal sealed class DemoVerb : Verb
{
    private const int DefaultPosts = 300_000;

    private readonly Option<string> _folder =
        NewOption.Text("--folder", "folder", "New or empty folder to work in. Default: a fresh temporary one.");
    private readonly Option<int?> _posts =
        NewOption.Number("--posts", 1_000, 10_000_000, $"Rows of the largest table. Default: {DefaultPosts}.");

    public DemoVerb()
        : base("demo", "Make a sample database, back it up while it is written, damage it, restore it, and prove that every row is back.")
    {
        Add(_folder);
        Add(_posts);
    }

    /// <summary>The demonstration has its own folder and key; those of the user are none of its business.</summary>
    protected override OpsSettings Settings(ParseResult input) => DemoFolder.Create(input.GetValue(_folder)).MakeSettings();

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var folder = new DemoFolder(session.Engine.Settings.RepoRoot);
        var report = await new Demonstration(session, folder, input.GetValue(_posts) ?? DefaultPosts).RunAsync();

        // In text mode every step has been printed while it ran.
        if (session.Output.IsJson) session.Show(report, () => ConsoleJson.Instance.DemoReport, (_, _) => { });
        return report.Passed ? ExitCode.Done : ExitCode.NotProven;
    }
}
