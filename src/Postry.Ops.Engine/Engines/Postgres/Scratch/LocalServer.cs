using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Scratch;

/// <summary>A server that this process started on a data folder of its own. The server ends with this process.</summary>
internal sealed class LocalServer(PgTool program, string dataFolder, ServerUser user) : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private PgProcess? _process;

    /// <summary>Makes the data folder's files; the superuser is postgres, the encoding UTF-8 and the locale C.</summary>
    public static Task InitializeAsync(PgTool initdb, string dataFolder, ServerUser user, IEnumerable<string> arguments,
        CancellationToken cancellation) =>
        PgProcess.RunAsync(new PgCommand
        {
            Tool = initdb,
            Arguments = ["--pgdata=" + dataFolder, "--username=postgres", "--locale=C", "--no-sync", .. arguments],
            Target = "a temporary server",
            Folder = dataFolder,
            RunAs = user.Name,
        }, cancellation);

    /// <summary>Starts the server and waits until it answers. Errors: ToolFailed, with the end of the server's error output.</summary>
    /// <param name="settings">Lines of name=value, as in postgresql.conf.</param>
    /// <param name="address">The address at which the server will answer.</param>
    /// <param name="cancellation">Stops waiting, and the server.</param>
    public async Task StartAsync(IEnumerable<string> settings, PostgresAddress address, CancellationToken cancellation)
    {
        _process = PgProcess.Start(new PgCommand
        {
            Tool = program,
            Arguments = ["-D", dataFolder, .. settings.SelectMany(setting => new[] { "-c", setting })],
            Target = "a temporary server",
            Folder = dataFolder,
            RunAs = user.Name,
            ParentDeathGuard = ParentDeathGuard.Server,
            Variables = new Dictionary<string, string> { ["DATA"] = dataFolder },
        }, CancellationToken.None);
        try
        {
            await AnswersAsync(address, cancellation);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server: open transactions are rolled back, sessions ended.</summary>
    public Task StopAsync() => EndAsync("stop");

    /// <summary>Stops the server at once, as a crash does.</summary>
    public Task CrashAsync() => EndAsync("crash");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
    }

    private async Task EndAsync(string word)
    {
        if (_process is null) return;
        _process.SendLine(word);
        await _process.WaitAsync(LongestStop);
        await DisposeAsync();
    }

    private async Task AnswersAsync(PostgresAddress address, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(LongestStart);
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionSettings
                    .For(address, address.Hosts[0], "postry").ConnectionString);
                await connection.OpenAsync(timeout.Token);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
            {
                if (_process!.HasExited) await _process.CompleteAsync();
                cancellation.ThrowIfCancellationRequested();
                if (_process.HasExited || timeout.IsCancellationRequested)
                    throw new ToolFailedException("a temporary server", "The server that was started does not answer.",
                        $"Check that {program.Path} can run here.", e);
            }

            await Task.Delay(Interval, cancellation);
        }
    }
}
