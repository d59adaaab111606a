using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry check-catalog`: looks for what is unfinished, missing or foreign in a backup root.</summary>
internal sealed class CheckCatalogVerb : Verb
{
    private readonly Option<bool> _repair = NewOption.Flag("--repair", "Remove what killed commands left. All else is only reported.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "With --repair: only show what would be removed.");

    public CheckCatalogVerb()
        : base("check-catalog", "Check the backup root for what is unfinished, missing or foreign. Exit code 3 if there is a problem.")
    {
        Add(_repair);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var report = input.GetValue(_repair) && !input.GetValue(_whatIf)
            ? await session.Engine.RepairCatalogAsync(session.Cancellation)
            : await session.Engine.CheckCatalogAsync(session.Cancellation);
        session.Show(report, () => ResultJson.Instance.CatalogReport, CatalogText.Report);
        return report.IsClean ? ExitCode.Done : ExitCode.NotProven;
    }
}
