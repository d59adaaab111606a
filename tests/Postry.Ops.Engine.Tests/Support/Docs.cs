namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The documentation of the checkout that the tests were built from, so that what it promises can be run.</summary>
internal static class Docs
{
    /// <summary>The text of the first fenced block of a language that holds a marker.</summary>
    public static string Block(string document, string language, string marker)
    {
        var blocks = File.ReadAllText(Path.Combine(Root(), "docs", document)).Split("\n```");
        return blocks.Where(block => block.StartsWith(language + "\n", StringComparison.Ordinal))
            .Select(block => block[(language.Length + 1)..] + "\n")
            .FirstOrDefault(block => block.Contains(marker, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"docs/{document} has no {language} block with '{marker}'.");
    }

    /// <summary>The text of a document.</summary>
    public static string Read(string document) => File.ReadAllText(Path.Combine(Root(), "docs", document));

    /// <summary>The full path of a file of the checkout.</summary>
    public static string InCheckout(params string[] parts) => Path.Combine([Root(), .. parts]);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Postry.Ops.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not lie in a checkout.");
        return folder;
    }
}
