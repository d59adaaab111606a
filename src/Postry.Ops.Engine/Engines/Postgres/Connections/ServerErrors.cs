using Npgsql;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Makes an error of the engine.</summary>
internal delegate OpsException MakeError(string target, string problem, string hint, Exception? inner);

/// <summary>The one table from a server's error code (SQLSTATE) to the engine's error and the next step, for sessions of the engine and for
/// client programs.</summary>
internal static class ServerErrors
{
    private const string Again = ", then run the command again.";

    private static readonly MakeError Busy = (target, problem, hint, e) => new DatabaseBusyException(target, problem, hint, e);
    private static readonly MakeError Denied = (target, problem, hint, e) => new AccessDeniedException(target, problem, hint, e);
    private static readonly MakeError Login = (target, problem, hint, e) => new AuthenticationFailedException(target, problem, hint, e);
    private static readonly MakeError Unreachable = (target, problem, hint, e) =>
        new DatabaseUnreachableException(target, problem, hint, e);
    private static readonly MakeError Pooler = (target, problem, hint, e) => new PoolerNotSupportedException(target, problem, hint, e);
    private static readonly MakeError Missing = (target, problem, hint, e) => new SourceNotFoundException(target, problem, hint, e);
    private static readonly MakeError Space = (target, problem, hint, e) => new NotEnoughSpaceException(target, problem, hint, e);
    private static readonly MakeError Limit = (target, problem, hint, e) => new ServerLimitException(target, problem, hint, e);
    private static readonly MakeError Damaged = (target, problem, hint, e) => new DatabaseDamagedException(target, problem, hint, e);
    private static readonly MakeError Other = (target, problem, hint, e) => new ServerErrorException(target, problem, hint, e);

