using System.Diagnostics;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>An address that must answer.</summary>
internal class HttpSmokeCheck(HttpCheck check, SmokeTargets targets) : ISmokeCheck
{
    private readonly Uri _address = new(check.Url);
    private readonly HttpExpectation _expectation = new(check);

    /// <inheritdoc/>
    public string Name => check.Name ?? Target;

    /// <inheritdoc/>
    public virtual SmokeKind Kind => SmokeKind.Http;

    /// <inheritdoc/>
    public string Target => (check.Method == "GET" ? "" : check.Method + " ") + ShownUrl.Of(_address);

    /// <inheritdoc/>
    public virtual string Expected => _expectation.Words;

    /// <inheritdoc/>
    public IReadOnlyList<string> After => check.After;

    /// <inheritdoc/>
    public TimeSpan Timeout => check.Timeout;

    /// <inheritdoc/>
    public virtual CheckStatus WithoutAnswer => CheckStatus.Failed;

    /// <inheritdoc/>
    public async Task<SmokeAnswer> AskAsync(CancellationToken cancellation)
    {
        var secrets = RequestSecrets.Read(check, targets);
        if (secrets.Missing is { } missing) return new SmokeAnswer(CheckStatus.Inconclusive, null, missing, MayChange: false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(check.Timeout);
        using var session = new WebSession();
        var place = _address.GetComponents(UriComponents.HostAndPort, UriFormat.UriEscaped);
        try
        {
            var clock = Stopwatch.StartNew();
            var request = new WebRequest(_address, check.Method, check.Body, secrets.Headers);
            var answer = await session.AskAsync(request, _expectation.Follows, limit.Token);
            return secrets.Hide(await JudgeAsync(answer, _expectation.Judge(answer, session.Trust, clock.Elapsed), session, request,
                limit.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Silent(NetworkErrors.OutOfTime(place, check.Timeout));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            return Silent(NetworkErrors.Of(e, place, session.Trust));
        }
    }

    /// <summary>Judges further what the expectations of the check have judged already.</summary>
    protected virtual Task<SmokeAnswer> JudgeAsync(WebAnswer answer, SmokeAnswer judged, WebSession session, WebRequest request,
        CancellationToken cancellation) => Task.FromResult(judged);

    private SmokeAnswer Silent(string detail) => new(WithoutAnswer, null, detail);
}
