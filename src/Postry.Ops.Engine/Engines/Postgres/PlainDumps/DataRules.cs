using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.StatementWords;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The rules for statements that bring data: rows of tables, values of sequences, large objects, statistics.</summary>
/// <param name="purpose">The options of restoring the dump.</param>
internal sealed class DataRules(ScriptPurpose purpose)
{
    private const string DropOfLargeObject =
        "select pg_catalog . lo_unlink ) from pg_catalog . pg_largeobject_metadata where oid = Literal";

    /// <summary>SELECT, as the call of a function.</summary>
    public StatementDisposition Select(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
    {
        // pg_dump --clean --if-exists writes this query for large objects, of which an empty database has none.
        if (string.Join(' ', tokens.Select(token => token.Kind == Word ? token.Text : token.Kind == Symbol ? token.Text
            : $"{token.Kind}")) == DropOfLargeObject)
            return StatementDisposition.LeaveOut;
        // Servers before 18 do not know them, and take their own with the next ANALYZE.
        if (tokens is [_, { Kind: Symbol, Text: "*" }, { Kind: Word, Text: "from" }, { Kind: Word, Text: "pg_catalog" },
            { Kind: Symbol, Text: "." }, { Kind: Word, Text: var statistics }, { Kind: Symbol, Text: ")" }] && shape.Depth == 1
            && Statistics.Contains(statistics))
            return purpose.ServerMajor < 18 ? StatementDisposition.LeaveOut : StatementDisposition.Run;
        if (tokens is not [_, { Kind: Word, Text: "pg_catalog" }, { Text: "." }, { Kind: Word, Text: var function }, { Text: ")" }]
            || shape.Depth != 1 || !Functions.Contains(function))
            throw Refuse(line, tokens, "is a query that no dump has");
        if (function == "set_config" && shape.Inside
            is not [{ Kind: Literal, Text: "search_path" }, { Text: "," }, { Kind: Literal, Text: "" }])
            throw Refuse(line, tokens, "changes the session in a way that no dump does");
        return StatementDisposition.Run;
    }

    /// <summary>COPY, whose rows follow.</summary>
    public static StatementDisposition Copy(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var rest = tokens is [_, { IsName: true }, { Kind: Symbol, Text: "." }, { IsName: true }, ..] ? 4
            : tokens is [_, { IsName: true }, ..] ? 2 : tokens.Count;
        if (rest < tokens.Count && tokens[rest] is { Kind: Symbol, Text: ")" }) rest++;
        if (rest != tokens.Count - 2 || !tokens[^2].Is("from") || !tokens[^1].Is("stdin"))
            throw Refuse(line, tokens,
                "is no COPY ... FROM stdin: it would read or write a file or a program of the server, or ask the server for rows");
        RequireNoCatalog(tokens, 1, line);
        return StatementDisposition.RunWithRows;
    }

    /// <summary>INSERT, of nothing but values.</summary>
    public static StatementDisposition Insert(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
    {
        if (shape is not { Depth: 1 or 0, IsCut: false } || !IsOfRows(tokens))
            throw Refuse(line, tokens, "holds more than the values of rows");
        RequireNoCatalog(tokens, 2, line);
        return StatementDisposition.Run;
    }

    // INSERT INTO name [(columns)] [OVERRIDING SYSTEM VALUE] {DEFAULT VALUES | VALUES (...), ...} [ON CONFLICT DO NOTHING]
    private static bool IsOfRows(IReadOnlyList<ScriptToken> tokens)
    {
        if (tokens.Count < 4 || !tokens[1].Is("into") || !tokens[2].IsName) return false;
        var at = 3;
        if (Skip(".")) at++;
        Skip(")");
        Skip("overriding", "system", "value");
        Skip("default");
        if (!Skip("values")) return false;
        while (Skip(")") || Skip(","))
        {
            // The loop body is empty: Skip moves from row to row.
        }

        Skip("on", "conflict", "do", "nothing");
        return at == tokens.Count;

        bool Skip(params string[] words)
        {
            for (var i = 0; i < words.Length; i++)
                if (at + i >= tokens.Count || tokens[at + i] is not { Kind: Word or Symbol } token || token.Text != words[i]) return false;
            at += words.Length;
            return true;
        }
    }

    // Some of its tables are those of the whole server, and a superuser may write into them.
    private static void RequireNoCatalog(IReadOnlyList<ScriptToken> tokens, int at, long line)
    {
        if (IsOfServer(tokens[at].Text)) throw Refuse(line, tokens, "writes into the server's own catalog");
    }
}
