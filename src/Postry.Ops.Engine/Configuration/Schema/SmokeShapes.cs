using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json.</summary>
internal static class SmokeShapes
{
    public const string TimeoutText = "How long the answer may take. A number with s, m, h, d or w, such as \"10s\".";

    public static readonly ObjectShape<SmokeChecks> All = new ObjectShape<SmokeChecks>(new(), "the checks after a restore")
        .Add("deadline", ConfigTypes.Duration, s => s.Deadline, (s, v) => s with { Deadline = v },
            "How long all checks together may take; a check that does not pass asks again until then. A number with s, m, h, d or w.")
        .Add("http", ConfigTypes.List(ApplicationCheckShapes.Http, "HTTP checks"), s => s.Http, (s, v) => s with { Http = v },
            "Addresses that must answer.")
        .Add("pages", ConfigTypes.List(ApplicationCheckShapes.Page, "pages"), s => s.Pages, (s, v) => s with { Pages = v },
            "Pages of a front end that must be whole: the page, its scripts and its style sheets.")
        .Add("tcp", ConfigTypes.List(ApplicationCheckShapes.Tcp, "TCP checks"), s => s.Tcp, (s, v) => s with { Tcp = v },
            "Ports that must accept a connection.")
        .Add("processes", ConfigTypes.List(ApplicationCheckShapes.Process, "commands"), s => s.Processes,
            (s, v) => s with { Processes = v }, "Commands that must end with an exit code.")
        .Add("sql", ConfigTypes.List(DataCheckShapes.Sql, "queries"), s => s.Sql, (s, v) => s with { Sql = v }, "Queries that must work.")
        .Add("tables", ConfigTypes.List(DataCheckShapes.Table, "tables"), s => s.Tables, (s, v) => s with { Tables = v },
            "Tables that must be there, with columns and rows.")
        .Add("freshness", ConfigTypes.List(DataCheckShapes.Freshness, "checks of age"), s => s.Freshness,
            (s, v) => s with { Freshness = v }, "Columns and backups that must not be too old.")
        .Add("monitoring", ApplicationCheckShapes.Monitoring, s => s.Monitoring, (s, v) => s with { Monitoring = v },
            "The monitoring summary, which must show no new critical alert compared with before the restore.");

    public static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
