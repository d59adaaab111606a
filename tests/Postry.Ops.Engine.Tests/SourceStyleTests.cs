using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Tests;

/// <summary>The rules of style that .editorconfig states and no analyzer checks.</summary>
public sealed partial class SourceStyleTests
{
    private const int LongestLine = 140;

    /// <summary>
    /// A line may be longer only if it cannot be broken: a regular expression in one literal and, in tests, the text of a literal that is
    /// for another program (SQL, JSON, a script).
    /// </summary>
    [Fact]
    public void Lines_have_at_most_140_characters()
    {
        var tooLong = Sources().SelectMany(file => TooLong(file).Select(line => $"{Path.GetRelativePath(Root(), file)}:{line}")).ToList();
        Assert.True(tooLong.Count == 0, string.Join('\n', tooLong));
    }

    /// <summary>The engine names commands and options as values; what an operator types for them is for the front ends to say.</summary>
    [Fact]
    public void The_engine_knows_neither_cmdlets_nor_verbs_nor_their_options()
    {
        var root = Path.Combine(Root(), "src", "Postry.Ops.Engine");
        var known = from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                    where !Path.GetRelativePath(root, file).StartsWith("obj", StringComparison.Ordinal)
                    from line in File.ReadLines(file)
                    where FrontEndWord().IsMatch(line) || (!line.TrimStart().StartsWith("//", StringComparison.Ordinal)
                        && Parameter().IsMatch(line))
                    select $"{Path.GetRelativePath(root, file)}: {line.Trim()}";
        Assert.Empty(known);
    }

    /// <summary>A person at the console types options in lower case; PowerShell's parameters mean nothing there.</summary>
    [Fact]
    public void The_console_knows_no_parameters_of_cmdlets()
    {
        var known = from file in Sources()
            where file.Contains($"{Path.DirectorySeparatorChar}Postry.Ops.Cli{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Parameter().IsMatch(line)
            select $"{Path.GetRelativePath(Root(), file)}: {line.Trim()}";
        Assert.Empty(known);
    }

    /// <summary>The archives of PostgreSQL know themselves how they differ; nothing else there asks who made a backup.</summary>
    [Fact]
    public void The_PostgreSQL_engine_does_not_ask_whether_a_backup_is_of_the_old_scripts()
    {
        var root = Path.Combine(Root(), "src", "Postry.Ops.Engine", "Engines", "Postgres");
        var asking = from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                     from line in File.ReadLines(file)
                     where LegacyFlag().IsMatch(line)
                     select $"{Path.GetRelativePath(root, file)}: {line.Trim()}";
        Assert.Empty(asking);
    }

    /// <summary>Windows refuses these while somebody has the file open for a moment, and Files tries again.</summary>
    [Fact]
    public void Only_the_folder_IO_moves_deletes_or_opens_files_by_itself()
    {
        var root = Path.Combine(Root(), "src", "Postry.Ops.Engine");
        var found = from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                    where Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)[0] is not ("IO" or "obj" or "bin")
                    from line in File.ReadLines(file)
                    where OwnFileWork().IsMatch(line)
                    select $"{Path.GetRelativePath(root, file)}: {line.Trim()}";
        Assert.Empty(found);
    }

    /// <summary>A comment is a sentence or a noun phrase whose subject is named, because its reader does not know what "it" is.</summary>
    [Fact]
    public void Comments_begin_with_their_subject()
    {
        var headless = from file in Sources()
            from line in Numbered(file)
            where HeadlessComment().IsMatch(line.Text) && !line.IsContinued
            select $"{Path.GetRelativePath(Root(), file)}:{line.Number}";
        var found = string.Join('\n', headless);
        Assert.True(found.Length == 0, found);
    }

    private static IEnumerable<int> TooLong(string file)
    {
        var isTest = file.Contains($"{Path.DirectorySeparatorChar}tests{Path.DirectorySeparatorChar}");
        var inLiteral = false;
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var isText = isTest && (inLiteral || line.Contains('"'));
            if (RawQuotes().Count(line) % 2 == 1) inLiteral = !inLiteral;
            if (line.Length > LongestLine && !isText && !OneLiteral().IsMatch(line)) yield return number;
        }
    }

    private static IEnumerable<string> Sources()
    {
        var root = Root();
        return new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));
    }

    private static IEnumerable<(string Text, int Number, bool IsContinued)> Numbered(string file)
    {
        var (number, isComment) = (0, false);
        foreach (var line in File.ReadLines(file))
        {
            // The second line of a comment may begin with any word; the tags of a document comment begin a text of their own.
            yield return (line, ++number, isComment);
            isComment = line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.EndsWith('>');
        }
    }

    // Verbatim and raw literals that fill their line; others can be put together of several.
    [GeneratedRegex(@"\b(File\.(Move|Delete|OpenRead)|Directory\.(Move|Delete))\(")]
    private static partial Regex OwnFileWork();

    [GeneratedRegex("""^\s*(\+ )?(@"|"{3}).*"[,;)]?$""")]
    private static partial Regex OneLiteral();

    // The name of an advisory lock is no command.
    [GeneratedRegex("""[A-Z][a-z]+-Postry[A-Z]|(?<!KeyOf\(\$")\bpostry (backup|list|test|compare|restore|undo|complete|remove|previous|unlock|config|init)""")]
    private static partial Regex FrontEndWord();

    [GeneratedRegex("""(?<!pwsh)[ ("]-[A-Z][a-z]{2,}""")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\bLegacy\b")]
    private static partial Regex LegacyFlag();

    [GeneratedRegex("\"{3,}")]
    private static partial Regex RawQuotes();

    [GeneratedRegex("""^\s*///?\s*(<(summary|remarks|returns|param name="\w+")>)?\s*(It|Its|They|Nobody|Who|Whoever|What|Why|For errors)\b""")]
    private static partial Regex HeadlessComment();

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
