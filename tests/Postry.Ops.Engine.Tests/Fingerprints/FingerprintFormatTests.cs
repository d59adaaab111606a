using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Sqlite;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Fingerprints;

/// <summary>docs/fingerprint.md is enough to compute what the engine computes.</summary>
public sealed class FingerprintFormatTests
{
    /// <summary>A value of each kind that is easily taken for another.</summary>
    internal static readonly IReadOnlyList<string> Values =
    [
        "NULL", "''", "0", "0.0", "x''", "'0'", "x'30'", "'0.0'", "1", "1.0", "'1'", "x'31'", "-1", "9223372036854775807",
        "-9223372036854775808", "9223372036854775807.0",
        "1e999", "-1e999", "5e-324", "0.1", "0.1000000000000000194", "'NULL'", "char(0)", "'a'||char(0)", "'a'||char(0)||'b'", "'a'",
        "'a '", "'A'",
        "CAST(x'ff' AS TEXT)", "CAST(x'c3' AS TEXT)", "CAST(x'efbfbd' AS TEXT)", "x'ff'", "x'00'", "x'0000'", "'é'", "'e'||char(769)",
        "char(66304)", "zeroblob(20000)", "zeroblob(70000)",
        "replace(hex(zeroblob(8192)),'00','x')", "replace(hex(zeroblob(40000)),'00','é')",
    ];

    public static TheoryData<string> Encodings => ["UTF-8", "UTF-16le", "UTF-16be"];

    [StockTheory]
    [MemberData(nameof(Encodings))]
    public async Task A_stranger_computes_the_same_over_every_type_of_value(string encoding)
    {
        using var work = new Workspace();
        var app = Make(work, encoding);
        foreach (var (name, rows, fingerprint) in await EngineFingerprintsAsync(work, app))
            Assert.Equal((rows, fingerprint), IndependentFingerprint.Of(app, name));
    }

    [StockFact]
    public async Task A_stranger_computes_the_same_over_every_kind_of_schema()
    {
        foreach (var name in SqliteZoo.Scripts.Keys.Where(name => name is not "many-tables"))
        {
            using var work = new Workspace();
            var app = SqliteZoo.Make(work, name);
            foreach (var (table, rows, fingerprint) in await EngineFingerprintsAsync(work, app))
                Assert.Equal((name, table, rows, fingerprint), Prefix(name, table, IndependentFingerprint.Of(app, table)));
        }
    }

    [RequiresFact("python3")]
    public async Task The_program_in_the_documentation_computes_the_same()
    {
        using var work = new Workspace();
        var program = Docs.Block("fingerprint.md", "python", "def fingerprint");
        Assert.Equal(15, program.TrimEnd('\n').Split('\n').Length);
        File.WriteAllText(work["fingerprint.py"], program);
        foreach (var encoding in new[] { "UTF-8", "UTF-16le", "UTF-16be" })
        {
            var app = Make(work, encoding);
            foreach (var (name, rows, fingerprint) in await EngineFingerprintsAsync(work, app))
                Assert.Equal($"{rows} {fingerprint}\n", StockTools.Latin("python3", [work["fingerprint.py"], app, name]));
        }
    }

    [StockFact]
    public async Task The_documentation_s_vector_is_right()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, Docs.Block("fingerprint.md", "sql", "CREATE TABLE vector"));
        var table = Assert.Single((await work.BackUpAsync(app)).Tables);
        Assert.Equal(5, table.Rows);
        Assert.Contains($"has 5 rows and the fingerprint `{table.Fingerprint}`", Docs.Read("fingerprint.md"), StringComparison.Ordinal);
        Assert.Equal((5L, table.Fingerprint), IndependentFingerprint.Of(app, "vector"));
    }

    [StockFact]
    public async Task A_table_without_rows_has_the_fingerprint_nought()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a)");
        var table = Assert.Single((await work.BackUpAsync(work["app.db"])).Tables);
        Assert.Equal((0L, new string('0', 32)), (table.Rows, table.Fingerprint));
    }

    /// <summary>A table for each way that a column stores values, and one with everything in one row and in many.</summary>
    private static string Make(Workspace work, string encoding)
    {
        var app = work[$"{encoding}.db"];
        var inserts = string.Concat(Values.Select(value =>
            $"INSERT INTO plain VALUES ({value}); INSERT INTO affine VALUES ({value},{value},{value},{value},{value});"));
        Commands.Sqlite(app,
            $"PRAGMA encoding='{encoding}'; CREATE TABLE plain(v); CREATE TABLE affine(t TEXT, i INTEGER, r REAL, n NUMERIC, b BLOB); " +
            $"CREATE TABLE wide({string.Join(",", Values.Select((_, i) => $"c{i}"))}); {inserts} INSERT INTO wide VALUES " +
            $"({string.Join(",", Values)}); CREATE TABLE twice AS SELECT * FROM plain UNION ALL SELECT * FROM plain; CREATE TABLE " +
            $"keyed(id INTEGER PRIMARY KEY, v); INSERT INTO keyed SELECT rowid*7-100, v FROM plain;");
        using var connection = AppConnections.Open(app);
        // The shell's own arithmetic loses the sign of nought.
        foreach (var value in new object[] { -0.0, double.Epsilon, double.MaxValue, double.PositiveInfinity })
            connection.Run("INSERT INTO plain VALUES ($1); ", value);
        return app;
    }

    private static async Task<List<(string Name, long? Rows, string? Fingerprint)>> EngineFingerprintsAsync(Workspace work, string app)
    {
        var set = await work.BackUpAsync(app);
        Assert.Equal(BackupStatus.Complete, set.Status);
        return [.. set.Tables.Select(table => (table.Name, table.Rows, table.Fingerprint))];
    }

    private static (string Name, string Table, long? Rows, string? Fingerprint) Prefix(string name, string table,
        (long Rows, string Fingerprint) result) => (name, table, result.Rows, result.Fingerprint);
}
