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

    private static readonly MakeError Busy = (target, problem, hint, e) =>
        new DatabaseBusyException(target, problem, hint, e);
    private static readonly MakeError Denied = (target, problem, hint, e) =>
        new AccessDeniedException(target, problem, hint, e);
    private static readonly MakeError Login = (target, problem, hint, e) =>
        new AuthenticationFailedException(target, problem, hint, e);
    private static readonly MakeError Unreachable = (target, problem, hint, e) =>
        new DatabaseUnreachableException(target, problem, hint, e);
    private static readonly MakeError Pooler = (target, problem, hint, e) =>
        new PoolerNotSupportedException(target, problem, hint, e);
    private static readonly MakeError Missing = (target, problem, hint, e) =>
        new SourceNotFoundException(target, problem, hint, e);
    private static readonly MakeError Space = (target, problem, hint, e) =>
        new NotEnoughSpaceException(target, problem, hint, e);
    private static readonly MakeError Limit = (target, problem, hint, e) =>
        new ServerLimitException(target, problem, hint, e);
    private static readonly MakeError Damaged = (target, problem, hint, e) =>
        new DatabaseDamagedException(target, problem, hint, e);
    private static readonly MakeError Other = (target, problem, hint, e) =>
        new ServerErrorException(target, problem, hint, e);

    // The first line that fits is used: the code has this beginning, and the text, if one is given, contains it. A line without an error
    // leaves the caller's error.
    private static readonly (string Code, string? Says, MakeError? Error, string Hint)[] Table =
    [
        ("08", "startup parameter", Pooler,
            "A pooler stands before the server and does not pass on what a session needs: use the server's direct address."),
        ("08", null, Unreachable, "Check that the server runs and can be reached from here" + Again),
        ("0A", "extension", null, "Install the extension's package on the server (of its major version)" + Again),
        ("0A", null, null,
            "This server does not have what is asked of it: use one of the version and kind (PostgreSQL itself, not a "
            + "look-alike) that the backup came from, or the primary instead of a standby."),
        ("22021", null, null,
            "Bytes were met that are no text in the encoding. A backup of a database of encoding SQL_ASCII goes into a database of that "
            + "encoding. A role or tablespace whose name holds such bytes is made from within a database of encoding SQL_ASCII, or named "
            + "anew there (in psql: SET client_encoding = SQL_ASCII; ALTER ROLE ... RENAME TO ...)."),
        ("22P05", null, null,
            "A character does not exist in the other encoding: use a database of encoding UTF8 (or of the backup's own "
            + "encoding)."),
        ("22023", "parameter", null,
            "Mend that value where it is set: options=... in the address, PGOPTIONS, or ALTER ROLE ... SET and ALTER DATABASE "
            + "... SET on the server."),
        ("22", null, null,
            "A value cannot be read as what its column or function wants; the details name it. Mend it in the database that it "
            + "comes from" + Again),
        ("23", null, null,
            "Rows break the rule that the message names. Mend them in the database that they come from, then take a new backup."),
        ("25006", null, Denied,
            "The server is a standby or the database was set to read-only: use the primary, or lift "
            + "default_transaction_read_only."),
        ("25P03", null, Unreachable,
            "The server ends sessions that wait within a transaction: raise idle_in_transaction_session_timeout for this role" + Again),
        ("25P04", null, Unreachable, "The server ends long transactions: raise transaction_timeout for this role" + Again),
        ("25", null, null,
            "The transaction ended before its work was done; the server's log of this minute says why. Run the command again."),
        ("26", null, Pooler,
            "Something between here and the server mixes sessions (a transaction pooler): use the server's direct address."),
        ("28000", "no encryption", Login,
            "The server may take encrypted connections only: add sslmode=require (or verify-full) to the address. Else let the "
            + "administrator admit this host, role and database in pg_hba.conf."),
        ("28000", "SSL off", Login,
            "The server may take encrypted connections only: add sslmode=require (or verify-full) to the address. Else let the "
            + "administrator admit this host, role and database in pg_hba.conf."),
        ("28000", "pg_hba.conf", Login, "Let the administrator admit this host, role and database in pg_hba.conf."),
        ("28000", "does not exist", Login,
            $"Name a role that exists (the user in the address, PGUSER or {OptionName.Credential}), or make this one: CREATE ROLE ... " +
                "LOGIN."),
        ("28000", "not permitted to log in", Login, "Use a role that may log in, or let an administrator allow it: ALTER ROLE ... LOGIN."),
        ("28", null, Login, $"Check role and password (DATABASE_URL, PGPASSWORD, ~/.pgpass or {OptionName.Credential}), and sslmode."),
        ("3D000", null, Missing, "Check the database's name (and the role) in the address."),
        ("40001", "recovery", Busy, "Use the primary, or raise max_standby_streaming_delay or set hot_standby_feedback on the standby."),
        ("40", null, Busy, "Wait until the other session has finished" + Again),
        ("42501", "row-level security", Denied,
            "Row-level security hides rows from this role: use the owner of the tables (without FORCE ROW LEVEL SECURITY), a "
            + "superuser, or a role with BYPASSRLS."),
        ("42501", null, Denied, "Use a role that has the right, or let the owner or an administrator grant it."),
        ("42704", "configuration parameter", null,
            "This server does not know that parameter: take it out of options=... in the address and PGOPTIONS. Where a client "
            + "program set it, use programs of the server's version (POSTRY_PG_BIN)."),
        ("42704", "role ", null, $"Make that role on the server, or restore without owners and privileges ({OptionName.NoOwner})."),
        ("42704", "type ", null,
            "The type is not there when it is needed: where it belongs to an extension, make that extension in the target first; "
            + "else its schema is not in the search_path."),
        ("42830", null, null,
            "Rows or keys no longer fit the foreign key that the message names. Mend them in the database that they come from, "
            + "then take a new backup."),
        ("42710", null, null, "Something of that name is there already: remove or rename it in the target" + Again),
        ("42P06", null, null, "A schema of that name is there already: remove or rename it in the target" + Again),
        ("42P07", null, null, "Something of that name is there already: remove or rename it in the target" + Again),
        ("42P01", null, null,
            "The table is not there: it was dropped or renamed meanwhile, or it is in a schema outside the search_path. Run the "
            + "command again; where the error stays, the object that the message names has to say the schema (ALTER FUNCTION ... "
            + "SET search_path)."),
        ("42883", null, null,
            "The function is not there, or not with these arguments, or its schema is not in the search_path: the object that "
            + "the message names has to say the schema (ALTER FUNCTION ... SET search_path), or the extension that has it has to "
            + "be made first."),
        ("42704", null, null,
            "What the message names is not there: make it (an extension, type, collation or role) in the target first, or see "
            + "that its schema is in the search_path."),
        ("42", null, null,
            "The server does not take the statement: it may be of another version or kind than PostgreSQL's own. Use client "
            + "programs of its version (POSTRY_PG_BIN); the server's log holds the whole statement."),
        ("3F", null, null,
            "The schema is not there: it was dropped or renamed meanwhile, or options=... in the address names it wrongly. Run "
            + "the command again."),
        ("2BP01", null, null, "Other objects depend on it: drop or move those that the details name" + Again),
        ("53100", null, Space, "Free space on the server's disk" + Again),
        ("53200", "max_locks_per_transaction", Limit,
            "The server's table of locks is full: raise max_locks_per_transaction in postgresql.conf (it is 64 unless set; "
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
        ("53", null, Limit, "The server lacks memory, disk or another resource: its log of this minute says which" + Again),
        ("54001", null, Limit, "Raise max_stack_depth on the server (and the stack that its system allows, ulimit -s)" + Again),
        ("54", null, Limit,
            "Something is larger than the server can take; the message says what. A value of more than 1 GB as text has to be "
            + $"made smaller in its table, or its table left out with {OptionName.ExcludeTableData}."),
        ("55000", "accepting connections", Unreachable,
            "The database is closed to connections (ALTER DATABASE ... ALLOW_CONNECTIONS false), as kept copies are."),
        ("55P02", null, null,
            "That parameter is set when the server starts, or by a superuser only: take it out of options=... in the address and "
            + "PGOPTIONS" + Again),
        ("55P03", null, Busy, "Wait until the other session has finished" + Again),
        ("55006", null, Busy, "Wait until the other session has finished" + Again),
        ("55", null, null,
            "The object that the message names is not in a state for that; bring it into one (REFRESH MATERIALIZED VIEW, ALTER "
            + "... ENABLE, or what the details say)" + Again),
        ("57014", null, Busy,
            "A time limit (statement_timeout) or somebody (pg_cancel_backend) ended the statement: raise the limit for this role" + Again),
        ("57P03", null, Unreachable, "The server is starting, stopping or recovering: wait until it is up" + Again),
        ("57", null, Unreachable, "The server ended the session: check that it runs" + Again),
        ("58P01", null, null,
            "A file of the server is not there. Where it is a library (session_preload_libraries, local_preload_libraries, an "
            + "extension), install its package on the server, or take it out of the setting (ALTER ROLE ... RESET, ALTER DATABASE "
            + "... RESET)."),
        ("58", null, Unreachable,
            "The server's system refuses it a file or a device: its log of this minute says which; check its disk" + Again),
        ("F0", null, null, "The server's configuration cannot be read: mend the file that the message names" + Again),
        ("HV", null, null, "A foreign data wrapper failed: check the foreign server and the user mapping that the message names."),
        ("P0", null, null,
            "A function, trigger or rule of the database raised this (the context names it): mend what it complains of, or the "
            + "function" + Again),
        ("XX001", null, Damaged,
            "Rows on the server's disk are damaged. Keep a copy of its data folder, look with pg_amcheck, and restore the newest "
            + "good backup."),
        ("XX002", null, Damaged,
            "An index on the server's disk is damaged: REINDEX it, look at the whole database with pg_amcheck" + Again),
        ("XX", null, null,
            "The server met an error of its own or of an extension; its log of this minute says more. Bring the server to the "
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
        var told = text + string.Concat(more);
        return Explain(e.SqlState, told, target, $"{target}: {told} (SQLSTATE {e.SqlState}).", e, Other);
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
