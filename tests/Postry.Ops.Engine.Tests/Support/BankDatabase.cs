using System.Globalization;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The database that the test host's writer and reader use, and what must hold of every copy of it, by the stock shell.</summary>
internal static class BankDatabase
{
    private const int Accounts = 100;
    private const int BalanceAtFirst = 1000;

    /// <summary>Makes one with an empty ledger, and rows beside it that give it a size.</summary>
    public static void Create(string path, string journalMode, int megabytes = 4) => Commands.Sqlite(path, $"""
        PRAGMA journal_mode={journalMode};
        CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
        CREATE TABLE ledger(seq INTEGER PRIMARY KEY, payer INTEGER NOT NULL, payee INTEGER NOT NULL, amount INTEGER NOT NULL);
        CREATE TABLE tip(one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, entries INTEGER NOT NULL);
        CREATE TABLE papers(id INTEGER PRIMARY KEY, body TEXT NOT NULL);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {Accounts}) INSERT INTO accounts SELECT i, {BalanceAtFirst} FROM c;
        INSERT INTO tip VALUES (1, 0, 0);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {megabytes * 1000}) INSERT INTO papers SELECT i, 'paper ' || i || hex(randomblob(50)) || hex(zeroblob(450)) FROM c;
        """);

    /// <summary>Asserts that a database is whole, that no money came or went, and that every balance is what its ledger says.</summary>
    public static void AssertAddsUp(string path)
    {
        var found = Commands.Sqlite(path, $"""
            PRAGMA integrity_check;
            SELECT count(*), sum(balance) FROM accounts;
            SELECT (SELECT seq FROM tip) IS (SELECT coalesce(max(seq), 0) FROM ledger), (SELECT entries FROM tip) IS (SELECT count(*) FROM ledger);
            SELECT count(*) FROM accounts
                LEFT JOIN (SELECT payee, sum(amount) AS gained FROM ledger GROUP BY payee) ON payee = id
                LEFT JOIN (SELECT payer, sum(amount) AS spent FROM ledger GROUP BY payer) ON payer = id
                WHERE balance <> {BalanceAtFirst} + coalesce(gained, 0) - coalesce(spent, 0);
            """);
        Assert.True(found == $"ok\n{Accounts}|{Accounts * BalanceAtFirst}\n1|1\n0", $"{path}: {found}");
    }

    /// <summary>The numbers of all transfers that a database holds.</summary>
    public static HashSet<long> Ledger(string path) =>
        [.. Commands.Sqlite(path, "SELECT seq FROM ledger").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];

    /// <summary>The numbers of all transfers that a writer was told are committed.</summary>
    public static HashSet<long> Acknowledged(params IEnumerable<HostProcess> writers) =>
        [.. writers.SelectMany(writer => writer.Lines).Where(line => line.StartsWith("ack ", StringComparison.Ordinal))
            .Select(line => long.Parse(line["ack ".Length..], CultureInfo.InvariantCulture))];

    /// <summary>Asserts that every acknowledged transfer is in at least one of the databases.</summary>
    public static void AssertNothingLost(IEnumerable<HostProcess> writers, IEnumerable<string> databases)
    {
        var acknowledged = Acknowledged(writers);
        Assert.NotEmpty(acknowledged);
        var kept = databases.ToList();
        foreach (var database in kept) acknowledged.ExceptWith(Ledger(database));
        Assert.True(acknowledged.Count == 0,
            $"{acknowledged.Count} acknowledged transfers, such as {string.Join(", ", acknowledged.Order().Take(5))}, are in none of " +
            $"{string.Join(", ", kept.Select(Path.GetFileName))}.");
    }
}
