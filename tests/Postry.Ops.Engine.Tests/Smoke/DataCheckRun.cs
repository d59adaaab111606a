using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Data;
using Postry.Ops.Engine.Tests.Configuration;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>Asks checks of data of one database.</summary>
internal static class DataCheckRun
{
    /// <summary>The checks of a smoke section, written as in postry.json.</summary>
    public static IReadOnlyList<ISmokeCheck> Made(string smoke, SmokeTargets targets)
    {
        var configuration = ConfigurationText.Read($"{{ \"smoke\": {smoke} }}");
        Assert.Empty(configuration.Problems);
        return [.. DataChecks.Of(configuration.Smoke, targets)];
    }

    /// <summary>The answer of the one check of a section.</summary>
    public static Task<SmokeAnswer> AskAsync(string smoke, SmokeTargets targets) => Assert.Single(Made(smoke, targets)).AskAsync(default);

    /// <summary>The answer of a query check.</summary>
    public static Task<SmokeAnswer> SqlAsync(Workspace work, DatabaseAddress database, SqlCheck check) =>
        Assert.Single(DataChecks.Of(new SmokeChecks { Sql = [check] }, new SmokeTargets(work.Settings(), database))).AskAsync(default);

    /// <summary>Asserts a wrong answer that another attempt would not change.</summary>
    public static void AssertWrong(SmokeAnswer answer, string says)
    {
        Assert.True(answer is { Status: CheckStatus.Failed, MayChange: false }, $"{answer}");
        Assert.Contains(says, answer.Detail, StringComparison.Ordinal);
    }

    /// <summary>Asserts that a check could not decide.</summary>
    public static void AssertUnknown(SmokeAnswer answer, string says)
    {
        Assert.True(answer is { Status: CheckStatus.Inconclusive, MayChange: false }, $"{answer}");
        Assert.Contains(says, answer.Detail, StringComparison.Ordinal);
    }

    /// <summary>Asserts that a check passed with an answer.</summary>
    public static void AssertPassed(SmokeAnswer answer, string? actual = null)
    {
        Assert.True(answer.Status == CheckStatus.Passed, $"{answer}");
        if (actual is not null) Assert.Equal(actual, answer.Actual);
    }
}
