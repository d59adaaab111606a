using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.StatementWords;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The rules for statements that change the session: its settings, its role, and the dump's own transaction.</summary>
/// <param name="purpose">The options of restoring the dump.</param>
internal sealed class SessionRules(ScriptPurpose purpose)
{
    private static readonly HashSet<string> UnsafeEncodings =
        ["big5", "gb18030", "gbk", "johab", "sjis", "shiftjis2004", "uhc", "shiftjis", "mskanji", "win932", "windows932", "win936",
        "windows936", "win949", "windows949", "win950", "windows950"];

    /// <summary>True between BEGIN and COMMIT of the dump.</summary>
    public bool InOwnTransaction { get; private set; }

    /// <summary>True where privileges are being given in the name of another role.</summary>
    public bool HasOtherSessionUser { get; private set; }

    /// <summary>The encoding that the dump says it is in, or null.</summary>
    public string? Encoding { get; private set; }

    /// <summary>True where the dump says that a backslash escapes in ordinary strings.</summary>
    public bool BackslashEscapes { get; private set; }

    /// <summary>SET.</summary>
    public StatementDisposition Set(IReadOnlyList<ScriptToken> tokens, long line)
    {
        if (tokens is [_, { Text: "session" }, { Text: "authorization" }, { IsName: true } role] && !role.Is("default"))
        {
            HasOtherSessionUser = true;
            return purpose.NoOwner ? StatementDisposition.LeaveOut : StatementDisposition.Run;
        }

        if (tokens is not [_, { Kind: Word, Text: var name }, { Text: "=" or "to" }, var value, ..] || !Settings.Contains(name))
            throw Refuse(line, tokens, "changes the session in a way that no dump does");
        // standard_conforming_strings and client_encoding decide how the text after them is read, so they are accepted only as pg_dump
        // writes them.
        if (name == "standard_conforming_strings")
        {
            if (tokens.Count != 4 || value.Kind is not (Word or Literal) || value.Text is not ("on" or "off"))
                throw Refuse(line, tokens, "changes the session in a way that no dump does");
            BackslashEscapes = value.Text == "off";
        }
        else if (name == "client_encoding")
        {
            if (tokens.Count != 4 || value.Kind is not (Word or Literal)
                || !value.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
                throw Refuse(line, tokens, "changes the session in a way that no dump does");
            Encoding = value.Text;
            if (UnsafeEncodings.Contains(DumpEncoding.Plain(value.Text)))
                throw new ScriptRefusal(line,
                    $"the dump is in {value.Text}, an encoding in which a part of a letter can look like a quote");
        }

        if (name == "default_tablespace" && purpose.NoTablespaces) return StatementDisposition.LeaveOut;
        // pg_dump writes for the newest server only.
        return name == "transaction_timeout" && purpose.ServerMajor < 17 ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>RESET.</summary>
    public StatementDisposition Reset(IReadOnlyList<ScriptToken> tokens, long line)
    {
        if (tokens is not [_, { Text: "session" }, { Text: "authorization" }])
            throw Refuse(line, tokens, "changes the session in a way that no dump does");
        HasOtherSessionUser = false;
        return purpose.NoOwner ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    /// <summary>BEGIN and COMMIT.</summary>
    public StatementDisposition Transaction(IReadOnlyList<ScriptToken> tokens, long line)
    {
        if (tokens.Count != 1 || InOwnTransaction == tokens[0].Is("begin"))
            throw Refuse(line, tokens, "controls a transaction in a way that no dump does");
        InOwnTransaction = !InOwnTransaction;
        return purpose.InTransaction ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }
}
