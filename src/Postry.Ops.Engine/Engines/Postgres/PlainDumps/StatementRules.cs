using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The ways to treat a statement of a dump.</summary>
internal enum StatementDisposition
{
    /// <summary>The statement is run.</summary>
    Run,

    /// <summary>The statement is left out, because this kind of restore does not change the object that it is about.</summary>
    LeaveOut,

    /// <summary>The statement is run, and the rows of a table follow.</summary>
    RunWithRows,
}

/// <summary>The options of restoring a dump.</summary>
/// <param name="InTransaction">True if the dump runs within a transaction of the caller's, and objects that the dump expects to be absent
/// have been moved away.</param>
/// <param name="NoOwner">True to leave owners and privileges out.</param>
/// <param name="ServerMajor">Major version of the server that runs the dump.</param>
/// <param name="Schemas">The only schemas that the dump may change; null for all.</param>
/// <param name="NoTablespaces">True to leave tablespaces out.</param>
/// <param name="SearchPath">The search_path to use instead of the empty one that a dump sets; null to use the dump's.</param>
internal sealed record ScriptPurpose(
    bool InTransaction = false, bool NoOwner = false, int ServerMajor = int.MaxValue, IReadOnlySet<string>? Schemas = null,
    bool NoTablespaces = false,
    string? SearchPath = null);

/// <summary>
/// The statements that pg_dump writes. Only these are let through, and only if they do not reach beyond the database that they run in. A
/// statement is refused by name if the operator would want to know the reason.
/// </summary>
internal sealed class StatementRules(ScriptPurpose purpose)
{
    private static readonly HashSet<string> Settings =
    [
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout", "client_encoding",
        "standard_conforming_strings",
        "check_function_bodies", "xmloption", "client_min_messages", "row_security", "default_tablespace", "default_table_access_method",
        "default_with_oids",
        "search_path", "escape_string_warning",
    ];

    private const string DropOfLargeObject =
        "select pg_catalog . lo_unlink ) from pg_catalog . pg_largeobject_metadata where oid = Literal";

    private static readonly HashSet<string> Functions =
    [
        "set_config", "setval", "lo_create", "lo_open", "lowrite", "lo_close", "lo_put",
    ];

    // pg_dump calls these as tables (--statistics).
    private static readonly HashSet<string> Statistics =
        ["pg_restore_relation_stats", "pg_restore_attribute_stats", "pg_restore_extended_stats"];

    private static readonly HashSet<string> Kinds =
    [
        "access", "aggregate", "cast", "collation", "conversion", "default", "domain", "event", "extension", "foreign", "function", "index",
        "language", "large",
        "materialized", "operator", "policy", "procedure", "publication", "routine", "rule", "schema", "sequence", "server", "statistics",
        "table", "text",
        "transform", "trigger", "type", "view", "constraint", "column",
    ];

    // Beyond a database, or able to take one away.
    private static readonly HashSet<string> Beyond = ["database", "role", "user", "group", "tablespace", "system", "parameter"];

    // The words that a message repeats; all others can be data.
    private static readonly HashSet<string> Shown =
    [
        .. Kinds, .. Beyond, .. StatementTargets.Modifiers, .. Functions, .. Statistics, .. Settings,
        "set", "reset", "select", "begin", "commit",
        "rollback", "abort", "end", "start", "savepoint", "prepare", "transaction", "copy", "from", "to", "program",
        "insert", "into", "update", "delete", "truncate", "with", "create", "alter", "drop", "comment", "on", "security", "grant", "revoke",
        "refresh", "session", "authorization", "local", "all", "do", "call", "execute",
        "listen", "notify", "load", "lock", "vacuum", "analyze", "explain", "discard", "cluster", "reindex", "declare", "fetch",
        "temporary", "temp", "subscription", "pg_catalog", "as", "values",
    ];

    private static readonly HashSet<string> UnsafeEncodings =
        ["big5", "gb18030", "gbk", "johab", "sjis", "shiftjis2004", "uhc", "shiftjis", "mskanji", "win932", "windows932", "win936",
        "windows936", "win949", "windows949", "win950", "windows950"];

