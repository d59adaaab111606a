using System.Net;
using System.Net.Sockets;

namespace PostryTests;

/// <summary>A web server whose /health answers 200, or another status that a test sets.</summary>
public sealed class HealthServer : System.IDisposable
{
    private readonly HttpListener _listener = new();
    private int _requests;

    public HealthServer()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var root = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        free.Stop();
        Url = root + "health";
        _listener.Prefixes.Add(root);
        _listener.Start();
        _listener.BeginGetContext(Answer, null);
    }

    public string Url { get; }

    public int Status { get; set; } = 200;

    public int Requests => _requests;

    public void Dispose() => _listener.Close();

    private void Answer(System.IAsyncResult result)
    {
        HttpListenerContext context;
        try
        {
            context = _listener.EndGetContext(result);
            _listener.BeginGetContext(Answer, null);
        }
        catch (System.Exception e) when (e is HttpListenerException or System.ObjectDisposedException)
        {
            return;
        }

        System.Threading.Interlocked.Increment(ref _requests);
        context.Response.StatusCode = Status;
        context.Response.Close();
    }
}
