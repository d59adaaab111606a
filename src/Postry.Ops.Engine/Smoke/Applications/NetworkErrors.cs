using System.Globalization;
using System.Net.Sockets;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>Says in plain words why a connection brought no answer. The system's own messages may hold headers and addresses.</summary>
internal static class NetworkErrors
{
    /// <summary>The reason and the next step.</summary>
    public static string Of(Exception error, string server, TlsTrust? trust = null)
    {
        if (trust?.Problem is { } problem)
            return $"The connection is not trusted: {problem}. Renew the certificate, or install its issuer on this machine.";
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket) return Of(socket.SocketErrorCode, server);
        }

        return ((error as HttpRequestException)?.HttpRequestError ?? (error as HttpIOException)?.HttpRequestError) switch
        {
            HttpRequestError.SecureConnectionError =>
                $"{server} could not agree on an encrypted connection. If it speaks plain HTTP, write http:// in the address.",
            HttpRequestError.NameResolutionError => Of(SocketError.HostNotFound, server),
            HttpRequestError.ResponseEnded =>
                $"{server} closed the connection before the answer was complete. Look into the log of the application.",
            HttpRequestError.ConfigurationLimitExceeded => $"{server} sent headers that are longer than 64 KiB.",
            HttpRequestError.ProxyTunnelError => $"The proxy on the way to {server} refused the connection. See HTTPS_PROXY and NO_PROXY.",
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError =>
                $"{server} answered with something that is not HTTP. See which program listens there.",
            _ => $"The connection to {server} broke before the answer was complete. Look into the log of the application.",
        };
    }

    /// <summary>The reason and the next step for the error of a socket.</summary>
    public static string Of(SocketError error, string server) => error switch
    {
        SocketError.ConnectionRefused =>
            $"{server} refused the connection: nothing listens there. Start the application, or correct the address.",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
            $"The name of the host in {server} is unknown. Correct the address, or see whether the name server answers.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown =>
            $"No network path leads to {server}. See whether the machine runs, and whether a firewall is in between.",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
            $"{server} closed the connection before the answer was complete. Look into the log of the application.",
        SocketError.TimedOut => OutOfTime(server),
        _ => $"The connection to {server} failed ({error}).",
    };

    /// <summary>The reason and the next step for a server that takes too long.</summary>
    public static string OutOfTime(string server, TimeSpan? timeout = null) =>
        $"{server} gave no complete answer{(timeout is { } limit ? $" in {Seconds(limit)}" : " in time")}. "
        + "See whether the application hangs, or give it more time (timeout in postry.json).";

    /// <summary>A duration in seconds.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture,
        $"{time.TotalSeconds:0.##} s");
}
