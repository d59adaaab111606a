using SQLitePCL;

namespace Postry.Ops.TestHost;

/// <summary>
/// A connection of an application that knows nothing of the product, over the bundled SQLite. Money moves between accounts; at every moment
/// the balances add up to what was there at first, and the tip names the newest entry of the ledger and how many there are.
/// </summary>
internal sealed class Bank : IDisposable
{
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(60);

    private readonly sqlite3 _connection;
    private readonly Dictionary<string, sqlite3_stmt> _statements = [];

    static Bank() => Batteries_V2.Init();

    public Bank(string path)
    {
        var code = raw.sqlite3_open_v2(path, out _connection, raw.SQLITE_OPEN_READWRITE, null);
        if (code != raw.SQLITE_OK) throw new InvalidOperationException($"{path} does not open: {code}");
        raw.sqlite3_extended_result_codes(_connection, 1);
        // A kill loses nothing that was committed, whatever this says; it only makes the writer faster.
        WithRetry(() => Run("PRAGMA synchronous=OFF"));
    }

    /// <summary>The longest that one statement or transaction had to wait for others.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Number of accounts and total of all balances at first.</summary>
    public (long Accounts, long Total) Founded { get; set; }

    /// <summary>Reads the state of the bank in one snapshot. A snapshot that does not add up ends the process.</summary>
    /// <param name="countEntries">True to count the ledger too, which takes longer the longer it is.</param>
    public (long Newest, long Entries) Audit(bool countEntries)
    {
        var sums = Row("SELECT count(*), sum(balance) FROM accounts", 2);
        var newest = Row("SELECT coalesce(max(seq), 0) FROM ledger", 1)[0];
        var tip = Row("SELECT seq, entries FROM tip", 2);
        if (Founded == default) Founded = (sums[0], sums[1]);
        if ((sums[0], sums[1]) != Founded) Violation($"{sums[0]} accounts hold {sums[1]} instead of {Founded}");
        if (tip[0] != newest) Violation($"the tip says {tip[0]}, the ledger {newest}");
        if (countEntries && Row("SELECT count(*) FROM ledger", 1)[0] is var count && count != tip[1])
            Violation($"the tip says {tip[1]} entries, the ledger has {count}");
        return (newest, tip[1]);
    }

    /// <summary>Runs a transaction until it is committed, starting over while others are in the way.</summary>
    public void Transaction(string begin, Action body) => WithRetry(() =>
    {
        Run(begin);
        try
        {
            body();
            // Tried again while it holds its locks, or readers without a pause would starve it.
            WithRetry(() => Run("COMMIT"));
        }
        catch
        {
            // SQLite has rolled back some failures by itself.
            if (raw.sqlite3_get_autocommit(_connection) == 0) Run("ROLLBACK");
            throw;
        }
    });

    /// <summary>Runs one statement with numbers for its parameters.</summary>
    public void Run(string sql, params ReadOnlySpan<long> values)
    {
        var statement = Prepared(sql);
        for (var i = 0; i < values.Length; i++) raw.sqlite3_bind_int64(statement, i + 1, values[i]);
        try
        {
            Check(raw.sqlite3_step(statement));
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }

    private void WithRetry(Action action)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        var blocked = false;
        while (true)
        {
            try
            {
                action();
                if (blocked && waited.Elapsed > LongestWait) LongestWait = waited.Elapsed;
                return;
            }
            catch (BusyException) when (waited.Elapsed < BusyTimeout)
            {
                blocked = true;
                Thread.Sleep(0);
            }
        }
    }

    private long[] Row(string sql, int columns)
    {
        var statement = Prepared(sql);
        try
        {
            Check(raw.sqlite3_step(statement));
            return [.. Enumerable.Range(0, columns).Select(i => raw.sqlite3_column_int64(statement, i))];
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private sqlite3_stmt Prepared(string sql)
    {
        if (_statements.TryGetValue(sql, out var known)) return known;
        Check(raw.sqlite3_prepare_v2(_connection, sql, out var statement));
        return _statements[sql] = statement;
    }

    private void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        if ((code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED) throw new BusyException();
        Violation($"SQLite says {code}: {raw.sqlite3_errmsg(_connection).utf8_to_string()}");
    }

    private static void Violation(string what)
    {
        Stopping.Say("violation " + what);
        Environment.Exit(3);
    }

    /// <summary>Another connection is in the way.</summary>
    private sealed class BusyException : Exception;
}