    // The first line that fits is used: the code has this beginning, and the text, if one is given, contains it. A line without an error
    // leaves the caller's error.
    private static readonly (string Code, string? Says, MakeError? Error, string Hint)[] Table =
    [
        ("08", "startup parameter", Pooler,
            "A connection pooler does not pass on the settings that a session needs: use the direct address of the server."),
        ("08", null, Unreachable, "Check that the server runs and can be reached from here" + Again),
        ("0A", "extension", null, "Install the extension's package on the server (of its major version)" + Again),
        ("0A", null, null,
            "This server does not support the statement. Use a server of the version that the backup came from, PostgreSQL itself and not "
            + "a compatible product, and the primary instead of a standby."),
        ("22021", null, null,
            "Some bytes are not valid text in the encoding. Restore a backup of a SQL_ASCII database into a SQL_ASCII database. If " +
            "the name "
            + "of a role or tablespace holds such bytes, connect to a SQL_ASCII database and create it there, or give it another name "
            + "(in psql: SET client_encoding = SQL_ASCII; ALTER ROLE ... RENAME TO ...)."),
        ("22P05", null, null,
            "A character does not exist in the other encoding: use a database of encoding UTF8 (or of the backup's own "
            + "encoding)."),
        ("22023", "parameter", null,
            "Correct that value where it is set: options=... in the address, PGOPTIONS, or ALTER ROLE ... SET and ALTER DATABASE "
            + "... SET on the server."),
        ("22", null, null,
            "A value does not have the type or range of its column or function; the details name it. Correct it in the source "
            + "database" + Again),
        ("23", null, null,
            "Rows break the constraint that the message names. Correct them in the source database, then take a new backup."),
        ("25006", null, Denied,
            "The server is a standby, or the database is read-only: use the primary, or reset "
            + "default_transaction_read_only."),
        ("25P03", null, Unreachable,
            "The server ends sessions that wait within a transaction: raise idle_in_transaction_session_timeout for this role" + Again),
        ("25P04", null, Unreachable, "The server ends long transactions: raise transaction_timeout for this role" + Again),
        ("25", null, null,
            "The transaction ended too early; the server's log of this minute says why. Run the command again."),
        ("26", null, Pooler,
            "A pooler in transaction mode spreads one session over several sessions of the server: use the direct address of the server."),
        ("28000", "no encryption", Login,
            "The server may accept only encrypted connections: add sslmode=require (or verify-full) to the address. If that does not help, "
            + "ask the administrator to allow this host, role and database in pg_hba.conf."),
        ("28000", "SSL off", Login,
            "The server may accept only encrypted connections: add sslmode=require (or verify-full) to the address. If that does not help, "
            + "ask the administrator to allow this host, role and database in pg_hba.conf."),
        ("28000", "pg_hba.conf", Login, "Ask the administrator to allow this host, role and database in pg_hba.conf."),
        ("28000", "does not exist", Login,
            $"Name a role that exists (the user in the address, PGUSER or {OptionName.Credential}), or create this one: CREATE ROLE ... " +
                "LOGIN."),
        ("28000", "not permitted to log in", Login,
            "Use a role that may log in, or ask an administrator to allow it: ALTER ROLE ... LOGIN."),
        ("28", null, Login, $"Check role and password (DATABASE_URL, PGPASSWORD, ~/.pgpass or {OptionName.Credential}), and sslmode."),
        ("3D000", null, Missing, "Check the database's name (and the role) in the address."),
        ("40001", "recovery", Busy, "Use the primary, or raise max_standby_streaming_delay or set hot_standby_feedback on the standby."),
        ("40", null, Busy, "Wait until the other session has finished" + Again),
        ("42501", "row-level security", Denied,
            "Row-level security hides rows from this role: use the owner of the tables (without FORCE ROW LEVEL SECURITY), a "
            + "superuser, or a role with BYPASSRLS."),
        ("42501", null, Denied, "Use a role that has the privilege, or ask the owner or an administrator to grant it."),
        ("42704", "configuration parameter", null,
            "This server does not know that parameter: remove it from options=... in the address and from PGOPTIONS. If a client "
            + "program has set it, use programs of the server's version (POSTRY_PG_BIN)."),
        ("42704", "role ", null, $"Create that role on the server, or restore without owners and privileges ({OptionName.NoOwner})."),
        ("42704", "type ", null,
            "The type does not exist when it is needed. If it belongs to an extension, create that extension in the target first; "
            + "otherwise its schema is not in the search_path."),
        ("42830", null, null,
            "Rows or keys do not match the foreign key that the message names. Correct them in the source database, "
            + "then take a new backup."),
        ("42710", null, null, "An object of that name already exists: remove or rename it in the target" + Again),
        ("42P06", null, null, "A schema of that name already exists: remove or rename it in the target" + Again),
        ("42P07", null, null, "An object of that name already exists: remove or rename it in the target" + Again),
        ("42P01", null, null,
            "The table does not exist: it was dropped or renamed meanwhile, or its schema is not in the search_path. Run the "
            + "command again. If the error comes again, set the schema in the object that the message names (ALTER FUNCTION ... "
            + "SET search_path)."),
        ("42883", null, null,
            "The function does not exist with these arguments, or its schema is not in the search_path. Set the schema in the object "
            + "that the message names (ALTER FUNCTION ... SET search_path), or create the extension of the function first."),
        ("42704", null, null,
            "The object that the message names does not exist: create it (an extension, type, collation or role) in the target first, or "
            + "add its schema to the search_path."),
        ("42", null, null,
            "The server does not accept the statement: it may be of another version, or a product other than PostgreSQL. Use client "
            + "programs of its version (POSTRY_PG_BIN); the server's log holds the whole statement."),
        ("3F", null, null,
            "The schema does not exist: it was dropped or renamed meanwhile, or its name in options=... of the address is wrong. "
            + "Correct the address, or run the command again."),
        ("2BP01", null, null, "Other objects depend on it: drop or move those that the details name" + Again),
        ("53100", null, Space, "Free space on the server's disk" + Again),
        ("53200", "max_locks_per_transaction", Limit,
            "The server's table of locks is full: raise max_locks_per_transaction in postgresql.conf (the default is 64; "
            + "tables x 2 / max_connections is enough), restart the server" + Again),
        ("53200", null, Limit,
            "The server has no memory left: lower work_mem and maintenance_work_mem, use fewer jobs, or give the server more "
            + "memory" + Again),
        ("53300", null, Busy,
            "Close connections that are not needed, use fewer jobs, or raise the limit (max_connections, or CONNECTION LIMIT of "
            + "the role or the database)" + Again),
        ("53400", "temp_file_limit", Limit,
            "Raise temp_file_limit for this role (an administrator: ALTER ROLE ... SET temp_file_limit = -1)" + Again),
        ("53400", null, Limit, "Raise the limit that the message names on the server" + Again),
        ("53", null, Limit, "The server has too little memory, disk space or another resource: its log of this minute says which" + Again),
        ("54001", null, Limit, "Raise max_stack_depth on the server (and the stack that its system allows, ulimit -s)" + Again),
        ("54", null, Limit,
            "Something is larger than a limit of the server; the message names it. Make a value of more than 1 GB (as text) smaller in its "
            + $"table, or leave the data of its table out with {OptionName.ExcludeTableData}."),
        ("55000", "accepting connections", Unreachable,
            "The database is closed to connections (ALTER DATABASE ... ALLOW_CONNECTIONS false), as previous copies are."),
        ("55P02", null, null,
            "That parameter can be set only when the server starts, or only by a superuser: remove it from options=... in the address "
            + "and from PGOPTIONS" + Again),
        ("55P03", null, Busy, "Wait until the other session has finished" + Again),
        ("55006", null, Busy, "Wait until the other session has finished" + Again),
        ("55", null, null,
            "The object that the message names is not in the necessary state. Change its state (REFRESH MATERIALIZED VIEW, ALTER "
            + "... ENABLE, or what the details say)" + Again),
        ("57014", null, Busy,
            "A time limit (statement_timeout) or an operator (pg_cancel_backend) ended the statement: raise the limit for this role"
            + Again),
        ("57P03", null, Unreachable, "The server is starting, stopping or recovering: wait until it accepts connections" + Again),
        ("57", null, Unreachable, "The server ended the session: check that it runs" + Again),
        ("58P01", null, null,
            "A file of the server is missing. If it is a library (session_preload_libraries, local_preload_libraries, an "
            + "extension), install its package on the server, or remove it from the setting (ALTER ROLE ... RESET, ALTER DATABASE "
            + "... RESET)."),
        ("58", null, Unreachable,
            "The operating system of the server refused access to a file or device: the server's log of this minute names it. Check "
            + "the disk" + Again),
        ("F0", null, null, "The server's configuration cannot be read: correct the file that the message names" + Again),
        ("HV", null, null, "A foreign data wrapper failed: check the foreign server and the user mapping that the message names."),
        ("P0", null, null,
            "A function, trigger or rule of the database raised this error (the context names it): correct the cause that it reports, "
            + "or the function" + Again),
        ("XX001", null, Damaged,
            "Rows on the server's disk are damaged. Keep a copy of its data folder, check it with pg_amcheck, and restore the newest "
            + "good backup."),
        ("XX002", null, Damaged,
            "An index on the server's disk is damaged: REINDEX it, check the whole database with pg_amcheck" + Again),
        ("XX", null, null,
            "The server or an extension has an internal error; the server's log of this minute says more. Update the server to the "
            + "newest minor release, and check the database with pg_amcheck."),
        ("", null, null,
            "The server's log of this minute says more; PostgreSQL's documentation explains the code (Appendix A, error codes)."),
    ];

