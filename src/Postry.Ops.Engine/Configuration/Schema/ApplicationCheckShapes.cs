using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json that ask an application.</summary>
internal static class ApplicationCheckShapes
{
    private const string TokenVariableText = "The name of the environment variable that holds a bearer token.";
    private const string TokenFileText = "The path of a file that holds a bearer token, relative to the repo root.";
    private const string AfterText = "Names of checks that must pass before this one asks; otherwise it is skipped.";

    private static readonly Shape<IReadOnlyList<string>> After = ConfigTypes.List(ConfigTypes.Text, "names of checks");

    private static readonly ObjectShape<JsonExpectation> Json = new ObjectShape<JsonExpectation>(new(), "a value of a JSON answer")
        .Add("path", HttpTypes.JsonPath, j => SmokeShapes.NullIfEmpty(j.Path), (j, v) => j with { Path = v },
            "The place of the value: names separated by dots, and [0] for the first item of a list, such as data.items[0].status.",
            required: true)
        .Add("equals", new JsonValueShape(), j => j.EqualTo, (j, v) => j with { EqualTo = v }, "The expected text, number, true or false.")
        .Add("atLeast", new DecimalShape(), j => j.AtLeast, (j, v) => j with { AtLeast = v }, "The least number that is right.")
        .Add("atMost", new DecimalShape(), j => j.AtMost, (j, v) => j with { AtMost = v }, "The greatest number that is right.")
        .Add("exists", ConfigTypes.Switch, j => j.Exists, (j, v) => j with { Exists = v },
            "Whether the value must be there (true) or must not be there (false).")
        .Check((j, item, path, reading) =>
        {
            if (j is { EqualTo: null, AtLeast: null, AtMost: null, Exists: null })
                reading.Add(item.Origin, $"{path} needs one of equals, atLeast, atMost and exists.");
        });

    /// <summary>An address that must answer.</summary>
    public static readonly ObjectShape<HttpCheck> Http = Web("an address that must answer", "The address",
        "http://127.0.0.1:8000/health");

    /// <summary>A page of a front end.</summary>
    public static readonly ObjectShape<HttpCheck> Page = Web("a page that must be whole",
        "The address of an HTML page, whose scripts and style sheets are fetched as well", "http://127.0.0.1:5173/");

    /// <summary>A port that must accept a connection.</summary>
    public static readonly ObjectShape<TcpCheck> Tcp = new ObjectShape<TcpCheck>(new(), "a port that must accept a connection")
        .Add("address", HttpTypes.HostAndPort, c => SmokeShapes.NullIfEmpty(c.Address), (c, v) => c with { Address = v },
            "Host and port, such as 127.0.0.1:5432 or [::1]:5432.", required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the address.")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText)
        .Add("after", After, c => c.After, (c, v) => c with { After = v }, AfterText);

    /// <summary>A command that must end with an exit code.</summary>
    public static readonly ObjectShape<ProcessCheck> Process =
        new ObjectShape<ProcessCheck>(new(), "a command that must end with an exit code")
        .Add("command", ConfigTypes.Text, c => SmokeShapes.NullIfEmpty(c.Command), (c, v) => c with { Command = v },
            "A command for the system's shell, run in the repo root. After a restore, POSTRY_TARGET_URL holds the address of the " +
                "restored database.",
            required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the program of the command.")
        .Add("expectExitCode", ConfigTypes.Number(0, 255), c => c.ExpectExitCode, (c, v) => c with { ExpectExitCode = v },
            "The exit code of a command that found everything right.")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v },
            "How long the command may take before it is stopped. A number with s, m, h, d or w, such as \"60s\".")
        .Add("after", After, c => c.After, (c, v) => c with { After = v }, AfterText);

