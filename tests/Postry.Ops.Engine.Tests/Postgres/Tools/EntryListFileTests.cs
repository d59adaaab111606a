using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>The lists of entries that pg_restore gets lie in the temporary folder, and leave nothing there.</summary>
public sealed class EntryListFileTests
{
    [PostgresFact]
    public async Task The_list_of_a_killed_process_goes_with_the_next_command_and_no_other_stays()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await server.CreateDatabaseAsync();
        server.Psql(source.Database, "CREATE SEQUENCE s");
        var set = await work.BackUpAsync(source);
        var temporary = Directory.CreateDirectory(work["temporary"]).FullName;
        var left = Directory.CreateDirectory(Path.Combine(temporary, $"postry-scratch-{Environment.UserName}", "killed")).FullName;
        File.WriteAllText(Path.Combine(left, "lock"), "");
        File.WriteAllText(Path.Combine(left, "entries.list"), "4;\n");
        var answer = PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["TMPDIR"] = temporary });
        Assert.Equal(0, answer.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
    }
}
