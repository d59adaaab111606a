using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry prune`: removes the backups that a retention policy does not keep. The policy is the consent, so that a schedule can
/// run the command; --what-if shows its decisions.</summary>
internal sealed class PruneVerb : Verb
{
    private const int Most = 10_000;

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Prune only the backups of this database; * and ? are wildcards.").WithDatabases();

    private readonly Option<int?> _last = Count("--keep-last", "Keep the newest so many.");
    private readonly Option<int?> _hourly = Count("--keep-hourly", "Keep the newest of each of so many hours that have any.");
    private readonly Option<int?> _daily = Count("--keep-daily", "Keep the newest of each of so many days that have any.");
    private readonly Option<int?> _weekly = Count("--keep-weekly", "Keep the newest of each of so many weeks that have any.");
    private readonly Option<int?> _monthly = Count("--keep-monthly", "Keep the newest of each of so many months that have any.");
    private readonly Option<int?> _yearly = Count("--keep-yearly", "Keep the newest of each of so many years that have any.");

    private readonly Option<TimeSpan?> _within = NewOption.Duration("--keep-within", "Keep all in this time before the newest.");
    private readonly Option<TimeSpan?> _withinHourly = Window("hour");
    private readonly Option<TimeSpan?> _withinDaily = Window("day");
    private readonly Option<TimeSpan?> _withinWeekly = Window("week");
    private readonly Option<TimeSpan?> _withinMonthly = Window("month");
    private readonly Option<TimeSpan?> _withinYearly = Window("year");

    private readonly Option<TimeSpan?> _minimumAge = NewOption.Duration("--minimum-age",
        "Remove none that is younger, counted from the newest good backup. Default: 7d.");

    private readonly Option<TimeSpan?> _previousCopies = NewOption.Duration("--previous-copies",
        "Remove copies that restores and undos kept once a good backup is so much newer; 0s for never. Default: 14d.");

    private readonly Option<string> _timeZone = NewOption.Text("--time-zone", "zone",
        "The time zone of the calendar, such as Europe/Berlin. Default: UTC.");

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show which backups would be kept and removed, and why.");

    public PruneVerb()
        : base("prune", "Remove the backups that no rule keeps. Without rules here, those of \"retention\" in postry.json apply.")
    {
        Option[] all = [_database, _last, _hourly, _daily, _weekly, _monthly, _yearly, _within, _withinHourly, _withinDaily, _withinWeekly,
            _withinMonthly, _withinYearly, _minimumAge, _previousCopies, _timeZone, _whatIf];
        foreach (var option in all) Add(option);
        Add(CommonOptions.WaitTimeout);
    }

    protected override ConfigurationSections Needs(ParseResult input) => ConfigurationSections.Retention;

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = Request(input);
        var report = input.GetValue(_whatIf) ? session.Engine.PlanPruning(request)
            : await session.Engine.PruneAsync(request, session.Cancellation);
        session.Show(report, () => ResultJson.Instance.RetentionReport, RetentionText.Report);
        return RetentionReport.Problems(report).Count > 0 ? ExitCode.Failed
            : RetentionReport.Stops(report).Count > 0 ? ExitCode.NotProven : ExitCode.Done;
    }

    private RetentionRequest Request(ParseResult input) => new()
    {
        Database = input.GetValue(_database),
        KeepLast = input.GetValue(_last),
        KeepHourly = input.GetValue(_hourly),
        KeepDaily = input.GetValue(_daily),
        KeepWeekly = input.GetValue(_weekly),
        KeepMonthly = input.GetValue(_monthly),
        KeepYearly = input.GetValue(_yearly),
        KeepWithin = input.GetValue(_within),
        KeepWithinHourly = input.GetValue(_withinHourly),
        KeepWithinDaily = input.GetValue(_withinDaily),
        KeepWithinWeekly = input.GetValue(_withinWeekly),
        KeepWithinMonthly = input.GetValue(_withinMonthly),
        KeepWithinYearly = input.GetValue(_withinYearly),
        MinimumAge = input.GetValue(_minimumAge),
        PreviousCopies = input.GetValue(_previousCopies),
        TimeZone = input.GetValue(_timeZone),
    };

    private static Option<int?> Count(string name, string description) => NewOption.Number(name, 0, Most, description);

    private static Option<TimeSpan?> Window(string period) =>
        NewOption.Duration($"--keep-within-{(period == "day" ? "dai" : period)}ly",
            $"Keep the newest of each {period} in this time before the newest.");
}
