using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.TestHost;

/// <summary>Runs a program as the engine runs client programs, and waits to be killed.</summary>
internal static class ToolVerb
{
    public static async Task<int> RunAsync(string path)
    {
        await using var process = PgProcess.Start(
            new PgCommand { Tool = new PgTool("tool", path, 15, "15"), Arguments = [], Target = "test" }, default);
        Stopping.Say($"started {process.Id}");
        await process.CompleteAsync();
        return 0;
    }
}