    private static string Stays => $"and that would stay changed ({OptionName.Strategy} Swap leaves it alone)";

    private readonly Dictionary<(string? Schema, bool IsPrivilege), StatementTarget> _targets = [];

    /// <summary>True between BEGIN and COMMIT of the dump.</summary>
    public bool InOwnTransaction { get; private set; }

    /// <summary>True where privileges are being given in the name of another role.</summary>
    public bool HasOtherSessionUser { get; private set; }

    /// <summary>The encoding that the dump says it is in, or null.</summary>
    public string? Encoding { get; private set; }

    /// <summary>True where the dump says that a backslash escapes in ordinary strings.</summary>
    public bool BackslashEscapes { get; private set; }

    /// <summary>
    /// The objects that the statements so far create or change, the first of each schema; filled only if the purpose allows all schemas.
    /// </summary>
    public IReadOnlyCollection<StatementTarget> Targets => _targets.Values;

    /// <summary>Classifies one statement, its semicolon left out. Errors: ScriptRefusal.</summary>
    public StatementDisposition Classify(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
    {
        if (tokens.Count == 0 || tokens[0].Kind != Word) throw Refuse(line, tokens, "is not a statement of pg_dump");
        if (HasOtherSessionUser && tokens[0].Text is not ("grant" or "revoke" or "reset"))
            throw Refuse(line, tokens, "does not stand after SET SESSION AUTHORIZATION in a dump");
        var disposition = tokens[0].Text switch
        {
            "set" => Set(tokens, line),
            "reset" => Reset(tokens, line),
            "select" => Select(tokens, shape, line),
            "begin" or "commit" => Transaction(tokens, line),
            "copy" => Copy(tokens, line),
            "insert" => Insert(tokens, shape, line),
            "create" => Define(tokens, line),
            "alter" => Alter(tokens, line),
            "drop" => Drop(tokens, line),
            "comment" or "security" => ClassifyComment(tokens, line),
            "grant" or "revoke" => Privilege(tokens, line),
            "refresh" when tokens.Count > 2 && tokens[1].Is("materialized") => StatementDisposition.Run,
            _ => throw Refuse(line, tokens, "is not written by pg_dump"),
        };
        return disposition == StatementDisposition.LeaveOut ? disposition : Within(tokens, shape, disposition, line);
    }

    // No copy is kept of objects outside of the purpose's schemas, so no undo would bring them back.
    private StatementDisposition Within(IReadOnlyList<ScriptToken> tokens, StatementShape shape,
        StatementDisposition disposition, long line)
    {
        var (isRead, isGrant) = (tokens[0].Is("set"), tokens[0].Text is "grant" or "revoke");
        var isPrivilege = isGrant || tokens is [{ Text: "alter" }, { Text: "default" }, ..] || IsOwner(tokens);
        var ofServer = false;
        foreach (var schema in StatementTargets.Schemas(tokens, shape))
        {
            if (schema == "pg_catalog" && (isRead || isGrant)) ofServer = true;
            // No backup holds any of the server's own catalog, so no undo would bring it back.
            else if (IsOfServer(schema)) throw Refuse(line, tokens, "changes the server's own catalog");
            else if (purpose.Schemas is null) _targets.TryAdd((schema, isPrivilege), new StatementTarget(schema, line, isPrivilege));
            else if (schema is null) throw Refuse(line, tokens, $"changes what is in no schema, {Stays}");
            else if (!purpose.Schemas.Contains(schema))
                throw Refuse(line, tokens, $"changes what is in a schema that the dump does not hold, {Stays}");
        }

        return ofServer && isGrant && purpose.Schemas is not null ? StatementDisposition.LeaveOut : disposition;
    }

    private static bool IsOwner(IReadOnlyList<ScriptToken> tokens) =>
        tokens is [{ Text: "alter" }, .., { Kind: Word, Text: "owner" }, { Kind: Word, Text: "to" }, _];

    private StatementDisposition Set(IReadOnlyList<ScriptToken> tokens, long line)
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

    private StatementDisposition Reset(IReadOnlyList<ScriptToken> tokens, long line)
    {
        if (tokens is not [_, { Text: "session" }, { Text: "authorization" }])
            throw Refuse(line, tokens, "changes the session in a way that no dump does");
        HasOtherSessionUser = false;
        return purpose.NoOwner ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    private StatementDisposition Select(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
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

    private StatementDisposition Transaction(IReadOnlyList<ScriptToken> tokens, long line)
    {
        if (tokens.Count != 1 || InOwnTransaction == tokens[0].Is("begin"))
            throw Refuse(line, tokens, "controls a transaction in a way that no dump does");
        InOwnTransaction = !InOwnTransaction;
        return purpose.InTransaction ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    private static StatementDisposition Copy(IReadOnlyList<ScriptToken> tokens, long line)
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

    // Some of its tables are those of the whole server, and a superuser may write into them.
    private static void RequireNoCatalog(IReadOnlyList<ScriptToken> tokens, int at, long line)
    {
        if (IsOfServer(tokens[at].Text)) throw Refuse(line, tokens, "writes into the server's own catalog");
    }

    private static bool IsOfServer(string? name) => name is not null
        && (name.StartsWith("pg_", StringComparison.Ordinal) || name == "information_schema");

    private static StatementDisposition Insert(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
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

    private StatementDisposition Define(IReadOnlyList<ScriptToken> tokens, long line)
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

    private StatementDisposition Alter(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var kind = Kind(tokens, line);
        if (kind == "subscription") return StatementDisposition.LeaveOut;
        if (kind == "extension") throw Refuse(line, tokens, "is not written by pg_dump");
        if (Enumerable.Range(2, Math.Max(0, tokens.Count - 3)).Any(i => tokens[i].Is("all") && tokens[i + 1].Is("in") && i <= 3))
            throw Refuse(line, tokens, "changes what the dump does not name");
        if (!purpose.NoOwner) return StatementDisposition.Run;
        return kind == "default" || IsOwner(tokens) ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    private StatementDisposition Drop(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var kind = Kind(tokens, line);
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("if"));
        if (at == 0 || at + 1 == tokens.Count || !tokens[at + 1].Is("exists"))
            throw Refuse(line, tokens,
                "expects objects that an empty database does not have (the dump was made with --clean, and without --if-exists)");
        // Into an empty database there is nothing to drop; in a live one what is to go has gone.
        return purpose.InTransaction || kind == "subscription" ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

    private StatementDisposition ClassifyComment(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("on"));
        if (at == 0 || at + 1 >= tokens.Count) throw Refuse(line, tokens, "is not written by pg_dump");
        var kind = tokens[at + 1].Text;
        if (kind is "database" or "subscription" || (kind == "extension" && purpose.InTransaction)) return StatementDisposition.LeaveOut;
        return Beyond.Contains(kind) ? throw Reaches(line, tokens) : StatementDisposition.Run;
    }

    private StatementDisposition Privilege(IReadOnlyList<ScriptToken> tokens, long line)
    {
        var at = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i].Is("on"));
        if (at == 0 || at + 1 >= tokens.Count || Beyond.Contains(tokens[at + 1].Text) && tokens[at + 1].Kind == Word)
            throw Reaches(line, tokens);
        return purpose.NoOwner ? StatementDisposition.LeaveOut : StatementDisposition.Run;
    }

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

    private static ScriptRefusal Reaches(long line, IReadOnlyList<ScriptToken> tokens) =>
        Refuse(line, tokens, "reaches beyond the database that is restored");

    private static ScriptRefusal Refuse(long line, IReadOnlyList<ScriptToken> tokens, string why)
    {
        var words = string.Join(' ', tokens.TakeWhile(token => token.Kind == Word && Shown.Contains(token.Text)).Take(4));
        return new ScriptRefusal(line, $"{(words.Length == 0 ? "a statement" : words.ToUpperInvariant())} {why}");
    }
}
