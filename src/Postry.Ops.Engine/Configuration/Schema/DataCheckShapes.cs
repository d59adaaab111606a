using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The smoke checks of postry.json that ask a database.</summary>
internal static class DataCheckShapes
{
    private const string DatabaseText =
        "The name of the database that the check is for, one of 'databases'; by default every restored one.";

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
        .Add("timeout", ConfigTypes.Duration, c => c.Timeout, (c, v) => c with { Timeout = v }, SmokeShapes.TimeoutText);

    public static readonly ObjectShape<TableCheck> Table = new ObjectShape<TableCheck>(new(), "a table that must exist")
        .Add("table", ConfigTypes.Text, c => SmokeShapes.NullIfEmpty(c.Table), (c, v) => c with { Table = v },
            "The table's name; for PostgreSQL with its schema, unless that is public.", required: true)
        .Add("database", ConfigTypes.Text, c => c.Database, (c, v) => c with { Database = v }, DatabaseText)
        .Add("columns", ConfigTypes.List(ConfigTypes.Text, "names of columns"), c => c.Columns, (c, v) => c with { Columns = v },
            "Columns that the table must have.")
        .Add("minimumRows", ConfigTypes.Number(0, int.MaxValue), c => c.MinimumRows, (c, v) => c with { MinimumRows = v },
            "The least number of rows of the table.");
}
