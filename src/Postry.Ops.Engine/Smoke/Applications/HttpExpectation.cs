using System.Globalization;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The expectations of an answer, and the verdict on one.</summary>
internal sealed class HttpExpectation(HttpCheck check)
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The good answer in words.</summary>
    public string Words => string.Join(", ", Parts());

    /// <summary>True for a status that is expected.</summary>
    public bool IsStatus(int status) => Fits(check.ExpectStatus, status);

    /// <summary>True for a redirect that is followed: one that is the expected answer itself is not.</summary>
    public bool Follows(int status) => check.FollowRedirects && !IsStatus(status);

    /// <summary>Judges an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="trust">The certificates of the servers.</param>
    /// <param name="took">From the request to the last byte.</param>
    public SmokeAnswer Judge(WebAnswer answer, TlsTrust trust, TimeSpan took)
    {
        var actual = string.Create(CultureInfo.InvariantCulture, $"status {answer.Status}")
            + (check.MaximumDuration is null ? "" : $" in {NetworkErrors.Seconds(took)}");
        SmokeAnswer Failed(string detail) => new(CheckStatus.Failed, actual, detail);
        var chain = string.Join(" -> ", answer.Chain.Select(ShownUrl.Of));
        if (answer.RedirectProblem is { } problem) return Failed($"The address redirects, and {problem}: {chain}.");
        if (!IsStatus(answer.Status))
            return Failed($"The status is {answer.Status} and not {check.ExpectStatus}"
                + (answer.Chain.Count > 1 ? $", after redirects: {chain}." : ". Look into the log of the application."));
        if (check.MinimumCertificateDays is { } days && CertificateProblem(trust, days) is { } certificate) return Failed(certificate);
        if (check.MaximumDuration is { } longest && took > longest)
            return Failed($"The answer took {NetworkErrors.Seconds(took)}, more than {NetworkErrors.Seconds(longest)}.");
        return Body(answer.Body, actual) ?? SmokeAnswer.Passed(actual, answer.Body.IsCut ? WebBody.CutWords : null);
    }

    private static bool Fits(string expected, int status)
    {
        var text = status.ToString(CultureInfo.InvariantCulture);
        return expected.EndsWith("xx", StringComparison.Ordinal) ? text.Length == 3 && text[0] == expected[0] : text == expected;
    }

    private static string? CertificateProblem(TlsTrust trust, int days)
    {
        if (trust.ValidUntil is not { } end)
            return "The answer came without TLS, so there is no certificate. Use an address with https://.";
        var left = (end - DateTime.UtcNow).TotalDays;
        return left >= days ? null : string.Create(CultureInfo.InvariantCulture,
            $"The certificate ends on {end:yyyy-MM-dd}, in {Math.Floor(left)} days; at least {days} were expected. Renew it.");
    }

    private SmokeAnswer? Body(WebBody body, string actual)
    {
        SmokeAnswer Failed(string detail) => new(CheckStatus.Failed, actual, body.IsCut ? $"{detail} {WebBody.CutWords}" : detail);
        var text = body.Text;
        if (check.ExpectText is { } expected && !text.Contains(expected, StringComparison.Ordinal))
            return Failed($"The answer does not hold the text '{expected}'.");
        if (check.RejectText is { } rejected && text.Contains(rejected, StringComparison.Ordinal))
            return Failed($"The answer holds the text '{rejected}'.");
        try
        {
            if (check.ExpectMatch is { } match && !IsMatch(text, match)) return Failed($"The answer does not match '{match}'.");
            if (check.RejectMatch is { } mismatch && IsMatch(text, mismatch)) return Failed($"The answer matches '{mismatch}'.");
        }
        catch (RegexMatchTimeoutException)
        {
            return new SmokeAnswer(CheckStatus.Inconclusive, actual, "The regular expression took more than a second on this answer. "
                + "Make it simpler.", MayChange: false);
        }

        if (body.IsCut && (check.RejectText is not null || check.RejectMatch is not null))
            return new SmokeAnswer(CheckStatus.Inconclusive, actual, $"{WebBody.CutWords} What must not be in it may be in the rest. "
                + "Ask an address with a shorter answer.", MayChange: false);
        return JsonExpectations.Problem(check.Json, body) is { } problem ? new(CheckStatus.Failed, actual, problem) : null;
    }

    private static bool IsMatch(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, MatchTimeout);

    private IEnumerable<string> Parts()
    {
        yield return $"status {check.ExpectStatus}";
        if (check.ExpectText is { } text) yield return $"text '{text}'";
        if (check.RejectText is { } other) yield return $"no text '{other}'";
        if (check.ExpectMatch is { } match) yield return $"a match of '{match}'";
        if (check.RejectMatch is { } mismatch) yield return $"no match of '{mismatch}'";
        foreach (var json in check.Json) yield return JsonExpectations.Words(json);
        if (check.MinimumCertificateDays is { } days)
            yield return string.Create(CultureInfo.InvariantCulture, $"certificate valid for {days} days");
        if (check.MaximumDuration is { } longest) yield return $"within {NetworkErrors.Seconds(longest)}";
    }
}
