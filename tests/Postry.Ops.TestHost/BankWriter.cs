namespace Postry.Ops.TestHost;

/// <summary>
/// Moves money at full speed until its input ends. Says "ack" and the number of each transfer after COMMIT returned, and "back" with the
/// newest number it finds where the database has gone back in time. Numbers are never used twice.
/// </summary>
internal sealed class BankWriter(string database, long first)
{
    public int Run()
    {
        using var stop = Input.Ended();
        using var bank = new Bank(database);
        var random = new Random(Environment.ProcessId);
        var (next, newest, count) = (first, -1L, 0L);
        Stopping.Say("writing");
        while (!stop.IsCancellationRequested)
        {
            var seq = next++;
            bank.Transaction("BEGIN IMMEDIATE", () =>
            {
                var found = bank.Audit(countEntries: count % 64 == 0);
                if (found.Newest < newest) Stopping.Say($"back {found.Newest}");
                // The numbers go on from those that this process wrote before it was killed.
                if (found.Newest >= seq) seq = found.Newest + 1;
                newest = found.Newest;
                var (accounts, payer, payee, amount) =
                    (bank.Founded.Accounts, random.NextInt64(), random.NextInt64(), random.NextInt64(1, 100));
                bank.Run("UPDATE accounts SET balance = balance - ?2 WHERE id = ?1", 1 + (payer % accounts), amount);
                bank.Run("UPDATE accounts SET balance = balance + ?2 WHERE id = ?1", 1 + (payee % accounts), amount);
                bank.Run("INSERT INTO ledger VALUES (?1, ?2, ?3, ?4)", seq, 1 + (payer % accounts), 1 + (payee % accounts), amount);
                bank.Run("UPDATE tip SET seq = ?1, entries = ?2", seq, found.Entries + 1);
            });
            newest = seq;
            next = seq + 1;
            count++;
            Stopping.Say($"ack {seq}");
        }

        Stopping.Say($"ended commits={count} longest-wait-ms={bank.LongestWait.TotalMilliseconds:F0}");
        return 0;
    }
}
