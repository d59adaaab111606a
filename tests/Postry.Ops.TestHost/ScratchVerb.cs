using Postry.Ops.Engine.Engines.Postgres.Scratch;

namespace Postry.Ops.TestHost;

/// <summary>Starts a temporary server, says where it is, and waits to be killed.</summary>
internal static class ScratchVerb
{
    public static async Task<int> RunAsync(string folder)
    {
        await using var cluster = await ScratchCluster.StartAsync(folder, 1, default);
        Stopping.Say("started " + cluster.Address("postgres").Hosts[0].Host);
        Console.In.ReadLine();
        return 0;
    }
}
