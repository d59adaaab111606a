namespace Postry.Ops.Engine.Postgres.Scripts;

/// <summary>Which schemas a statement changes something in, as far as it names them. What it makes counts as made, and is no part of this.</summary>
internal static class StatementTargets
{
    /// <summary>The schemas.</summary>
    public static IEnumerable<string> Schemas(IReadOnlyList<ScriptToken> tokens) => tokens[0].Text switch
    {
        "copy" => Qualified(tokens, 1, 2).Take(1),
        "insert" => Qualified(tokens, 2, 3).Take(1),
        "set" when tokens[1].Is("search_path") => tokens.Skip(3).Where(token => token.Kind != 'S' && token.Text.Length > 0).Select(token => token.Text),
        "alter" when tokens[1].Is("default") => Listed(tokens, "in", "schema"),
        "alter" => [.. Qualified(tokens, 2).Take(1), .. Qualified(tokens, After(tokens, "attach", "partition")).Take(1), .. Listed(tokens, "set", "schema")],
        "comment" or "security" or "refresh" => Qualified(tokens, 1).Take(1),
        "grant" or "revoke" => Qualified(tokens, 1),
        "create" when tokens[tokens[1].Is("or") ? 3 : tokens[1].Text is "unique" or "constraint" ? 2 : 1] is { Kind: 'W', Text: "index" or "trigger" or "rule" or "policy" } => Qualified(tokens, After(tokens, "on")).Take(1),
        _ => [],
    };

    // a.b, a.b.c
    private static IEnumerable<string> Qualified(IReadOnlyList<ScriptToken> tokens, int from, int? to = null)
    {
        for (var i = from; i < Math.Min(tokens.Count - 2, to ?? int.MaxValue); i++)
        {
            if (!tokens[i].IsName || !IsDot(tokens[i + 1])) continue;
            yield return tokens[i].Text;
            while (i + 2 < tokens.Count && IsDot(tokens[i + 1])) i += 2;
        }
    }

    // SCHEMA a, b
    private static IEnumerable<string> Listed(IReadOnlyList<ScriptToken> tokens, params string[] words)
    {
        for (var i = After(tokens, words); i < tokens.Count; i += 2)
        {
            yield return tokens[i].Text;
            if (i + 1 >= tokens.Count || tokens[i + 1] is not { Kind: 'S', Text: "," }) yield break;
        }
    }

    // Where the first such words end; the end where there are none.
    private static int After(IReadOnlyList<ScriptToken> tokens, params string[] words) =>
        Enumerable.Range(1, tokens.Count).First(i => i == tokens.Count || (i >= words.Length && words.Select((word, at) => tokens[i - words.Length + at].Is(word)).All(fits => fits)));

    private static bool IsDot(ScriptToken token) => token is { Kind: 'S', Text: "." };
}
