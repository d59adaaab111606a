using Postry.Ops.Hosting;

namespace Postry.Ops.FrontEnd.Tests.Module;

public sealed class InteractivityTests
{
    [Theory]
    [InlineData("-NonInteractive")]
    [InlineData("-NoProfile -NonInteractive -Command Restore")]
    [InlineData("-noni -c Restore")]
    [InlineData("--noninteractive")]
    [InlineData("/NonInter -f x.ps1")]
    [InlineData("-ExecutionPolicy Bypass -NonInteractive -File x.ps1")]
    public void NonInteractive_is_seen_however_it_is_spelled(string arguments) => Assert.True(Started(arguments));

    [Theory]
    [InlineData("")]
    [InlineData("-NoProfile -NoLogo")]
    [InlineData("-Command Deploy -NonInteractive")]
    [InlineData("-c Deploy -NonInteractive")]
    [InlineData("-NoProfile -File deploy.ps1 -NonInteractive")]
    [InlineData("deploy.ps1 -NonInteractive")]
    [InlineData("-ConfigurationName x")]
    public void Arguments_of_a_script_are_not_those_of_pwsh(string arguments) => Assert.False(Started(arguments));

    [Theory]
    [InlineData("ConsoleHost", true, "", false, true)]
    [InlineData("ConsoleHost", true, "", true, false)]
    [InlineData("ConsoleHost", true, "-NonInteractive", false, false)]
    [InlineData("Default Host", true, "", false, false)]
    [InlineData("ServerRemoteHost", true, "", false, false)]
    [InlineData("A Graphical Host", true, "", true, true)]
    [InlineData("A Service", false, "", false, false)]
    public void Somebody_can_be_asked_only_where_somebody_sits(string host, bool hasUi, string arguments, bool redirected, bool expected) =>
        Assert.Equal(expected, Interactivity.CanAsk(host, hasUi, CommandLine(arguments), redirected));

    private static bool Started(string arguments) => Interactivity.StartedNonInteractive(CommandLine(arguments));

    private static string[] CommandLine(string arguments) => ["pwsh", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
