using Microsoft.Data.Sqlite;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Fingerprints;

/// <summary>Equal contents have equal fingerprints in any order; contents that differ in anything at all do not.</summary>
public sealed class FingerprintPropertyTests(ITestOutputHelper output)
{
    private const int Columns = 4;

    [StockFact]
    public async Task Values_that_look_alike_have_fingerprints_of_their_own()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, string.Concat(FingerprintFormatTests.Values
            .Select((value, i) => $"CREATE TABLE t{i}(v); INSERT INTO t{i} VALUES ({value});")));
        using (var connection = AppConnections.Open(app)) connection.Run("CREATE TABLE minus(v); INSERT INTO minus VALUES ($1)", -0.0);
        var tables = (await work.BackUpAsync(app)).Tables;
        var twins = tables.GroupBy(table => table.Fingerprint).Where(group => group.Count() > 1)
            .Select(group => string.Join(" = ", group.Select(table => table.Name)));
        Assert.Empty(twins);
        Assert.Equal(FingerprintFormatTests.Values.Count + 1, tables.Count);
    }

    [StockFact]
    public async Task The_order_of_rows_and_where_they_lie_does_not_matter()
    {
        using var work = new Workspace();
        var random = Seed.Random(output);
        var rows = Rows(random, 200);
        var first = await FingerprintAsync(work, rows);
        for (var round = 0; round < 10; round++)
        {
            random.Shuffle(rows);
            Assert.Equal(first, await FingerprintAsync(work, rows, round % 2 == 0
                ? "CREATE INDEX i ON t(b, a); DELETE FROM t WHERE rowid % 3 = 0 AND 0; VACUUM" : "PRAGMA page_size=512; VACUUM"));
        }
    }

    [StockFact]
    public async Task Any_change_at_all_is_noticed()
    {
        using var work = new Workspace();
        var random = Seed.Random(output);
        for (var round = 0; round < (Seed.LongTests ? 2000 : 150); round++)
        {
            var rows = Rows(random, random.Next(2, 12));
            var original = await FingerprintAsync(work, rows);
            var (what, changed) = Change(random, rows);
            if (Same(rows, changed)) continue;
            var after = await FingerprintAsync(work, changed);
            Assert.True(original != after, $"Not noticed: {what}: {Show(rows)} -> {Show(changed)}");
        }
    }

    [StockFact]
    public async Task Changes_that_a_weaker_sum_would_miss_are_noticed()
    {
        using var work = new Workspace();
        object[] a = [1L, "a", 0.5, new byte[] { 1 }], b = [2L, "b", 1.5, new byte[] { 2 }];
        // An exclusive or forgets pairs; a sum of columns forgets where a value was; text run together forgets where one ends.
        await DifferAsync(work, [a, a], [b, b]);
        await DifferAsync(work, [a, a, b], [b]);
        await DifferAsync(work, [a], [a, a]);
        await DifferAsync(work, [a, a], [a, a, a]);
        await DifferAsync(work, [a, b], [[a[0], b[1], a[2], a[3]], [b[0], a[1], b[2], b[3]]]);
        await DifferAsync(work, [["x", "y", 1L, 1L]], [["y", "x", 1L, 1L]]);
        await DifferAsync(work, [["ab", "c", 1L, 1L]], [["a", "bc", 1L, 1L]]);
        await DifferAsync(work, [["ab", "", 1L, 1L]], [["", "ab", 1L, 1L]]);
        await DifferAsync(work, [[DBNull.Value, "a", 1L, 1L]], [["a", DBNull.Value, 1L, 1L]]);
        await DifferAsync(work, [["a", 1L, 1L, 1L], ["b", 2L, 1L, 1L]], [["a", 2L, 1L, 1L], ["b", 1L, 1L, 1L]]);
    }

    [StockFact]
    public async Task An_operator_sees_one_changed_bit_in_a_large_value()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB); INSERT INTO t SELECT value, zeroblob(300000) FROM generate_series(1,3);");
        var set = await work.BackUpAsync(app);
        Assert.Equal(TableDifference.Equal, (await work.Engine
            .CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(app))).Status);
        using (var connection = AppConnections.Open(app))
        {
            using var blob = new SqliteBlob(connection, "t", "b", 2);
            blob.Position = 299_999;
            blob.WriteByte(1);
        }

        Assert.Equal(TableDifference.Different, Assert
            .Single((await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(app))).Tables).Difference);
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
    }

    private static async Task DifferAsync(Workspace work, object[][] one, object[][] other) =>
        Assert.NotEqual((await FingerprintAsync(work, one)).Fingerprint, (await FingerprintAsync(work, other)).Fingerprint);

    private static async Task<(long? Rows, string? Fingerprint)> FingerprintAsync(Workspace work, object[][] rows, string? afterwards =
        null)
    {
        var path = work[$"{Guid.NewGuid():N}.db"];
        using (var connection = AppConnections.Open(path))
        {
            connection.Run("PRAGMA synchronous=OFF; CREATE TABLE t(a, b, c, d); BEGIN");
            foreach (var row in rows) connection.Run("INSERT INTO t VALUES ($1, $2, $3, $4)", row);
            connection.Run("COMMIT");
            foreach (var statement in (afterwards ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)) connection.Run(statement);
        }

        var contents = await new ContentReader(FingerprintKind.Content, _ => { }).ReadPrivateAsync(path, CancellationToken.None);
        var table = Assert.Single(contents.Tables);
        Assert.Equal(rows.Length, table.Rows);
        Assert.Equal((table.Rows!.Value, table.Fingerprint!), IndependentFingerprint.Of(path, "t"));
        File.Delete(path);
        return (table.Rows, table.Fingerprint);
    }

    private static object[][] Rows(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Columns).Select(_ => Value(random)).ToArray())];

    private static object Value(Random random)
    {
        switch (random.Next(7))
        {
            case 0: return DBNull.Value;
            case 1: return random.NextInt64(long.MinValue, long.MaxValue);
            case 2: return (long)random.Next(-2, 3);
            case 3: return random.NextDouble() * Math.Pow(10, random.Next(-20, 20));
            case 4: return (double)random.Next(-2, 3);
            case 5: return string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => (char)random.Next('a', 'd')));
            default:
                var bytes = new byte[random.Next(5)];
                random.NextBytes(bytes);
                return bytes;
        }
    }

    private static (string What, object[][] Rows) Change(Random random, object[][] rows)
    {
        var changed = rows.Select(row => (object[])row.Clone()).ToList();
        var (r, s, c, d) = (random.Next(changed.Count), random.Next(changed.Count), random.Next(Columns), random.Next(Columns));
        switch (random.Next(6))
        {
            case 0:
                changed.RemoveAt(r);
                return ("a row removed", [.. changed]);
            case 1:
                changed.Add(changed[r]);
                return ("a row twice", [.. changed]);
            case 2:
                (changed[r][c], changed[s][c]) = (changed[s][c], changed[r][c]);
                return ("two rows' values exchanged", [.. changed]);
            case 3:
                (changed[r][c], changed[r][d]) = (changed[r][d], changed[r][c]);
                return ("two columns' values exchanged", [.. changed]);
            case 4:
                changed[r][c] = OneBit(random, changed[r][c]);
                return ("one bit", [.. changed]);
            default:
                changed[r] = changed[s];
                return ("a row in place of another", [.. changed]);
        }
    }

    private static object OneBit(Random random, object value)
    {
        switch (value)
        {
            case long number: return number ^ (1L << random.Next(64));
            case double number: return BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(number) ^ (1L << random.Next(51)));
            case string text: return text.Length == 0 ? "\0" : (char)(text[0] ^ 1) + text[1..];
            case byte[] bytes:
                var other = bytes.Length == 0 ? new byte[1] : (byte[])bytes.Clone();
                other[random.Next(other.Length)] ^= (byte)(1 << random.Next(8));
                return other;
            default: return "";
        }
    }

    /// <summary>True where both are the same bag of rows.</summary>
    private static bool Same(object[][] one, object[][] other) => Show(one) == Show(other);

    private static string Show(object[][] rows) =>
        string.Join(' ', rows.Select(row => $"({string.Join(',', row.Select(Show))})").Order(StringComparer.Ordinal));

    private static string Show(object value) => value switch
    {
        byte[] bytes => $"x{Convert.ToHexString(bytes)}",
        string text => $"'{text}'",
        double number => $"r{BitConverter.DoubleToInt64Bits(number):x}",
        DBNull => "NULL",
        _ => $"{value}",
    };
}
