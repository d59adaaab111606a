using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json.</summary>
internal static class SmokeShapes
{
    private const string TimeoutText = "How long the answer may take. A number with s, m, h, d or w, such as \"10s\".";
    private const string TokenText = "The name of the environment variable that holds a bearer token.";
    private const string DatabaseText =
        "The name of the database that the check is for, one of 'databases'; by default every restored one.";

    private static readonly ObjectShape<HttpCheck> Http = new ObjectShape<HttpCheck>(new(), "an address that must answer")
        .Add("url", ConfigTypes.HttpUrl, c => NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            "The address, such as http://127.0.0.1:8000/health.",
            required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the address.")
        .Add("expectStatus", ConfigTypes.Status, c => c.ExpectStatus, (c, v) => c with { ExpectStatus = v },
            "The status of a good answer: one such as 200, or a class such as \"2xx\".")
        .Add("expectText", ConfigTypes.Text, c => c.ExpectText, (c, v) => c with { ExpectText = v }, "A text that a good answer holds.")
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenText)
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, TimeoutText);

    private static readonly ObjectShape<SqlCheck> Sql = new ObjectShape<SqlCheck>(new(), "a query that must work")
        .Add("query", ConfigTypes.Text, c => NullIfEmpty(c.Query), (c, v) => c with { Query = v }, "The query, which only reads.",
            required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the query.")
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("expectValue", ConfigTypes.Text, c => c.ExpectValue, (c, v) => c with { ExpectValue = v },
            "The expected value of the first column of the first row, as text.")
        .Add("minimumRows", ConfigTypes.Number(0, int.MaxValue), c => c.MinimumRows, (c, v) => c with { MinimumRows = v },
            "The least number of rows of the result.")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, TimeoutText);

    private static readonly ObjectShape<TableCheck> Table = new ObjectShape<TableCheck>(new(), "a table that must exist")
        .Add("table", ConfigTypes.Text, c => NullIfEmpty(c.Table), (c, v) => c with { Table = v },
            "The table's name; for PostgreSQL with its schema, unless that is public.", required: true)
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("columns", ConfigTypes.List(ConfigTypes.Text, "names of columns"), c => c.Columns, (c, v) => c with { Columns = v },
            "Columns that the table must have.")
        .Add("minimumRows", ConfigTypes.Number(0, int.MaxValue), c => c.MinimumRows, (c, v) => c with { MinimumRows = v },
            "The least number of rows of the table.");

    private static readonly ObjectShape<MonitoringCheck> Monitoring = new ObjectShape<MonitoringCheck>(new(), "the monitoring summary")
        .Add("url", ConfigTypes.HttpUrl, c => NullIfEmpty(c.Url), (c, v) => c with { Url = v },
            "The address of the summary, such as http://127.0.0.1:8000/v1/ops/monitoring/operational-summary?window=24h.", required: true)
        .Add("bearerTokenVariable", ConfigTypes.Variable, c => c.BearerTokenVariable, (c, v) => c with { BearerTokenVariable = v },
            TokenText)
        .Add("maximumErrorRate", ConfigTypes.Percent, c => c.MaximumErrorRate, (c, v) => c with { MaximumErrorRate = v },
            "How many of the requests may have ended in an error, in percent such as \"1%\".")
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, TimeoutText);

    public static readonly ObjectShape<SmokeChecks> All = new ObjectShape<SmokeChecks>(new(), "the checks after a restore")
        .Add("http", ConfigTypes.List(Http, "HTTP checks"), s => s.Http, (s, v) => s with { Http = v }, "Addresses that must answer.")
        .Add("sql", ConfigTypes.List(Sql, "queries"), s => s.Sql, (s, v) => s with { Sql = v }, "Queries that must work.")
        .Add("tables", ConfigTypes.List(Table, "tables"), s => s.Tables, (s, v) => s with { Tables = v },
            "Tables that must be there, with columns and rows.")
        .Add("monitoring", Monitoring, s => s.Monitoring, (s, v) => s with { Monitoring = v },
            "The monitoring summary, which must show no new critical alert compared with before the restore.");

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
