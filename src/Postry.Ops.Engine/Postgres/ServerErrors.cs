using Npgsql;
using Postry.Ops.Engine.Errors;

namespace Postry.Ops.Engine.Postgres;

/// <summary>The table from a server's error code (SQLSTATE) to the engine's error.</summary>
internal static class ServerErrors
{
    /// <summary>The engine's error; null where the code says that the statement was wrong.</summary>
    /// <param name="e">What the server said.</param>
    /// <param name="operation">For the error.</param>
    /// <param name="target">For the error.</param>
    /// <param name="text">The server's text without secrets.</param>
    public static OpsException? Explain(PostgresException e, string operation, string target, string text)
    {
        var problem = $"{target}: {text}.";
        return e.SqlState switch
        {
            "28000" when text.Contains("pg_hba.conf", StringComparison.Ordinal) => new AuthenticationFailedException(operation, target, problem, text.Contains("no encryption", StringComparison.Ordinal) || text.Contains("SSL off", StringComparison.Ordinal)
                ? "The server may take encrypted connections only: add sslmode=require (or verify-full) to the address. Else let the administrator admit this host, role and database in pg_hba.conf."
                : "Let the administrator admit this host, role and database in pg_hba.conf.", e),
            ['2', '8', ..] => new AuthenticationFailedException(operation, target, problem, "Check role and password (DATABASE_URL, PGPASSWORD, ~/.pgpass or -Credential).", e),
            "42501" => new AccessDeniedException(operation, target, problem, "Use a role that has the right, or let the owner or an administrator grant it.", e),
            "3D000" => new SourceNotFoundException(operation, target, problem, "Check the database's name in the address.", e),
            "53300" => new DatabaseBusyException(operation, target, problem, "Close connections that are not needed, or raise the limit (max_connections, or CONNECTION LIMIT of the role or the database), then run the command again.", e),
            "55P03" or "55006" or "40P01" => new DatabaseBusyException(operation, target, problem, "Wait until the other session has finished, then run the command again.", e),
            "40001" when text.Contains("recovery", StringComparison.Ordinal) => new DatabaseBusyException(operation, target, problem, "Use the primary, or raise max_standby_streaming_delay or set hot_standby_feedback on the standby.", e),
            "57014" => new DatabaseBusyException(operation, target, problem, "A time limit (statement_timeout) or somebody (pg_cancel_backend) ended the statement: raise the limit for this role, then run the command again.", e),
            "53100" => new NotEnoughSpaceException(operation, target, problem, "Free space on the server's disk, then run the command again.", e),
            "25006" => new AccessDeniedException(operation, target, problem, "The server is a standby or the database was set to read-only: use the primary, or lift default_transaction_read_only.", e),
            "55000" when text.Contains("accepting connections", StringComparison.Ordinal) => Unreachable("The database is closed to connections (ALTER DATABASE ... ALLOW_CONNECTIONS false), as kept copies are."),
            "57P03" => Unreachable("The server is starting, stopping or recovering: wait until it is up, then run the command again."),
            "57P01" or "57P02" or "57P04" or "57P05" or "58000" or "58030" => Unreachable("The server ended the session: check that it runs, then run the command again."),
            ['0', '8', ..] when text.Contains("startup parameter", StringComparison.Ordinal) => new PoolerNotSupportedException(operation, target, problem,
                "A pooler stands before the server and does not pass on what a session needs: use the server's direct address.", e),
            ['0', '8', ..] => Unreachable("Check that the server runs and can be reached from here, then run the command again."),
            _ => null,
        };

        DatabaseUnreachableException Unreachable(string hint) => new(operation, target, problem, hint, e);
    }
}
