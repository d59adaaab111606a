using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry smoke`: asks an application and its data whether they are well.</summary>
internal sealed class SmokeVerb : Verb
{
    private readonly Argument<string[]> _urls = new("url")
    {
        Description = "Addresses that must answer with a status of 2xx, in place of the checks of postry.json.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _names = NewOption.Texts("--smoke", "name",
        "Only this check, and those that must pass before it; * and ? are wildcards.")
        .WithSmokeChecks();

    private readonly Option<string> _file = NewOption.Text("--file", "file",
        "A file with checks, in the form of the section \"smoke\" of postry.json, in place of that section.");

    private readonly Option<TimeSpan?> _deadline = NewOption.Duration("--deadline",
        "How long all checks together may take. Default: STARTUP_SMOKE_TIMEOUT_SECONDS, else deadline of the checks, else 60s.",
        TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

    private readonly Option<string> _baseline = NewOption.Text("--baseline", "file",
        "A file with the critical alerts of before: only new ones fail.");

    private readonly Option<string> _saveBaseline = NewOption.Text("--save-baseline", "file",
        "Write the critical alerts that there are now into this file; they count as those of before.");

    private readonly Option<string> _junit = NewOption.Text("--junit", "file", "Write the results into this file as JUnit XML.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only list what would be asked.");
    private readonly DatabaseOptions _database;

    public SmokeVerb()
        : base("smoke", "Check that an application and its data are well: addresses, pages, ports, commands, queries, alerts.")
    {
        Add(_urls);
        foreach (var option in new Option[] { _names, _file, _deadline, _baseline, _saveBaseline, _junit, _whatIf }) Add(option);
        _database = new DatabaseOptions(this, "The SQLite database that queries and tables are checked in.",
            "The PostgreSQL database that queries and tables are checked in. Default: the databases of postry.json, else DATABASE_URL.");
        Validators.Add(result =>
        {
            var isChosen = result.GetResult(_names) is not null || result.GetResult(_file) is not null;
            if (result.GetValue(_urls) is { Length: > 0 } && isChosen)
                result.AddError("Give addresses, or choose checks with --smoke or --file, not both.");
            if (result.GetResult(_baseline) is not null && result.GetResult(_saveBaseline) is not null)
                result.AddError("Give only one of --baseline, --save-baseline.");
        });
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = new SmokeRequest
        {
            Urls = input.GetValue(_urls) ?? [],
            Names = NewOption.Given(input, _names) ?? [],
            File = FullPath(input, _file),
            Database = _database.ResolveIfNamed(session, input),
            Deadline = input.GetValue(_deadline),
            Baseline = FullPath(input, _baseline),
            SaveBaseline = FullPath(input, _saveBaseline),
        };
        if (input.GetValue(_whatIf))
        {
            session.Show(session.Engine.PlanSmoke(request), () => ResultJson.Instance.IReadOnlyListSmokePlan, SmokeText.Plan);
            return ExitCode.Done;
        }

        var report = await session.Engine.SmokeAsync(request, session.Cancellation);
        session.Show(report, () => ResultJson.Instance.SmokeReport, SmokeText.Report);
        // A file that cannot be written is an error, and hides no result.
        if (FullPath(input, _junit) is { } junit) OpsEngine.WriteJUnit(report, junit);
        return ExitCodes.Of(report.Status);
    }

    private static string? FullPath(ParseResult input, Option<string> option) =>
        input.GetValue(option) is { } path ? Path.GetFullPath(path) : null;
}
