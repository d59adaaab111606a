using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A back end with one address, /health, whose status a test decides at every request.</summary>
internal sealed class SmallApplication : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<int> _status;
    private int _requests;

    public SmallApplication(Func<int> status)
    {
        _status = status;
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        Health = $"http://127.0.0.1:{port}/health";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>The address that answers.</summary>
    public string Health { get; }

    /// <summary>The number of requests so far.</summary>
    public int Requests => _requests;

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _requests);
            context.Response.StatusCode = _status();
            context.Response.Close(Encoding.UTF8.GetBytes("health"), willBlock: false);
        }
    }
}
