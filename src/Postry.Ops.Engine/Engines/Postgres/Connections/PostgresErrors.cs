using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Translates errors of Npgsql and the server to the engine's errors. No text holds the password.</summary>
internal static class PostgresErrors
{
    private const string WaitHint = "Check that the server runs and can be reached from here, then run the command again.";

    /// <summary>The engine's error for a failure on a connection; null where it is none of the server's.</summary>
    public static OpsException? Explain(Exception exception, PostgresAddress address) =>
        Explain(exception, address.Name, address.Password);

    /// <summary>Translates an error if only the name of the database is known.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="target">The name of the database, which the error carries.</param>
    /// <param name="password">The password, which is removed from every text.</param>
    public static OpsException? Explain(Exception exception, string target, string? password = null)
    {
        string Clean(string text) => SecretMask.Statement(Redact(text, password));
        return exception switch
        {
            OpsException known => known,
            PostgresException server => ServerErrors.Explain(server, target, Clean),
            NpgsqlException { InnerException: PostgresException server } => ServerErrors.Explain(server, target, Clean),
            NpgsqlException npgsql => ExplainClient(npgsql, target, Clean),
            // Npgsql raises this on a session that it has closed because of an earlier error.
            InvalidOperationException { Source: "Npgsql" } =>
                Unreachable(target, $"The connection to {target} was closed: {Clean(exception.Message)}", WaitHint, exception),
            SocketException or TimeoutException =>
                Unreachable(target, $"{target} cannot be reached: {Clean(exception.Message)}", WaitHint, exception),
            CryptographicException or FileNotFoundException or DirectoryNotFoundException or ArgumentException =>
                new InvalidRequestException(target,
                $"The connection to {target} cannot be prepared: {Clean(exception.Message)}",
                "Check the parameters of the address and the files that sslcert, sslkey and sslrootcert name."),
            _ => null,
        };
    }

    /// <summary>A text without the password.</summary>
    public static string Redact(string text, string? password) => string.IsNullOrEmpty(password) ? text
        : text.Replace(password, "***", StringComparison.Ordinal);

    private static OpsException ExplainClient(NpgsqlException e, string target, Func<string, string> clean)
    {
        var message = clean(e.Message);
        return e.InnerException switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                Unreachable(target, $"The host of {target} is not known.",
                    "Check the host's name in the address, and the name server of this machine.", e),
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } when target.Contains("[/", StringComparison.Ordinal) =>
                Unreachable(target, $"There is no socket of a server at {target}.",
                    "Check folder and port, and that the server runs.", e),
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
                Unreachable(target, $"Nothing listens at {target}.", "Check host and port, and that the server runs.", e),
            SocketException socket => Unreachable(target, $"{target} cannot be reached: {clean(socket.Message)}", WaitHint, e),
            TimeoutException => Unreachable(target, $"{target} did not answer in time.",
                WaitHint + " connect_timeout in the address changes how long is waited.", e),
            AuthenticationException tls => Unreachable(target,
                $"The encrypted connection to {target} failed: {clean(tls.Message)}",
                "sslmode=verify-ca and verify-full need the certificate of the server's authority (sslrootcert); verify-full also needs " +
                    "the host's name as it is in the certificate.", e),
            _ when message.Contains("SSL connection requested", StringComparison.Ordinal)
            || message.Contains("SSL", StringComparison.Ordinal) && message.Contains("not", StringComparison.Ordinal) =>
                Unreachable(target, $"{target} does not offer encrypted connections, and the address asks for one.",
                    "Turn on ssl on the server; over a network that nobody else reads, sslmode=prefer or disable also works.", e),
            _ when IsAboutLogin(message) => new AuthenticationFailedException(target, $"The login at {target} failed: {message}",
                $"Give the password (PGPASSWORD, a line in ~/.pgpass, {OptionName.Credential}, or in DATABASE_URL), and check " +
                    "require_auth and channel_binding if the address has them.", e),
            { } inner => Unreachable(target, $"The connection to {target} was lost: {clean(inner.Message)}", WaitHint, e),
            null => Unreachable(target, $"The connection to {target} failed: {message}", WaitHint, e),
        };
    }

    private static bool IsAboutLogin(string message) => new[] { "password", "SASL", "SCRAM", "authentication", "Channel binding" }
        .Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static DatabaseUnreachableException Unreachable(string target, string problem, string hint, Exception e) =>
        new(target, problem, hint, e);
}
