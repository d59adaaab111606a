using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>Clients that connect in a loop across restores and undos read the old database or the new one, never something of both, and all
/// recover by connecting again.</summary>
public sealed class ClientsAcrossRestoreTests(ITestOutputHelper output)
{
    private const string Read = "SELECT a.v || b.v FROM a, b; SELECT a.v || b.v FROM a, b;";
    private static readonly int Rounds = TestOptions.Long ? 10 : 2;

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    public async Task None_reads_a_mixture(RestoreStrategy strategy)
    {
        var server = PostgresServer.Shared;
        using var work = new Workspace();
        var address = await server.CreateDatabaseAsync();
        server.Psql(address.Database, "CREATE TABLE a AS SELECT 'old' AS v; CREATE TABLE b AS SELECT 'old' AS v;");
        var set = await work.Engine.BackUpAsync(new BackupRequest { Source = address });
        server.Psql(address.Database, "UPDATE a SET v = 'new'; UPDATE b SET v = 'new';");
        List<ReconnectingClient> clients = [.. Enumerable.Range(0, 3).Select(_ => new ReconnectingClient(server, address.Database, Read))];
        var unavailable = TimeSpan.Zero;
        try
        {
            foreach (var client in clients) await client.GoOnAsync();
            for (var i = 0; i < Rounds; i++)
            {
                var record = await work.Engine.RestoreAsync(await work.Engine.PlanRestoreAsync(new RestoreRequest
                {
                    Backup = new BackupSelector { Id = set.Id },
                    Target = address,
                    Postgres = new PostgresRestoreOptions { Strategy = strategy },
                }));
                if (record.Unavailable > unavailable) unavailable = record.Unavailable;
                foreach (var client in clients) await client.GoOnAsync();
                await work.Engine.UndoAsync(await work.Engine
                    .PlanUndoAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = address }));
                foreach (var client in clients) await client.GoOnAsync();
            }
        }
        finally
        {
            foreach (var client in clients) await client.DisposeAsync();
        }

        foreach (var client in clients)
            output.WriteLine(
                $"gap {client.LongestGap.TotalMilliseconds:F0} ms, wait {client.LongestWait.TotalMilliseconds:F0} ms, recorded " +
                $"{unavailable.TotalMilliseconds:F0} ms, errors {string.Join(", ", client.Errors)}");
        Assert.All(clients, client => Assert.Equal(Enumerable.Range(0, (2 * Rounds) + 1)
            .Select(i => i % 2 == 0 ? "newnew/newnew" : "oldold/oldold"), client.Readings));
        Assert.Equal("new", server.Psql(address.Database, "SELECT v FROM a"));
        // The duration in the record must fit what the clients saw: not zero if they were locked out, and not more than they ever waited.
        if (strategy != RestoreStrategy.Swap) return;
        var longest = clients.Max(client => client.LongestGap > client.LongestWait ? client.LongestGap : client.LongestWait);
        Assert.True(unavailable > TimeSpan.Zero, "The record says that nobody was locked out.");
        Assert.True(unavailable < (longest * 3) + TimeSpan.FromMilliseconds(500), $"The record says {unavailable}, the clients {longest}.");
    }
}