    /// <summary>Returns the engine's error for an error of the server in a session.</summary>
    /// <param name="e">The server's error.</param>
    /// <param name="target">The name of the target, which the error carries.</param>
    /// <param name="clean">Removes the secrets from a text.</param>
    public static OpsException Explain(PostgresException e, string target, Func<string, string> clean)
    {
        var text = clean(e.MessageText);
        var more = new[] { ("DETAIL", e.Detail), ("HINT", e.Hint), ("CONTEXT", e.Where) }
            .Where(part => !string.IsNullOrWhiteSpace(part.Item2))
                .Select(part => $" | {part.Item1}: {clean(part.Item2!.ReplaceLineEndings(" "))}");
        var details = text + string.Concat(more);
        return Explain(e.SqlState, details, target, $"{target}: {details} (SQLSTATE {e.SqlState}).", e, Other);
    }

    /// <summary>Returns the engine's error for an error code of the server.</summary>
    /// <param name="code">SQLSTATE.</param>
    /// <param name="text">The server's message.</param>
    /// <param name="target">The name of the target, which the error carries.</param>
    /// <param name="problem">The error's text.</param>
    /// <param name="cause">The exception behind the error, or null.</param>
    /// <param name="otherwise">Creates the error for a code without one of its own.</param>
    public static OpsException Explain(
        string code, string text, string target, string problem, Exception? cause, MakeError otherwise)
    {
        var (_, _, error, hint) = Table.First(row =>
            code.StartsWith(row.Code, StringComparison.Ordinal) && (row.Says is null || text.Contains(row.Says, StringComparison.Ordinal)));
        return (error ?? otherwise)(target, problem, hint, cause);
    }
}
