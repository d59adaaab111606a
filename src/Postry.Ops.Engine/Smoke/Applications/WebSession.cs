using System.Net;
using System.Text;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>A request.</summary>
internal sealed record WebRequest(Uri Address, string Method = "GET", string? Body = null,
    IReadOnlyDictionary<string, string>? Headers = null);

/// <summary>An answer that arrived.</summary>
/// <param name="Address">The address that gave it, after all redirects.</param>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The media type in lower case; empty if there is none.</param>
/// <param name="Body">The body, up to the limit.</param>
/// <param name="Chain">The addresses that were asked, in their order.</param>
/// <param name="RedirectProblem">The reason for which a redirect was not followed; null if all were.</param>
internal sealed record WebAnswer(Uri Address, int Status, string ContentType, WebBody Body, IReadOnlyList<Uri> Chain,
    string? RedirectProblem = null);

/// <summary>
/// The connections of one attempt. Each attempt has its own, because a check is to show that the application takes a new connection. There
/// are no cookies, and loopback addresses are never asked through the system's proxy.
/// </summary>
internal sealed class WebSession : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HttpClient _client;

    public WebSession()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            Proxy = new OutwardProxy(HttpClient.DefaultProxy),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) => Trust.Judge(
            (sender as System.Net.Security.SslStream)?.TargetHostName ?? "", certificate, chain, errors);
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("postry-smoke");
        _client.DefaultRequestHeaders.Accept.ParseAdd("*/*");
    }

    /// <summary>The certificates that the servers showed.</summary>
    public TlsTrust Trust { get; } = new();

    /// <summary>Asks, and reads the answer. Errors: HttpRequestException, IOException, OperationCanceledException.</summary>
    /// <param name="request">The request. Its headers and its body go to its own server only, wherever redirects lead.</param>
    /// <param name="follows">True for an answer whose redirect is followed.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<WebAnswer> AskAsync(WebRequest request, Func<int, bool> follows, CancellationToken cancellation)
    {
        var chain = new List<Uri>();
        var (address, method, body) = (request.Address, request.Method, request.Body);
        while (true)
        {
            chain.Add(address);
            using var message = Message(request, address, method, body);
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)response.StatusCode;
            Uri? next = null;
            var problem = status is 301 or 302 or 303 or 307 or 308 && response.Headers.Contains("Location") && follows(status)
                ? RedirectProblem(chain, response.Headers.Location, out next) : null;
            if (next is null || problem is not null)
            {
                return new WebAnswer(address, status, response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() ?? "",
                    await WebBody.ReadAsync(response.Content, cancellation), chain, problem);
            }

            if (status is 303 || (status is 301 or 302 && method == "POST")) (method, body) = (method == "HEAD" ? method : "GET", null);
            address = next;
        }
    }

    /// <summary>True for addresses of the same server.</summary>
    public static bool AreSameOrigin(Uri one, Uri other) => Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped,
        StringComparison.OrdinalIgnoreCase) == 0;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string? RedirectProblem(List<Uri> chain, Uri? location, out Uri? next)
    {
        next = location is null ? null : Uri.TryCreate(chain[^1], location, out var full) ? full : null;
        if (next is null || next.Scheme is not ("http" or "https")) return "a redirect does not lead to an address of HTTP";
        var target = next;
        if (chain.Exists(before => Uri.Compare(before, target, UriComponents.HttpRequestUrl, UriFormat.UriEscaped, StringComparison.Ordinal)
            == 0))
            return "the redirects lead in a circle (the check keeps no cookies)";
        return chain.Count > MostRedirects ? $"there are more than {MostRedirects} redirects" : null;
    }

    private static HttpRequestMessage Message(WebRequest request, Uri address, string method, string? body)
    {
        var message = new HttpRequestMessage(new HttpMethod(method), address);
        var isOwn = AreSameOrigin(request.Address, address);
        if (body is not null && isOwn) message.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in (isOwn ? request.Headers : null) ?? new Dictionary<string, string>())
        {
            if (message.Headers.TryAddWithoutValidation(name, value) || message.Content is null) continue;
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    /// <summary>The system's proxy, but not for this machine.</summary>
    private sealed class OutwardProxy(IWebProxy system) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => system.Credentials;
            set => system.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : system.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || (IPAddress.TryParse(host.DnsSafeHost, out var address)
            && IPAddress.IsLoopback(address)) || system.IsBypassed(host);
    }
}
