namespace Postry.Ops.TestHost;

/// <summary>Reads at full speed until its input ends, each read in one transaction that must add up. Says how often, and how long it waited
/// at most.</summary>
internal sealed class BankReader(string database)
{
    public int Run()
    {
        using var stop = Input.Ended();
        using var bank = new Bank(database);
        var (reads, backwards, newest) = (0L, 0L, 0L);
        Stopping.Say("reading");
        while (!stop.IsCancellationRequested)
        {
            var found = 0L;
            bank.Transaction("BEGIN", () => found = bank.Audit(countEntries: true).Newest);
            if (found < newest) backwards++;
            newest = found;
            reads++;
        }

        Stopping.Say($"ended reads={reads} backwards={backwards} longest-wait-ms={bank.LongestWait.TotalMilliseconds:F0}");
        return 0;
    }
}
