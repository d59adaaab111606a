using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Scratch;

/// <summary>
/// A temporary server for trial restores: on a private socket, without a network, without durability. The server ends with this process;
/// the files of a killed process are swept.
/// </summary>
internal sealed class ScratchCluster : IAsyncDisposable
{
    // A socket's path may have 107 bytes, on some systems 103; the server adds /.s.PGSQL.5432.
    private const int LongestSocketFolder = 88;
    private const int Port = 5432;
    private const string Superuser = "postgres";

    // The data need not survive a crash. Parallel plans need shared memory that containers often lack.
    private static readonly string[] Settings =
    [
        "listen_addresses=", $"port={Port}", "unix_socket_permissions=0700", "max_connections=50", "max_locks_per_transaction=1024",
        "fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=16GB",
        "checkpoint_timeout=1h",
        "autovacuum=off", "jit=off", "maintenance_work_mem=128MB", "max_parallel_workers_per_gather=0",
        "max_parallel_maintenance_workers=0", "logging_collector=off", "ssl=off",
    ];

    private readonly ServerFolder _data;
    private readonly ServerFolder? _sockets;
    private readonly LocalServer _server;

    private ScratchCluster(ServerFolder data, ServerFolder? sockets, LocalServer server, int major)
    {
        _data = data;
        _sockets = sockets;
        _server = server;
        Major = major;
    }

    /// <summary>The server's major version.</summary>
    public int Major { get; }

    /// <summary>Full path of the server's files.</summary>
    public string Folder => _data.UserFolder;

    /// <summary>True where neither the server nor a file of it is left.</summary>
    public bool IsRemoved => !Directory.Exists(_data.UserFolder) && (_sockets is null || !Directory.Exists(_sockets.UserFolder));

    /// <summary>
    /// Starts a server of the version that is closest, and not older. Databases of any encoding and locale can be made in it from
    /// template0. Errors: ToolMissing and ToolTooOld (no server programs here), NotEnoughSpace, AccessDenied, ToolFailed.
    /// </summary>
    /// <param name="parentFolder">The folder for the server's files if the server's user can reach it; else the system's temporary
    /// folder.</param>
    /// <param name="atLeastMajor">Major version of the server that the backup came from.</param>
    /// <param name="cancellation">Stops the start, and removes the server's files.</param>
    /// <param name="encoding">The encoding of the databases that the server comes with; roles are created there, and their names must be
    /// text in it.</param>
    public static async Task<ScratchCluster> StartAsync(string parentFolder, int atLeastMajor,
        CancellationToken cancellation, string encoding = "UTF8")
    {
        var (initdb, postgres) = Programs(atLeastMajor);
        var user = ServerUser.Choose() ?? throw new ToolMissingException("a temporary server",
            "A PostgreSQL server cannot run as root, and there is no user postgres or nobody.",
            "Run as another user, or create a user postgres.");
        var data = ServerFolder.Create([parentFolder], user, int.MaxValue);
        ServerFolder? sockets = null;
        try
        {
            if (System.Text.Encoding.UTF8.GetByteCount(data.UserFolder) > LongestSocketFolder)
                sockets = ServerFolder.Create([], user, LongestSocketFolder);
            await LocalServer.InitializeAsync(initdb, data.UserFolder, user, ["--auth=trust", $"--encoding={encoding}"],
                cancellation);
            var cluster = new ScratchCluster(data, sockets, new LocalServer(postgres, data.UserFolder, user), postgres.Major);
            await cluster._server.StartAsync([.. Settings, "unix_socket_directories=" + cluster.SocketFolder], cluster.Address(Superuser),
                cancellation);
            return cluster;
        }
        catch (Exception e)
        {
            data.Dispose();
            sockets?.Dispose();
            if (e is ToolFailedException && user.IsNameless)
            {
                throw new ToolFailedException("a temporary server", e.Message,
                    $"User id {ServerUser.Number}, under which this command runs, has no entry in the list of users: add one to " +
                    $"/etc/passwd (in a " +
                        $"container: run as a user of the image, or use nss_wrapper), or run as another user.", e);
            }

            throw;
        }
    }

    /// <summary>The address of a database in it, as superuser.</summary>
    public PostgresAddress Address(string database) =>
        new() { Hosts = [new PostgresHost(SocketFolder, Port)], User = Superuser, Database = database };

    /// <summary>Stops and removes the servers that dead processes left in a folder, and in the system's temporary ones.</summary>
    public static async Task SweepAsync(string parentFolder)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var folder in ServerFolder.Abandoned([parentFolder]))
        {
            using (folder) await KillServerAsync(folder.UserFolder);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        _data.Dispose();
        _sockets?.Dispose();
    }

    private string SocketFolder => (_sockets ?? _data).UserFolder;

    private static (PgTool Initdb, PgTool Postgres) Programs(int atLeastMajor)
    {
        if (OperatingSystem.IsWindows())
            throw new ToolMissingException("a temporary server", "Temporary servers are not started on Windows.",
                "Name a server on which a scratch database may be made.");
        var initdb = PgTools.Find("initdb", atLeastMajor, "a temporary server", PgChoice.Closest);
        var beside = Path.Combine(Path.GetDirectoryName(initdb.Path)!, "postgres");
        return File.Exists(beside) ? (initdb, initdb with { Program = "postgres", Path = beside })
            : throw new ToolMissingException("a temporary server",
                $"{Path.GetDirectoryName(initdb.Path)} has initdb, but not postgres.",
                $"Install the server programs (postgresql-{initdb.Major}).");
    }

    private static async Task KillServerAsync(string dataFolder)
    {
        for (var attempts = 50; RunningServer(dataFolder) is { } process; attempts--)
        {
            UnixCalls.TrySignal(process, attempts > 0 ? UnixCalls.Quit : UnixCalls.Kill);
            await Task.Delay(100);
            if (attempts < -10) return;
        }
    }

    private static int? RunningServer(string dataFolder)
    {
        try
        {
            var line = File.ReadLines(Path.Combine(dataFolder, "postmaster.pid")).FirstOrDefault();
            // The number may be another server's by now; ours has its folder on its command line.
            return int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && ServerUser.CommandLine(id)?.Contains(dataFolder, StringComparison.Ordinal) == true ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
