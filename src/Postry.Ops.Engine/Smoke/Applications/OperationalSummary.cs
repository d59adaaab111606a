using System.Globalization;
using System.Text.Json;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The operational summary of an application.</summary>
/// <param name="Critical">The critical alerts by their identity, each once.</param>
/// <param name="Requests">The number of requests; null if the summary does not say.</param>
/// <param name="Errors">The number of answers with a status of 500 or above; null if the summary does not say.</param>
internal sealed record OperationalSummary(IReadOnlyList<string> Critical, decimal? Requests, decimal? Errors)
{
    private static readonly string[] Identities = ["id", "code", "name", "title", "message"];
    private static readonly string[] CriticalWords = ["critical", "crit", "fatal", "emergency", "p0"];

    /// <summary>Reads a summary; null for a text that is none.</summary>
    public static OperationalSummary? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.TrimStart('\uFEFF'));
            var root = Member(document.RootElement, "data") ?? document.RootElement;
            return Member(root, "alerts") is { ValueKind: JsonValueKind.Array } alerts
                ? new OperationalSummary([.. alerts.EnumerateArray().Where(IsCritical).Select(Identity).Distinct(StringComparer.Ordinal)],
                    Number(root, "requests_total"), Number(root, "errors_5xx_total"))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // An alert that does not say how bad it is counts as critical, so that none is overlooked.
    private static bool IsCritical(JsonElement alert) => Member(alert, "severity") is not { ValueKind: JsonValueKind.String } severity
        || CriticalWords.Contains(severity.GetString()!.Trim(), StringComparer.OrdinalIgnoreCase);

    private static string Identity(JsonElement alert)
    {
        var named = Identities.Select(name => Member(alert, name))
            .FirstOrDefault(value => value is { ValueKind: JsonValueKind.String or JsonValueKind.Number }) ?? alert;
        return named.ValueKind == JsonValueKind.String ? named.GetString()! : named.GetRawText();
    }

    private static decimal? Number(JsonElement root, string name) =>
        Member(root, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out var number) && number >= 0
            ? number : null;

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : null;

    /// <summary>The errors among the requests in percent; null if there were no requests.</summary>
    public decimal? ErrorRate => Requests is > 0 && Errors is not null ? Errors * 100 / Requests : null;

    /// <summary>The error rate in words.</summary>
    public string RateWords => ErrorRate is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.##} % errors")
        : "error rate unknown";
}
