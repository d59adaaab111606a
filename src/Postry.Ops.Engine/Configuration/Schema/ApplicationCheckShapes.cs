using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json that ask an application.</summary>
internal static class ApplicationCheckShapes
{
    private const string TokenText = "The name of the environment variable that holds a bearer token.";

    public static readonly ObjectShape<HttpCheck> Http = new ObjectShape<HttpCheck>(new(), "an address that must answer")
        .Add("url", ConfigTypes.HttpUrl, c => SmokeShapes.NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            "The address, such as http://127.0.0.1:8000/health.",
            required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the address.")
        .Add("expectStatus", ConfigTypes.Status, c => c.ExpectStatus, (c, v) => c with { ExpectStatus = v },
            "The status of a good answer: one such as 200, or a class such as \"2xx\".")
        .Add("expectText", ConfigTypes.Text, c => c.ExpectText, (c, v) => c with { ExpectText = v }, "A text that a good answer holds.")
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenText)
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText);

    public static readonly ObjectShape<MonitoringCheck> Monitoring = new ObjectShape<MonitoringCheck>(new(), "the monitoring summary")
        .Add("url", ConfigTypes.HttpUrl, c => SmokeShapes.NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            "The address of the summary, such as http://127.0.0.1:8000/v1/ops/monitoring/operational-summary?window=24h.", required: true)
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenText)
        .Add("maximumErrorRate", ConfigTypes.Percent, c => c.MaximumErrorRate, (c, v) => c with { MaximumErrorRate = v },
            "How many of the requests may have ended in an error, in percent such as \"1%\".")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText);
}
