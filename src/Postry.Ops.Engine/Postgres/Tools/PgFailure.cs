using Postry.Ops.Engine.Errors;

namespace Postry.Ops.Engine.Postgres.Tools;

/// <summary>What a program's last words mean. They are English as far as the program speaks; a server's own messages may not be.</summary>
internal static class PgFailure
{
    private const int FirstSignal = 128;

    /// <summary>The engine's error for a program that ended with a failure.</summary>
    public static OpsException Explain(PgCommand command, int exitCode, LastWords words)
    {
        string Clean(string text) => PostgresErrors.Redact(PostgresErrors.Redact(text, command.Address?.Password), Environment.GetEnvironmentVariable("PGPASSWORD"));
        var all = Clean(words.All);
        var told = Clean(words.Told);
        var ended = exitCode > FirstSignal ? $"was ended by signal {exitCode - FirstSignal}" : $"ended with exit code {exitCode}";
        var problem = $"{command.Tool.Program} {ended}{(told.Length > 0 ? ": " + told : ".")}";
        var (operation, target) = (command.Operation, command.Target);
        bool Says(params string[] texts) => texts.Any(text => all.Contains(text, StringComparison.OrdinalIgnoreCase));

        if (Says("No space left on device", "Disk quota exceeded", "not enough space on the disk", "File too large"))
            return new NotEnoughSpaceException(operation, target, problem, "Free space on the disk that the message names (this machine's or the server's), then run the command again.");
        // The bare word also stands in what pg_dump tells of its progress.
        if (Says("affected by row-level security"))
            return new AccessDeniedException(operation, target, problem, "Row-level security hides rows from this role: use the owner of the tables (without FORCE ROW LEVEL SECURITY), a superuser, or a role with BYPASSRLS.");
        if (Says("server version mismatch"))
            return new ToolTooOldException(operation, target, problem, $"Install client programs that are not older than the server, or set {PgToolFolders.Variable} to their folder.");
        if (Says("unsupported startup parameter"))
            return new PoolerNotSupportedException(operation, target, problem, "A pooler stands before the server and does not pass on what a session needs: use the server's direct address.");
        if (Says("password authentication failed", "no password supplied", "no pg_hba.conf entry", "authentication failed"))
            return new AuthenticationFailedException(operation, target, problem, "Check role and password (DATABASE_URL, PGPASSWORD, ~/.pgpass or -Credential), and sslmode.");
        if (Says("too many clients", "too many connections", "remaining connection slots"))
            return new DatabaseBusyException(operation, target, problem, "Close connections that are not needed, raise the limit, or use fewer jobs, then run the command again.");
        // That is how pg_dump itself limits its waiting for locks.
        if (Says("due to statement timeout", "lock timeout", "could not obtain lock", "deadlock detected", "conflict with recovery"))
            return new DatabaseBusyException(operation, target, problem, "Wait until the other session has finished, then run the command again.");
        if (Says("server closed the connection", "terminating connection", "the database system is ", "connection to server was lost", "could not receive data from server", "could not send data to server", "SSL SYSCALL error", "no connection to the server"))
            return new DatabaseUnreachableException(operation, target, problem, "Check that the server runs and can be reached from here, then run the command again.");
        if (Says("connection to server at", "connection to server on", "could not connect to server", "could not translate host name"))
        {
            return Says("does not exist") ? new SourceNotFoundException(operation, target, problem, "Check the database and the role in the address.")
                : new DatabaseUnreachableException(operation, target, problem, "Check that the server runs and can be reached from here, then run the command again.");
        }

        if (Says("permission denied", "must be owner", "must be superuser"))
            return new AccessDeniedException(operation, target, problem, "Use a role, or a user of this machine, that has the right.");
        // The server's own words for a lock that was not given in time (--lock-wait-timeout) may be in another language; these are pg_dump's.
        if (Says("Query was: LOCK TABLE"))
            return new DatabaseBusyException(operation, target, problem, "Wait until the other session has finished, then run the command again.");
        return new ToolFailedException(operation, target, problem, $"Do what the message says, then run the command again. The program is {command.Tool.Path}.");
    }
}
