using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Finds the schemas in which a statement creates or changes something, as far as it names them. An object that is only used (by the query
/// of a view, as the type of a column, in a default) is not changed, and does not count. A table that a foreign key names does count,
/// because it gets triggers; so does the parent of a partition, because it gets rows.
/// </summary>
internal static class StatementTargets
{
    /// <summary>The words that can stand between CREATE and the kind of the object.</summary>
    internal static readonly HashSet<string> Modifiers = ["or", "replace", "unlogged", "unique", "recursive", "trusted", "procedural"];

    // The kinds of objects that belong to no schema. Extensions are not among them: one that exists stays as it is, and one that is missing
    // is created.
    private static readonly HashSet<string> InNone =
        ["publication", "server", "cast", "transform", "language", "access", "event", "large", "user"];

    // The table that these objects belong to, which is named later, tells their schema.
    private static readonly HashSet<string> OfTable = ["trigger", "rule", "policy", "constraint"];

    // Between the first word of a kind and the name.
    private static readonly HashSet<string> MoreOfKind =
        ["view", "table", "search", "configuration", "dictionary", "parser", "template", "class", "family", "conversion", "concurrently",
        "only"];

    /// <summary>The schemas; null among them for what is in none.</summary>
    public static IEnumerable<string?> Schemas(IReadOnlyList<ScriptToken> tokens, StatementShape shape) => tokens[0].Text switch
    {
        "copy" => Of(tokens, 1),
        "insert" => Of(tokens, 2),
        "set" when tokens[1].Is("search_path") =>
            tokens.Skip(3).Where(token => token.Kind != Symbol && token.Text.Length > 0).Select(token => token.Text),
        "select" => Called(tokens[3].Text, shape.Inside),
        "alter" when tokens[1].Is("default") => Listed(tokens, 1, "in", "schema"),
        "create" or "alter" => Defined(tokens, shape),
        "comment" or "security" => Kind(tokens, After(tokens, 1, "on")),
        "refresh" => Named(tokens, 2),
        "grant" or "revoke" => Granted(tokens, After(tokens, 1, "on")),
        _ => [],
    };

    private static IEnumerable<string?> Defined(IReadOnlyList<ScriptToken> tokens, StatementShape shape)
    {
        var kind = 1;
        while (kind < tokens.Count && Modifiers.Contains(tokens[kind].Text)) kind++;
        if (tokens[0].Is("create") && tokens[kind].Is("index")) return Named(tokens, After(tokens, kind, "on"));
        var own = Kind(tokens, kind);
        if (tokens[kind].Is("statistics")) own = own.Concat(Named(tokens, After(tokens, kind, "from")));
        if (tokens[0].Is("create") && tokens[kind].Text is not ("table" or "foreign")) return own;
        // A statement that is too long to be kept whole could name any schema.
        return [.. own, .. Linked(shape.Definition), .. shape.IsCut ? [""] : Array.Empty<string>(), .. tokens[0].Is("alter")
            ? Listed(tokens, kind, "set", "schema") : []];
    }

    // The name follows the word for the kind of object.
    private static IEnumerable<string?> Kind(IReadOnlyList<ScriptToken> tokens, int at)
    {
        if (at >= tokens.Count) return [];
        var kind = tokens[at].Text;
        if (InNone.Contains(kind) || (kind == "foreign" && at + 1 < tokens.Count && !tokens[at + 1].Is("table"))) return [null];
        if (kind == "schema") return tokens.Skip(SkipIfExists(tokens, at + 1)).Take(1).Select(token => token.Text);
        if (kind == "column") return Of(tokens, at + 1, parts: 3);
        if (!OfTable.Contains(kind)) return kind == "extension" ? [] : Named(tokens, at + 1);
        // The event of a rule stands before its table, unless it is only spoken of.
        var table = kind == "rule" && tokens[0].Is("create") ? After(tokens, at, "to") : After(tokens, at, "on");
        if (table + 1 < tokens.Count && tokens[table].Is("domain") && tokens[table + 1].IsName) table++;
        return Named(tokens, table);
    }

    // Foreign keys, parents and partitions, wherever they stand in a definition.
    private static IEnumerable<string> Linked(IReadOnlyList<ScriptToken> tokens)
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            var isPartition = tokens[i].Is("partition") && (tokens[i - 1].Is("attach") || tokens[i - 1].Is("detach"));
            if (isPartition || tokens[i].Is("references") || tokens[i].Is("inherit")
                || (tokens[i].Is("of") && tokens[i - 1].Is("partition")))
            {
                foreach (var schema in Of(tokens, i + 1)) yield return schema;
            }
            else if (tokens[i - 1].Is("inherits") && tokens[i] is { Kind: Symbol, Text: "(" })
            {
                foreach (var schema in Names(tokens, i + 1)) yield return schema;
            }
        }
    }

    // ON [kind of object] name, name; ON SCHEMA name, name; ON ALL kinds IN SCHEMA name, name
    private static IEnumerable<string?> Granted(IReadOnlyList<ScriptToken> tokens, int at)
    {
        if (at >= tokens.Count) return [];
        if (tokens[at].Is("all")) return Listed(tokens, at, "in", "schema");
        if (tokens[at].Is("schema")) return Listed(tokens, at, "schema");
        if (InNone.Contains(tokens[at].Text) || tokens[at].Is("foreign")) return [null];
        return Names(tokens, at + 1 < tokens.Count && tokens[at + 1].IsName && !tokens[at + 1].Is("to") && !tokens[at + 1].Is("from")
            ? at + 1 : at);
    }

    // setval('a.b', ...); large objects. Statistics are no part of this: the next ANALYZE takes them anew.
    private static IEnumerable<string?> Called(string function, IReadOnlyList<ScriptToken> inside) => function switch
    {
        "setval" => inside is [{ Kind: Literal, Text: var sequence }, { Text: "," }, ..] ? SchemaOf(sequence) : [""],
        _ when function.StartsWith("lo", StringComparison.Ordinal) => [null],
        _ => [],
    };

    // A literal is 'a.b' or '"a".b'. One with escapes, which could hide a dot, or without any text, belongs to no schema.
    private static IEnumerable<string?> SchemaOf(string name)
    {
        if (name.Length == 0 || name.Contains('\\', StringComparison.Ordinal)) return [name];
        var end = name[0] != '"' ? name.IndexOf('.', StringComparison.Ordinal)
            : name.Replace("\"\"", "  ", StringComparison.Ordinal).IndexOf('"', 1) + 1;
        if (end < 0 || end == name.Length) return [];
        return [name[0] == '"' ? name[1..(end - 1)].Replace("\"\"", "\"", StringComparison.Ordinal) : name[..end].ToLowerInvariant()];
    }

    // [IF [NOT] EXISTS] [ONLY] a.b
    private static IEnumerable<string> Named(IReadOnlyList<ScriptToken> tokens, int at)
    {
        while (at + 1 < tokens.Count && tokens[at].Kind == Word && MoreOfKind.Contains(tokens[at].Text) && !IsDot(tokens[at + 1])) at++;
        at = SkipIfExists(tokens, at);
        return Of(tokens, at + 1 < tokens.Count && tokens[at].Is("only") ? at + 1 : at);
    }

    // a.b, c.d; of functions their parentheses as well
    private static IEnumerable<string> Names(IReadOnlyList<ScriptToken> tokens, int at)
    {
        for (; at < tokens.Count; at++)
        {
            foreach (var schema in Of(tokens, at)) yield return schema;
            while (at + 2 < tokens.Count && IsDot(tokens[at + 1])) at += 2;
            at++;
            if (at + 1 < tokens.Count && tokens[at] is { Kind: Symbol, Text: ")" }) at++;
            if (at >= tokens.Count || tokens[at] is not { Kind: Symbol, Text: "," }) yield break;
        }
    }

    // The schema of a name that has at least so many parts; those before it are a database's.
    private static IEnumerable<string> Of(IReadOnlyList<ScriptToken> tokens, int at, int parts = 2)
    {
        if (at >= tokens.Count || !tokens[at].IsName) yield break;
        var names = new List<string> { tokens[at].Text };
        for (; at + 2 < tokens.Count && IsDot(tokens[at + 1]); at += 2) names.Add(tokens[at + 2].Text);
        if (names.Count >= parts) yield return names[^parts];
    }

    // SCHEMA a, b
    private static IEnumerable<string> Listed(IReadOnlyList<ScriptToken> tokens, int from, params string[] words)
    {
        for (var i = After(tokens, from, words); i < tokens.Count; i += 2)
        {
            yield return tokens[i].Text;
            if (i + 1 >= tokens.Count || tokens[i + 1] is not { Kind: Symbol, Text: "," }) yield break;
        }
    }

    // Returns the index after the first such words; the number of tokens if they do not occur.
    private static int After(IReadOnlyList<ScriptToken> tokens, int from, params string[] words)
    {
        for (var i = from; i + words.Length <= tokens.Count; i++)
            if (words.Select((word, at) => tokens[i + at].Is(word)).All(fits => fits)) return i + words.Length;
        return tokens.Count;
    }

    private static int SkipIfExists(IReadOnlyList<ScriptToken> tokens, int at) =>
        at + 2 >= tokens.Count || !tokens[at].Is("if") ? at : tokens[at + 1].Is("exists") ? at + 2 : tokens[at + 1].Is("not")
            && tokens[at + 2].Is("exists") ? at + 3 : at;

    private static bool IsDot(ScriptToken token) => token is { Kind: Symbol, Text: "." };
}
