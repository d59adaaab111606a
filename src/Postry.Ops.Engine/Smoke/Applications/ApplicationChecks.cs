using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The checks that ask an application.</summary>
internal static class ApplicationChecks
{
    /// <summary>The checks of postry.json: http, pages, tcp, processes, monitoring.</summary>
    public static IEnumerable<ISmokeCheck> Of(SmokeChecks configured, SmokeTargets targets) =>
    [
        .. configured.Http.Select(check => new HttpSmokeCheck(check, targets)),
        .. configured.Pages.Select(check => new PageSmokeCheck(check, targets)),
        .. configured.Tcp.Select(check => new TcpSmokeCheck(check)),
        .. configured.Processes.Select(check => new ProcessSmokeCheck(check, targets)),
        .. configured.Monitoring is { } monitoring ? [new MonitoringSmokeCheck(monitoring, targets)] : Array.Empty<ISmokeCheck>(),
    ];

    /// <summary>The check of an address that was typed: a GET that is answered with a status from 200 to 299. Errors: InvalidRequest for a
    /// text that is no address of HTTP, and for one with a user or a password in it.</summary>
    public static ISmokeCheck OfUrl(string url, SmokeTargets targets)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw new InvalidRequestException("smoke", "An address to check does not begin with http:// or https://.",
                "Write the whole address, such as http://127.0.0.1:8000/health.");
        if (uri.UserInfo.Length > 0)
            throw new InvalidRequestException(ShownUrl.Of(uri), "An address to check holds a user or a password.",
                "Leave them out of the address, and name the environment variable that holds the secret in postry.json: "
                + "smoke.http[].bearerTokenVariable or headerVariables.");
        return new HttpSmokeCheck(new HttpCheck { Url = url }, targets);
    }
}
