using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A back end with one address, /health, whose status a test decides at every request.</summary>
internal sealed class SmallApplication : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<int> _status;
    private int _requests;

    public SmallApplication(Func<int> status)
    {
        _status = status;
        (_listener, var address) = Listen();
        Health = $"{address}health";
        _ = Task.Run(ServeAsync);
    }

    /// <summary>The address that answers.</summary>
    public string Health { get; }

    /// <summary>The number of requests so far.</summary>
    public int Requests => _requests;

    public void Dispose() => _listener.Close();

    // Another test may take a free port before the listener does.
    private static (HttpListener Listener, string Address) Listen()
    {
        for (var attempts = 1; ; attempts++)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
            free.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempts < 10)
            {
                listener.Close();
            }
        }
    }

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
