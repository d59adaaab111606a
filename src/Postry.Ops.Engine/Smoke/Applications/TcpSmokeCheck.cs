using System.Globalization;
using System.Net.Sockets;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>A port that must accept a connection.</summary>
internal sealed class TcpSmokeCheck(TcpCheck check) : ISmokeCheck
{
    /// <inheritdoc/>
    public string Name => check.Name ?? check.Address;

    /// <inheritdoc/>
    public SmokeKind Kind => SmokeKind.Tcp;

    /// <inheritdoc/>
    public string Target => check.Address;

    /// <inheritdoc/>
    public string Expected => "accepts a connection";

    /// <inheritdoc/>
    public IReadOnlyList<string> After => check.After;

    /// <inheritdoc/>
    public TimeSpan Timeout => check.Timeout;

    /// <inheritdoc/>
    public CheckStatus WithoutAnswer => CheckStatus.Failed;

    /// <inheritdoc/>
    public async Task<SmokeAnswer> AskAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(check.Timeout);
        var colon = check.Address.LastIndexOf(':');
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(check.Address[..colon].Trim('[', ']'),
                int.Parse(check.Address.AsSpan(colon + 1), CultureInfo.InvariantCulture), limit.Token);
            return SmokeAnswer.Passed(Expected);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SmokeAnswer(CheckStatus.Failed, null, $"{check.Address} accepted no connection in "
                + $"{NetworkErrors.Seconds(check.Timeout)}. See whether the machine runs, and whether a firewall is in between.");
        }
        catch (SocketException e)
        {
            return new SmokeAnswer(CheckStatus.Failed, null, NetworkErrors.Of(e.SocketErrorCode, check.Address));
        }
    }
}
