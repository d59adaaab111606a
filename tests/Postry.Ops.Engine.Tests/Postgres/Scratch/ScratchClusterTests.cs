using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Scratch;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Scratch;

/// <summary>Temporary servers: they start for any user in any folder, answer, and are gone afterwards, whatever ends their
/// owner.</summary>
public sealed class ScratchClusterTests
{
    [PostgresFact]
    public async Task It_starts_answers_and_is_gone()
    {
        using var work = new Workspace();
        var cluster = await ScratchCluster.StartAsync(work.Folder, 1, default);
        var folder = cluster.Address("postgres").Hosts[0].Host;
        await using (var session = await PostgresConnector.OpenAsync(cluster.Address("postgres"), default))
        {
            Assert.Equal(cluster.Major, session.ServerMajor);
            await session.ExecuteAsync("CREATE DATABASE \"other\" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'", default);
        }

        var psql = new PgCommand { Tool = PgTools.Find("psql", 1, "x"), Arguments = ["-XAtc", "show server_encoding"], Target = "x", Address = cluster.Address("other"), ServerMajor = cluster.Major };
        Assert.Equal("LATIN1\n", await PgProcess.ReadAsync(psql, default));
        var open = await PostgresConnector.OpenAsync(cluster.Address("other"), default);
        await cluster.DisposeAsync();
        await open.DisposeAsync();
        Assert.False(Directory.Exists(folder));
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
        Assert.Empty(work.AllFiles());
    }

    [PostgresFact]
    public async Task A_folder_that_the_servers_user_cannot_reach_and_one_with_a_long_path_will_do()
    {
        using var work = new Workspace();
        var shut = work[new string('x', 120)];
        Files.CreatePrivateFolder(shut);
        await using (var cluster = await ScratchCluster.StartAsync(shut, 1, default))
        await using (await PostgresConnector.OpenAsync(cluster.Address("postgres"), default))
            Assert.Equal(!Environment.IsPrivilegedProcess, Directory.EnumerateDirectories(shut).Any());
        Assert.Empty(Directory.EnumerateFileSystemEntries(shut));
    }

    [PostgresFact]
    public async Task Nobody_else_can_look_into_it()
    {
        using var work = new Workspace();
        await using var cluster = await ScratchCluster.StartAsync(work.Folder, 1, default);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(cluster.Address("postgres").Hosts[0].Host));
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(700)]
    public async Task A_cancelled_start_leaves_nothing(int milliseconds)
    {
        using var work = new Workspace();
        using var cancel = new CancellationTokenSource(milliseconds);
        try
        {
            await (await ScratchCluster.StartAsync(work.Folder, 1, cancel.Token)).DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // A machine that finishes before the cancellation does not come here.
        }

        Assert.Empty(work.AllFiles());
        Assert.Empty(Directory.EnumerateDirectories(work.Folder));
    }

    [PostgresFact]
    public async Task Without_server_programs_of_the_version_it_says_which_are_needed()
    {
        using var work = new Workspace();
        var e = await Assert.ThrowsAsync<ToolTooOldException>(() => ScratchCluster.StartAsync(work.Folder, 99, default));
        Assert.Contains("postgresql-99", e.Hint, StringComparison.Ordinal);
        Assert.Empty(work.AllFiles());
    }

    [PostgresFact]
    public async Task The_server_of_a_killed_owner_ends_by_itself_and_the_sweep_removes_the_rest()
    {
        using var work = new Workspace();
        using var host = HostProcess.Start("scratch", work.Folder);
        var folder = host.WaitFor("started ")!["started ".Length..];
        var server = int.Parse(File.ReadLines(Path.Combine(folder, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        // A living owner's server is left alone.
        await ScratchCluster.SweepAsync(work.Folder);
        Assert.True(Directory.Exists(folder));
        host.Kill();
        host.WaitForEnd();
        // The server's user cannot remove the folder itself where another user made it.
        bool HasData() => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        for (var i = 0; i < 250 && (Processes.IsAlive(server) || HasData()); i++) await Task.Delay(20);
        Assert.False(Processes.IsAlive(server));
        Assert.False(HasData());
        await ScratchCluster.SweepAsync(work.Folder);
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [PostgresFact]
    public async Task The_sweep_stops_a_server_that_lost_its_watcher_too()
    {
        using var work = new Workspace();
        using var host = HostProcess.Start("scratch", work.Folder);
        var folder = host.WaitFor("started ")!["started ".Length..];
        var server = int.Parse(File.ReadLines(Path.Combine(folder, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        StockTools.Shell(
            "kill -9 $(grep -l -- \"$1\" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | while read -r id; do case $(cat /proc/$id/comm " +
            "2>/dev/null) in sh|dash) echo $id;; esac; done)", folder);
        host.Kill();
        host.WaitForEnd();
        await Task.Delay(100);
        Assert.True(Processes.IsAlive(server));
        await ScratchCluster.SweepAsync(work.Folder);
        Assert.False(Processes.IsAlive(server));
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }
}
