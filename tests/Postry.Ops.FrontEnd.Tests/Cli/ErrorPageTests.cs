using System.Text.RegularExpressions;
using Postry.Ops.Cli;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>docs/errors.md and about_Postry.Ops_Errors list every error of the engine, with the exit code that the console gives.</summary>
public sealed partial class ErrorPageTests
{
    private static readonly string[] OfFrontEnds = ["Interrupted", "UnexpectedFailure", "Usage"];

    [Fact]
    public void Every_error_is_listed_with_its_exit_code()
    {
        var errors = Errors().ToDictionary(error => error.ErrorId, error => (int)Failure.Of(error, interrupted: false).Code);
        var page = Row().Matches(Docs.Read("errors.md")).ToDictionary(
            row => row.Groups["id"].Value, row => Number(row.Groups["code"].Value));
        var topic = Topic().Matches(File.ReadAllText(Docs.InCheckout("src", "Postry.Ops", "en-US", "about_Postry.Ops_Errors.help.txt")))
            .ToDictionary(entry => entry.Groups["id"].Value, entry => Number(entry.Groups["code"].Value));
        Assert.Equal(errors.Keys.Concat(OfFrontEnds).Order(), page.Keys.Order());
        Assert.Equal(page.OrderBy(entry => entry.Key), topic.OrderBy(entry => entry.Key));
        Assert.All(errors, error => Assert.Equal((error.Key, error.Value), (error.Key, page[error.Key])));
        Assert.Equal(page["Usage"], (int)Failure.Usage("", "").Code);
        Assert.Equal(page["UnexpectedFailure"], (int)Failure.Of(new InvalidOperationException(), false).Code);
        Assert.Equal(page["Interrupted"], (int)Failure.Of(new OperationCanceledException(), true).Code);
    }

    [Fact]
    public void Every_exit_code_is_explained() => Assert.Equal(
        Enum.GetValues<ExitCode>().Select(code => (int)code).Order(),
        ExitCodeRow().Matches(Docs.Read("errors.md")).Select(row => Number(row.Groups["code"].Value)).Order());

    private static IEnumerable<OpsException> Errors() => typeof(OpsException).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(OpsException)) && !type.IsAbstract)
        .Select(type => (OpsException)Activator.CreateInstance(type, "target", "problem", "hint", null)!);

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| `(?<id>\w+)` \| [^|]+ \| [^|]+ \| (?<code>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^ {4}(?<id>\w+)\r?\n {8}Category: .*: (?<code>\d+)\.\r?$", RegexOptions.Multiline)]
    private static partial Regex Topic();

    [GeneratedRegex(@"^\| (?<code>\d+) \| ", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();
}
