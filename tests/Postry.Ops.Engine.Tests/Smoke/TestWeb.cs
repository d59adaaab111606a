using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>A real web server on a port of its own.</summary>
internal sealed class TestWeb : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TestWeb(WebApplication application, string scheme) =>
        (_application, Url) = (application, $"{scheme}://127.0.0.1:{new Uri(application.Urls.First()).Port}");

    public string Url { get; }

    /// <summary>Starts a server that answers every request in the same way.</summary>
    public static async Task<TestWeb> StartAsync(RequestDelegate answer, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            if (certificate is not null) endpoint.UseHttps(certificate);
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        var application = builder.Build();
        application.Run(answer);
        await application.StartAsync();
        return new TestWeb(application, certificate is null ? "http" : "https");
    }

    /// <summary>Starts a server that answers every request with a text.</summary>
    public static Task<TestWeb> StartAsync(string text, int status = 200, string type = "text/plain") => StartAsync(context =>
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        return context.Response.WriteAsync(text);
    });

    /// <summary>A certificate that signs itself.</summary>
    public static X509Certificate2 Certificate(string host, int fromDays = -30, int untilDays = 30)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(untilDays));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    /// <summary>A port on which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }
}

/// <summary>A server that sends bytes of its own to whoever connects, and then closes.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();

    public RawServer(string answer)
    {
        _listener.Start();
        _ = ServeAsync(answer);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync(string answer)
    {
        var end = _end.Token;
        while (!end.IsCancellationRequested)
        {
            using var client = await _listener.AcceptTcpClientAsync(end);
            var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[4096], end);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), end);
            client.Client.Shutdown(SocketShutdown.Send);
        }
    }
}
