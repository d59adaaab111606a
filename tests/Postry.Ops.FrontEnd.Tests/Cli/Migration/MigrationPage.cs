using System.Text.RegularExpressions;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The commands that docs/migrating-from-scripts.md tells an operator to type at the console.</summary>
internal static partial class MigrationPage
{
    private const string Document = "migrating-from-scripts.md";

    /// <summary>Every row of the table that has a command: how the old scripts were called, and what the column "console" says.</summary>
    public static IReadOnlyList<(string Old, IReadOnlyList<string> Commands)> Rows { get; } =
    [
        .. from line in Docs.Read(Document).Split('\n')
           where line.StartsWith("| ", StringComparison.Ordinal)
           let cells = line.Trim('|', ' ').Split(" | ")
           where cells.Length == 3
           let commands = Commands(cells[2])
           where commands.Count > 0
           select (cells[0], commands),
    ];

    /// <summary>The number of lines of the page that hold a command in a table, counted without knowing the columns.</summary>
    public static int TableLines { get; } = Docs.Read(Document).Split('\n')
        .Count(line => line.StartsWith('|') && line.Contains("`postry ", StringComparison.Ordinal));

    /// <summary>The first lines of all blocks of a language.</summary>
    public static IReadOnlyList<string> BlocksOf(string language) =>
    [
        .. from block in FencedBlock().Matches(Docs.Read(Document))
           where block.Groups["language"].Value == language
           select block.Groups["first"].Value,
    ];

    /// <summary>The block of a language that holds a text.</summary>
    public static string Block(string language, string marker) => Docs.Block(Document, language, marker);

    private static List<string> Commands(string cell) =>
    [
        .. from span in CodeSpan().Matches(cell)
           where span.Groups["code"].Value.StartsWith("postry ", StringComparison.Ordinal)
           select span.Groups["code"].Value,
    ];

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeSpan();

    [GeneratedRegex(
        @"^```(?<language>[a-z]+)\n(?<first>.*)\n(.*\n)*?```$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex FencedBlock();
}
