using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json that ask a database.</summary>
internal static class DataCheckShapes
{
    private const string DatabaseText =
        "The name of the database that the check is for, one of 'databases'; by default every one of them.";

    private const string AfterText = "Names of checks that must pass before this one asks; otherwise it is skipped.";

    public static readonly ObjectShape<SqlCheck> Sql = new ObjectShape<SqlCheck>(new(), "a query that must work")
        .Add("query", ConfigTypes.Text, c => SmokeShapes.NullIfEmpty(c.Query), (c, v) => c with { Query = v },
            "The query, which only reads.", required: true)
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the query.")
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("expectValue", ConfigTypes.Text, c => c.ExpectValue, (c, v) => c with { ExpectValue = v },
            "The expected value of the first column of the first row, as text.")
        .Add("minimumRows", ConfigTypes.Number(0, int.MaxValue), c => c.MinimumRows, (c, v) => c with { MinimumRows = v },
            "The least number of rows of the result.")
        .Add("maximumRows", ConfigTypes.Number(0, int.MaxValue - 1), c => c.MaximumRows, (c, v) => c with { MaximumRows = v },
            "The greatest number of rows of the result.")
        .Add("expectRows", ConfigTypes.Switch, c => c.ExpectRows, (c, v) => c with { ExpectRows = v },
            "true if the result must have rows, false if it must have none.")
        .Add("atLeast", new DecimalShape(), c => c.AtLeast, (c, v) => c with { AtLeast = v },
            "The least number that the first column of the first row may be.")
        .Add("atMost", new DecimalShape(), c => c.AtMost, (c, v) => c with { AtMost = v },
            "The greatest number that the first column of the first row may be.")
        .Add("gradeColumn", ConfigTypes.Text, c => c.GradeColumn, (c, v) => c with { GradeColumn = v },
            "The column of the result that grades each row, such as status; 'failWhen' says which grades fail.")
        .Add("failWhen", ConfigTypes.Text, c => c.FailWhen, (c, v) => c with { FailWhen = v },
            "A pattern with * and ?, in upper or lower case, such as \"ALERT*\": a row whose 'gradeColumn' fits it fails the check.")
        .Add("after", ConfigTypes.List(ConfigTypes.Text, "names of checks"), c => c.After, (c, v) => c with { After = v }, AfterText)
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText)
        .Check(RequirePair, evenIfBroken: true)
        .WithSchema(schema => schema["dependencies"] = new JsonObject
        {
            ["gradeColumn"] = new JsonArray("failWhen"),
            ["failWhen"] = new JsonArray("gradeColumn"),
        });

    public static readonly ObjectShape<TableCheck> Table = new ObjectShape<TableCheck>(new(), "a table that must exist")
        .Add("table", ConfigTypes.Text, c => SmokeShapes.NullIfEmpty(c.Table), (c, v) => c with { Table = v },
            "The table's name; for PostgreSQL with its schema, unless that is public.", required: true)
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("columns", ConfigTypes.List(ConfigTypes.Text, "names of columns"), c => c.Columns, (c, v) => c with { Columns = v },
            "Columns that the table must have.")
        .Add("minimumRows", ConfigTypes.Number(0, int.MaxValue), c => c.MinimumRows, (c, v) => c with { MinimumRows = v },
            "The least number of rows of the table.")
        .Add("atLeastBackup", new ShareShape(), c => c.AtLeastBackup, (c, v) => c with { AtLeastBackup = v },
            "true if the table must have at least as many rows as the backup, or a share of these in percent such as \"90%\". The backup " +
                "is the restored one, otherwise the newest good one of the database.")
        .Add("after", ConfigTypes.List(ConfigTypes.Text, "names of checks"), c => c.After, (c, v) => c with { After = v }, AfterText)
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText);

    public static readonly ObjectShape<FreshnessCheck> Freshness =
        new ObjectShape<FreshnessCheck>(new(), "a column or a backup that must not be old")
        .Add("name", ConfigTypes.Text, c => c.Name, (c, v) => c with { Name = v },
            "The name of the check in reports; by default the column, or the backup.")
        .Add("table", ConfigTypes.Text, c => c.Table, (c, v) => c with { Table = v },
            "The table's name; for PostgreSQL with its schema, unless that is public.")
        .Add("column", ConfigTypes.Text, c => c.Column, (c, v) => c with { Column = v },
            "The column with times: of SQLite, text in ISO 8601, or seconds or milliseconds since 1970.")
        .Add("backup", ConfigTypes.Switch, c => c.Backup ? true : null, (c, v) => c with { Backup = v },
            "true for the newest good backup of the database, instead of a column.")
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("maximumAge", ConfigTypes.Duration, c => c.MaximumAge == TimeSpan.Zero ? null : c.MaximumAge,
            (c, v) => c with { MaximumAge = v },
            "How old the newest value, or the backup, may be. A number with s, m, h, d or w, such as \"24h\".", required: true)
        .Add("after", ConfigTypes.List(ConfigTypes.Text, "names of checks"), c => c.After, (c, v) => c with { After = v }, AfterText)
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText)
        .Check(RequireOneSource)
        .WithSchema(schema => schema["oneOf"] = new JsonArray(
            new JsonObject { ["required"] = new JsonArray("table", "column") },
            new JsonObject { ["required"] = new JsonArray("backup") }));

    private static void RequirePair(SqlCheck check, JsonItem item, string path, ConfigurationReading reading)
    {
        if (item["gradeColumn"] is null == item["failWhen"] is null) return;
        reading.Add(item.Origin, $"{path} has one of 'gradeColumn' and 'failWhen': give both, the column and the grades that fail.");
    }

    private static void RequireOneSource(FreshnessCheck check, JsonItem item, string path, ConfigurationReading reading)
    {
        var isColumn = check is { Table: not null, Column: not null };
        if (isColumn != check.Backup && (isColumn || check is { Table: null, Column: null })) return;
        reading.Add(item.Origin, $"{path} does not say what must be fresh: give 'table' with 'column', or \"backup\": true.");
    }
}
