using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Scratch;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>PgBouncer in front of a server.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    private readonly ServerFolder _folder;
    private readonly PgProcess _process;
    private readonly int _port;
    private readonly PostgresServer _server;

    private Pooler(ServerFolder folder, PgProcess process, int port, PostgresServer server)
    {
        _folder = folder;
        _process = process;
        _port = port;
        _server = server;
    }

    /// <summary>Starts it.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="settings">name=value (pool_mode=transaction).</param>
    public static async Task<Pooler> StartAsync(PostgresServer server, params string[] settings)
    {
        var user = ServerUser.Choose()!;
        var folder = ServerFolder.Create([], user, int.MaxValue);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var configuration = Path.Combine(folder.UserFolder, "pgbouncer.ini");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={server.Port} user={PostgresServer.Superuser} password='{server.Password.Replace("'", "''")}'
            [pgbouncer]
            listen_addr=127.0.0.1
            listen_port={port}
            unix_socket_dir=
            auth_type=any
            {string.Join('\n', settings)}
            """));
        File.SetUnixFileMode(configuration, (UnixFileMode)0b110_100_100);
        var program = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(place => Path.Combine(place, "pgbouncer"))
            .First(File.Exists);
        var process = PgProcess.Start(new PgCommand { Tool = new PgTool("pgbouncer", program, 1, "1"), Arguments = [configuration],
            Target = "pooler", RunAs = user.Name, Folder = folder.UserFolder }, default);
        var pooler = new Pooler(folder, process, port, server);
        await pooler.AnswersAsync();
        return pooler;
    }

    public PostgresAddress Address(string database) => _server.Address(database) with { Hosts = [new PostgresHost("127.0.0.1", _port)] };

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task AnswersAsync()
    {
        for (var attempts = 200; ; attempts--)
        {
            try
            {
                await using var connection = new NpgsqlConnection(
                    $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Pooling=false;Password=x;GSS Encryption " +
                    $"Mode=Disable");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (attempts > 0 && !_process.HasExited)
            {
                await Task.Delay(25);
            }
        }
    }
}
