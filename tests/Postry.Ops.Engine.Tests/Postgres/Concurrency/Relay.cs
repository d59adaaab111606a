using System.Net;
using System.Net.Sockets;
using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Engine.Tests.Postgres.Concurrency;

/// <summary>A network between client and server that can be cut: both sides then find their connections reset, and nobody gets through any
/// more.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly object _gate = new();
    private readonly List<Socket> _sockets = [];
    private bool _cut;

    public Relay(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The number of connections that were made.</summary>
    public int Connections { get; private set; }

    /// <summary>The address of a database by way of here.</summary>
    public PostgresAddress Of(PostgresAddress address) => address with { Hosts = [new PostgresHost("127.0.0.1", Port)] };

    /// <summary>Resets every connection, and every later one at once.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            foreach (var socket in _sockets) Reset(socket);
            _sockets.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Cut();
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            lock (_gate)
            {
                _sockets.AddRange([client, server]);
                Connections++;
                if (_cut)
                {
                    Reset(client);
                    return;
                }
            }

            await server.ConnectAsync(_server);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Reset(client);
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[32768];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side ends as soon as this side is closed.
            return;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side has closed the connection already.
            return;
        }

        socket.Dispose();
    }
}