    /// <summary>The monitoring summary.</summary>
    public static readonly ObjectShape<MonitoringCheck> Monitoring = new ObjectShape<MonitoringCheck>(new(), "the monitoring summary")
        .Add("url", ConfigTypes.HttpUrl, c => SmokeShapes.NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            "The address of the summary, such as http://127.0.0.1:8000/v1/ops/monitoring/operational-summary?window=24h.", required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default monitoring.")
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenVariableText)
        .Add("bearerTokenFile", ConfigTypes.Path, c => c.BearerTokenFile, (c, v) => c with { BearerTokenFile = v }, TokenFileText)
        .Add("maximumErrorRate", ConfigTypes.Percent, c => c.MaximumErrorRate, (c, v) => c with { MaximumErrorRate = v },
            "How many of the requests may have ended in an error, in percent such as \"1%\".")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText)
        .Add("after", After, c => c.After, (c, v) => c with { After = v }, AfterText)
        .Check((c, item, path, reading) =>
        {
            if (c is { BearerTokenVariable: not null, BearerTokenFile: not null }) AddSecondToken(item, path, reading);
        });

    private static ObjectShape<HttpCheck> Web(string words, string urlWords, string example) =>
        new ObjectShape<HttpCheck>(new(), words)
        .Add("url", ConfigTypes.HttpUrl, c => SmokeShapes.NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            $"{urlWords}, such as {example}.", required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the address.")
        .Add("method", HttpTypes.Method, c => c.Method, (c, v) => c with { Method = v }, "The method of the request, in capitals.")
        .Add("body", ConfigTypes.Text, c => c.Body, (c, v) => c with { Body = v },
            "The body of the request, which holds no secret. It is sent as application/json unless the header Content-Type says otherwise.")
        .Add("headers", HttpTypes.Headers(HttpTypes.HeaderValue, mayBeSecret: false), c => c.Headers, (c, v) => c with { Headers = v },
            "Headers of the request whose values are no secrets.")
        .Add("headerVariables", HttpTypes.Headers(ConfigTypes.Variable, mayBeSecret: true), c => c.HeaderVariables,
            (c, v) => c with { HeaderVariables = v }, "For each of these headers, the name of the environment variable with its value.")
        .Add("headerFiles", HttpTypes.Headers(ConfigTypes.Path, mayBeSecret: true), c => c.HeaderFiles,
            (c, v) => c with { HeaderFiles = v },
            "For each of these headers, the path of the file with its value, relative to the repo root.")
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenVariableText)
        .Add("bearerTokenFile", ConfigTypes.Path, c => c.BearerTokenFile, (c, v) => c with { BearerTokenFile = v }, TokenFileText)
        .Add("expectStatus", ConfigTypes.Status, c => c.ExpectStatus, (c, v) => c with { ExpectStatus = v },
            "The status of a good answer: one such as 200, or a class such as \"2xx\".")
        .Add("expectText", ConfigTypes.Text, c => c.ExpectText, (c, v) => c with { ExpectText = v }, "A text that a good answer holds.")
        .Add("rejectText", ConfigTypes.Text, c => c.RejectText, (c, v) => c with { RejectText = v },
            "A text that a good answer does not hold.")
        .Add("expectMatch", HttpTypes.Expression, c => c.ExpectMatch, (c, v) => c with { ExpectMatch = v },
            "A regular expression that a good answer matches.")
        .Add("rejectMatch", HttpTypes.Expression, c => c.RejectMatch, (c, v) => c with { RejectMatch = v },
            "A regular expression that a good answer does not match.")
        .Add("json", ConfigTypes.List(Json, "values of a JSON answer"), c => c.Json, (c, v) => c with { Json = v },
            "Values that a good answer holds, which is JSON then.")
        .Add("followRedirects", ConfigTypes.Switch, c => c.FollowRedirects, (c, v) => c with { FollowRedirects = v },
            "Whether redirects are followed, at most 10 of them.")
        .Add("minimumCertificateDays", ConfigTypes.Number(0, 3650), c => c.MinimumCertificateDays,
            (c, v) => c with { MinimumCertificateDays = v }, "Days for which the certificate of the server must still be valid.")
        .Add("maximumDuration", ConfigTypes.Duration, c => c.MaximumDuration, (c, v) => c with { MaximumDuration = v },
            "How long a good answer takes at most. A number with s, m, h, d or w, such as \"2s\".")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText)
        .Add("after", After, c => c.After, (c, v) => c with { After = v }, AfterText)
        .Check(RequireDistinctHeaders);

    private static void RequireDistinctHeaders(HttpCheck check, JsonItem item, string path, ConfigurationReading reading)
    {
        if (check is { BearerTokenVariable: not null, BearerTokenFile: not null }) AddSecondToken(item, path, reading);
        var hasToken = check.BearerTokenVariable is not null || check.BearerTokenFile is not null;
        var names = check.Headers.Keys.Concat(check.HeaderVariables.Keys).Concat(check.HeaderFiles.Keys)
            .Concat(hasToken ? ["Authorization"] : []);
        foreach (var twice in names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            reading.Add(item.Origin, $"{path} has more than one value for the header {twice.Key}: keep one of them.");
    }

    private static void AddSecondToken(JsonItem item, string path, ConfigurationReading reading) =>
        reading.Add(item.Origin, $"{path} names both bearerTokenVariable and bearerTokenFile: keep one of them.");
}
