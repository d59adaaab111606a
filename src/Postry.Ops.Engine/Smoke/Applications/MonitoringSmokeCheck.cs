using System.Globalization;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The operational summary, which must show no new critical alert. The summary only observes the application: where it is silent,
/// nothing is known of the application.</summary>
internal sealed class MonitoringSmokeCheck(MonitoringCheck check, SmokeTargets targets)
    : HttpSmokeCheck(Request(check), targets)
{
    private readonly IReadOnlyList<string>? _baseline = targets.Baseline;
    private OperationalSummary? _summary;

    /// <inheritdoc/>
    public override SmokeKind Kind => SmokeKind.Monitoring;

    /// <inheritdoc/>
    public override string Expected => string.Create(CultureInfo.InvariantCulture,
        $"no {(_baseline is null ? "" : "new ")}critical alert, at most {check.MaximumErrorRate} % errors");

    /// <inheritdoc/>
    public override CheckStatus WithoutAnswer => CheckStatus.Inconclusive;

    /// <summary>The critical alerts of now by their identity, for a baseline. Errors: InvalidRequest if the summary cannot be
    /// read.</summary>
    public static async Task<IReadOnlyList<string>> ReadCriticalAlertsAsync(MonitoringCheck check, SmokeTargets targets,
        CancellationToken cancellation)
    {
        var asked = new MonitoringSmokeCheck(check, targets);
        var answer = await asked.AskAsync(cancellation);
        return asked._summary?.Critical ?? throw new InvalidRequestException(asked.Target,
            $"The critical alerts of now cannot be read: {answer.Detail}",
            "Make the monitoring summary answer (smoke.monitoring in postry.json), then save the baseline again.");
    }

    /// <inheritdoc/>
    protected override Task<SmokeAnswer> JudgeAsync(WebAnswer answer, SmokeAnswer judged, WebSession session, WebRequest request,
        CancellationToken cancellation) => Task.FromResult(Judge(answer, judged));

    private static HttpCheck Request(MonitoringCheck check) => new()
    {
        Url = check.Url,
        Name = check.Name ?? "monitoring",
        BearerTokenVariable = check.BearerTokenVariable,
        BearerTokenFile = check.BearerTokenFile,
        Timeout = check.Timeout,
        After = check.After,
    };

    private SmokeAnswer Judge(WebAnswer answer, SmokeAnswer judged)
    {
        SmokeAnswer Unknown(string detail, bool mayChange = true) => new(CheckStatus.Inconclusive, judged.Actual, detail, mayChange);
        if (answer.Status is 401 or 403)
            return Unknown("The monitoring address refused the token. "
                + ((check.BearerTokenVariable ?? check.BearerTokenFile) is { } source ? $"Put a valid one into {source}."
                    : "Name the variable that holds one: smoke.monitoring.bearerTokenVariable in postry.json."), mayChange: false);
        if (judged.Status != CheckStatus.Passed) return Unknown(judged.Detail ?? "");
        _summary = answer.Body.IsCut ? null : OperationalSummary.Read(answer.Body.Text);
        if (_summary is not { } summary)
            return Unknown("The answer is not an operational summary: JSON with data.alerts, data.requests_total and "
                + "data.errors_5xx_total. Correct the address.");
        var added = summary.Critical.Except(_baseline ?? [], StringComparer.Ordinal).ToList();
        var actual = string.Create(CultureInfo.InvariantCulture,
            $"{summary.Critical.Count} critical{(_baseline is null ? "" : $", {added.Count} of them new")}, {summary.RateWords}");
        var notes = Notes(summary, added);
        if (added.Count > 0 || summary.ErrorRate > check.MaximumErrorRate)
            return new SmokeAnswer(CheckStatus.Failed, actual, notes);
        return summary.Requests is null || summary.Errors is null
            ? new SmokeAnswer(CheckStatus.Inconclusive, actual, "The summary has no requests_total or no errors_5xx_total. " + notes)
            : SmokeAnswer.Passed(actual, notes);
    }

    private string? Notes(OperationalSummary summary, List<string> added)
    {
        var old = summary.Critical.Except(added, StringComparer.Ordinal).ToList();
        var notes = new List<string>();
        if (added.Count > 0) notes.Add($"{(_baseline is null ? "Critical alerts" : "New critical alerts")}: {string.Join(", ", added)}.");
        if (summary.ErrorRate > check.MaximumErrorRate)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"Of {summary.Requests} requests {summary.Errors} ended in an error, more than {check.MaximumErrorRate} %."));
        if (old.Count > 0) notes.Add($"Critical alerts that were there before: {string.Join(", ", old)}.");
        if (summary.Requests == 0) notes.Add("There were no requests, so the error rate is unknown.");
        return notes.Count == 0 ? null : string.Join(' ', notes);
    }
}
