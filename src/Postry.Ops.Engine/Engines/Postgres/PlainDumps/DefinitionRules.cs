using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.StatementWords;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The rules for statements that define objects, describe them, and grant privileges on them.</summary>
/// <param name="purpose">The options of restoring the dump.</param>
internal sealed class DefinitionRules(ScriptPurpose purpose)
{
    /// <summary>CREATE.</summary>
    public StatementDisposition Define(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var kind = Kind(tokens, line);
        if (kind == "table" && tokens.Any(token => token.Is("as"))) throw Refuse(line, tokens, "is filled by a query");
        if (kind == "materialized" && tokens is not [.., { Kind: Word, Text: "with" }, { Kind: Word, Text: "no" },
            { Kind: Word, Text: "data" }])
            throw Refuse(line, tokens, "is filled where it is made");
        // No rule would look at further parts of the statement.
        if (kind == "schema" && tokens is not ([_, _, { IsName: true }]
            or [_, _, { IsName: true }, { Text: "authorization" }, { IsName: true }]))
            throw Refuse(line, tokens, "makes more than a schema");
        if (purpose.InTransaction && tokens is [_, { Text: "schema" }, { Text: "public" }]) return StatementDisposition.LeaveOut;
        return kind == "subscription" ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>ALTER.</summary>
    public StatementDisposition Alter(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var kind = Kind(tokens, line);
        if (kind == "subscription") return StatementDisposition.LeaveOut;
        if (kind == "extension") throw Refuse(line, tokens, "is not written by pg_dump");
        if (Enumerable.Range(2, Math.Max(0, tokens.Count - 3)).Any(i => tokens[i].Is("all") && tokens[i + 1].Is("in") && i <= 3))
            throw Refuse(line, tokens, "changes what the dump does not name");
        if (!purpose.NoOwner) return StatementDisposition.Run;
        return kind == "default" || IsOwner(tokens) ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>DROP.</summary>
    public StatementDisposition Drop(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var kind = Kind(tokens, line);
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("if"));
        if (at == 0 || at + 1 == tokens.Count || !tokens[at + 1].Is("exists"))
            throw Refuse(line, tokens,
                "expects objects that an empty database does not have (the dump was made with --clean, and without --if-exists)");
        // Into an empty database there is nothing to drop; in a live one what is to go has gone.
        return purpose.InTransaction || kind == "subscription" ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>COMMENT and SECURITY LABEL.</summary>
    public StatementDisposition Comment(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("on"));
        if (at == 0 || at + 1 >= tokens.Count) throw Refuse(line, tokens, "is not written by pg_dump");
        var kind = tokens[at + 1].Text;
        if (kind is "database" or "subscription" || (kind == "extension" && purpose.InTransaction)) return StatementDisposition.LeaveOut;
        return Beyond.Contains(kind) ? throw Reaches(line, tokens) : StatementDisposition.Run;
    }

    /// <summary>GRANT and REVOKE.</summary>
    public StatementDisposition Privilege(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("on"));
        if (at == 0 || at + 1 >= tokens.Count || Beyond.Contains(tokens[at + 1].Text) && tokens[at + 1].Kind == Word)
            throw Reaches(line, tokens);
        return purpose.NoOwner ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>True for a statement that gives an object to an owner.</summary>
    public static bool IsOwner(IReadOnlyList<ScriptToken> tokens) =>
        tokens is [{ Text: "alter" }, .., { Kind: Word, Text: "owner" }, { Kind: Word, Text: "to" }, _];

    private static string Kind(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var at = 1;
        while (at < tokens.Count && tokens[at].Kind == Word && StatementTargets.Modifiers.Contains(tokens[at].Text)) at++;
        if (at >= tokens.Count || tokens[at].Kind != Word) throw Refuse(line, tokens, "is not written by pg_dump");
        var kind = tokens[at].Text;
        if (kind == "user" && at + 1 < tokens.Count && tokens[at + 1].Is("mapping")) return kind;
        if (Beyond.Contains(kind)) throw Reaches(line, tokens);
        return Kinds.Contains(kind) || kind == "subscription" ? kind : throw Refuse(line, tokens, "is not written by pg_dump");
    }
}
