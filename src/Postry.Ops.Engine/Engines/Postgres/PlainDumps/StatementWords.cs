namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The words of the statements that pg_dump writes, and the refusal of all others.</summary>
internal static class StatementWords
{
    /// <summary>The settings that a dump makes for its session.</summary>
    public static readonly HashSet<string> Settings =
    [
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout", "client_encoding",
        "standard_conforming_strings", "check_function_bodies", "xmloption", "client_min_messages", "row_security", "default_tablespace",
        "default_table_access_method", "default_with_oids", "search_path", "escape_string_warning",
    ];

    /// <summary>The functions that a dump calls.</summary>
    public static readonly HashSet<string> Functions =
    [
        "set_config", "setval", "lo_create", "lo_open", "lowrite", "lo_close", "lo_put",
    ];

    /// <summary>The functions that a dump calls as tables (pg_dump --statistics).</summary>
    public static readonly HashSet<string> Statistics =
        ["pg_restore_relation_stats", "pg_restore_attribute_stats", "pg_restore_extended_stats"];

    /// <summary>The kinds of objects that a dump defines.</summary>
    public static readonly HashSet<string> Kinds =
    [
        "access", "aggregate", "cast", "collation", "conversion", "default", "domain", "event", "extension", "foreign", "function",
        "index", "language", "large", "materialized", "operator", "policy", "procedure", "publication", "routine", "rule", "schema",
        "sequence", "server", "statistics", "table", "text", "transform", "trigger", "type", "view", "constraint", "column",
    ];

    /// <summary>The kinds of objects that are beyond a database, or whose statements can take a database away.</summary>
    public static readonly HashSet<string> Beyond = ["database", "role", "user", "group", "tablespace", "system", "parameter"];

    // The words that a message repeats; all others can be data.
    private static readonly HashSet<string> Shown =
    [
        .. Kinds, .. Beyond, .. StatementTargets.Modifiers, .. Functions, .. Statistics, .. Settings, "set", "reset", "select", "begin",
        "commit", "rollback", "abort", "end", "start", "savepoint", "prepare", "transaction", "copy", "from", "to", "program", "insert",
        "into", "update", "delete", "truncate", "with", "create", "alter", "drop", "comment", "on", "security", "grant", "revoke",
        "refresh", "session", "authorization", "local", "all", "do", "call", "execute", "listen", "notify", "load", "lock", "vacuum",
        "analyze", "explain", "discard", "cluster", "reindex", "declare", "fetch", "temporary", "temp", "subscription", "pg_catalog",
        "as", "values",
    ];

    /// <summary>The refusal of a statement that changes something beside the database.</summary>
    public static ScriptRefusal Reaches(long line, IReadOnlyList<ScriptToken> tokens) =>
        Refuse(line, tokens, "reaches beyond the database that is restored");

    /// <summary>The refusal of a statement, of which only words that cannot be data are repeated.</summary>
    public static ScriptRefusal Refuse(long line, IReadOnlyList<ScriptToken> tokens, string why)
    {
        var words = string.Join(' ', tokens.TakeWhile(token => token.Kind == TokenKind.Word && Shown.Contains(token.Text)).Take(4));
        return new ScriptRefusal(line, $"{(words.Length == 0 ? "a statement" : words.ToUpperInvariant())} {why}");
    }

    /// <summary>True for a schema of the server's own catalog.</summary>
    public static bool IsOfServer(string? name) => name is not null
        && (name.StartsWith("pg_", StringComparison.Ordinal) || name == "information_schema");
}
