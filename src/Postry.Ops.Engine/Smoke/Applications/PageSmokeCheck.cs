using System.Collections.Concurrent;
using System.Globalization;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>A page of a front end that must be whole: a page without its scripts is blank, although the server answers.</summary>
internal sealed class PageSmokeCheck(HttpCheck check, SmokeTargets targets) : HttpSmokeCheck(check, targets)
{
    private const int AtOnce = 6;
    private const int MostNamed = 3;

    /// <inheritdoc/>
    public override SmokeKind Kind => SmokeKind.Page;

    /// <inheritdoc/>
    public override string Expected => base.Expected + ", a page with its scripts and style sheets";

    /// <inheritdoc/>
    protected override async Task<SmokeAnswer> JudgeAsync(WebAnswer answer, SmokeAnswer judged, WebSession session, WebRequest request,
        CancellationToken cancellation)
    {
        if (judged.Status != CheckStatus.Passed) return judged;
        SmokeAnswer Failed(string detail) => new(CheckStatus.Failed, judged.Actual, detail);
        if (!PageResources.IsHtml(answer)) return Failed("The answer is not an HTML page. Correct the address, or use smoke.http for it.");
        if (answer.Body.IsCut) return Failed($"{WebBody.CutWords} A page of this size cannot be checked.");
        var page = PageResources.Of(answer);
        if (page.IsEmpty) return Failed("The page is empty: it has no text and names no script. Deploy the front end again.");
        var problems = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(page.Own, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (resource, token) =>
            {
                var fetched = await session.AskAsync(request with { Address = resource, Method = "GET", Body = null }, _ => true, token);
                if (Problem(fetched) is { } problem) problems.Add($"{ShownUrl.Of(resource)} {problem}");
            });
        if (!problems.IsEmpty)
        {
            var more = problems.Count <= MostNamed ? ""
                : string.Create(CultureInfo.InvariantCulture, $", and {problems.Count - MostNamed} more");
            return Failed($"The page is not whole: {string.Join("; ", problems.Order(StringComparer.Ordinal).Take(MostNamed))}{more}. "
                + "Deploy the front end again, with all its files.");
        }

        var actual = string.Create(CultureInfo.InvariantCulture, $"{judged.Actual}, {page.Own.Count} scripts and style sheets");
        return SmokeAnswer.Passed(actual, page.OthersCount == 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"Not fetched, because they are on other servers: {page.OthersCount}."));
    }

    private static string? Problem(WebAnswer fetched) => fetched.RedirectProblem is not null ? "redirects in a circle"
        : fetched.Status is < 200 or > 299 ? string.Create(CultureInfo.InvariantCulture, $"answers with status {fetched.Status}")
        : fetched.Body.Bytes.Length == 0 ? "is empty"
        : PageResources.IsHtml(fetched) ? "answers with an HTML page, which is what a front end does for a file that it does not have"
        : null;
}
