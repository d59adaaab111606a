using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Unattended.Jobs;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry run`: runs a job of postry.json.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string> _job = new Argument<string>("job") { Description = "The name of the job in postry.json." }.WithJobs();

    private readonly Option<bool> _skip = NewOption.Flag("--skip-if-running",
        "Exit code 0 and a report that says Skipped where another process is running the job.");

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what each step would do.");

    public RunVerb() : base("run", "Run a job of postry.json: its steps one after another, with one result and one exit code.")
    {
        Add(_job);
        Add(CommonOptions.WaitTimeout);
        Add(_skip);
        Add(_whatIf);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var (job, runner) = (input.GetValue(_job)!, new JobRunner(session.Engine, session.Reporter));
        if (input.GetValue(_whatIf))
        {
            session.Show(runner.Plan(job), () => ResultJson.Instance.JobPlan, JobText.Plan);
            return ExitCode.Done;
        }

        var report = await runner.RunAsync(job, input.GetValue(_skip), session.Cancellation);
        session.Show(report, () => ResultJson.Instance.JobReport, JobText.Report);
        return ExitCodes.Of(report);
    }
}
