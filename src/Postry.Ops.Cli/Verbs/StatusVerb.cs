using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry status`: how well each database could be recovered now.</summary>
internal sealed class StatusVerb : Verb
{
    /// <summary>The option for one line in the form of monitoring plugins.</summary>
    public const string Nagios = "--nagios";

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Report only on this database; * and ? are wildcards.").WithDatabases();

    private readonly Option<bool> _nagios = NewOption.Flag(Nagios,
        "Print one line for Nagios, Icinga and others, with performance data, and end with 0, 1, 2 or 3 (OK, WARNING, CRITICAL, UNKNOWN).");

    public StatusVerb()
        : base("status", "Report how well each database could be recovered now: backups, drills, failures, disk, and what to do first.")
    {
        Add(_database);
        Add(_nagios);
        Validators.Add(result =>
        {
            if (result.GetValue(_nagios) && result.GetValue(CommonOptions.Json)) result.AddError("Give only one of --json, --nagios.");
        });
    }

    protected override ConfigurationSections Needs(ParseResult input) => ConfigurationSections.Databases | ConfigurationSections.Objectives;

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var statuses = await session.Engine.StatusAsync(input.GetValue(_database), session.Cancellation);
        if (input.GetValue(_nagios)) return NagiosText.Write(Console.Out, statuses);
        session.Show(statuses, () => ResultJson.Instance.IReadOnlyListRecoveryStatus, StatusText.Many);
        return ExitCodes.Of(statuses);
    }

    protected override ExitCode Fail(Output output, ParseResult input, Failure failure) =>
        input.GetValue(_nagios) ? NagiosText.Write(Console.Out, failure) : base.Fail(output, input, failure);
}
