using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// Translates the last error messages of a program. They are English as far as the program writes them; a server's own messages may not be.
/// </summary>
internal static class PgFailure
{
    private const int FirstSignal = 128;
    private const string SharedMemoryHint =
        "Raise the kernel's limit that the message names (SHMMNI, SHMALL, SEMMNI, SEMMNS), or give the container a larger /dev/shm " +
            "(--shm-size), then run the command again.";

    // Only psql shows the server's SQLSTATE. For the other programs, the table gives the code of each text; the first that fits counts.
    private static readonly (string Says, string Code)[] Codes =
    [
        ("unsupported startup parameter", "08P01"),
        ("no pg_hba.conf entry", "28000"), ("password authentication failed", "28P01"), ("no password supplied", "28P01"),
        ("authentication failed", "28P01"),
        ("too many clients", "53300"), ("too many connections", "53300"), ("remaining connection slots", "53300"),
        // pg_dump itself limits its wait for locks in this way.
        ("due to statement timeout", "55P03"), ("lock timeout", "55P03"), ("could not obtain lock", "55P03"),
            ("deadlock detected", "40P01"),
        ("conflict with recovery", "40001"), ("the database system is ", "57P03"), ("terminating connection", "57P01"),
        ("server closed the connection", "08006"), ("connection to server was lost", "08006"),
        ("could not receive data from server", "08006"),
        ("could not send data to server", "08006"), ("SSL SYSCALL error", "08006"), ("no connection to the server", "08006"),
        ("out of shared memory", "53200"), ("max_locks_per_transaction", "53200"), ("temp_file_limit", "53400"),
        ("stack depth limit", "54001"),
        ("affected by row-level security", "42501"), ("permission denied", "42501"), ("must be owner", "42501"),
        ("must be superuser", "42501"), ("must be member", "42501"),
        // The server's own words for a lock that was not given in time (--lock-wait-timeout) may be in another language; these are
        // pg_dump's.
        ("Query was: LOCK TABLE", "55P03"),
        ("unrecognized configuration parameter", "42704"), ("invalid value for parameter", "22023"),
        ("could not open extension control file", "58P01"),
        ("could not access file", "58P01"), ("could not load library", "58P01"), ("invalid byte sequence", "22021"),
        ("has no equivalent in encoding", "22P05"),
        ("violates ", "23000"), ("could not create unique index", "23505"), ("cannot be implemented", "42830"), ("already exists", "42710"),
        ("is not available", "0A000"), ("not supported", "0A000"), ("syntax error", "42601"), ("does not exist", "42704"),
        ("out of memory", "53200"),
    ];

    /// <summary>The engine's error for a program that ended with a failure.</summary>
    public static OpsException Explain(PgCommand command, int exitCode, StandardErrorTail errors)
    {
        var (all, summary) = (errors.All, errors.Summary);
        var ended = exitCode > FirstSignal ? $"was ended by signal {exitCode - FirstSignal}" : $"ended with exit code {exitCode}";
        var problem = $"{command.Tool.Program} {ended}{(summary.Length > 0 ? ": " + summary : ".")}";
        var target = command.Target;
        var cause = errors.Complaints.Count > 0 ? new ToolComplaintsException(command.Tool.Program, errors.Complaints) : null;
        bool Says(params string[] texts) => texts.Any(text => all.Contains(text, StringComparison.OrdinalIgnoreCase));

        // The kernel answers with the words of a full disk where its own limits are reached.
        if (Says("could not create semaphores", "shared memory segment", "could not map anonymous shared memory"))
            return new NotEnoughSpaceException(target, problem, SharedMemoryHint, cause);
        if (Says("No space left on device", "could not extend file", "Disk quota exceeded", "not enough space on the disk",
            "File too large"))
            return new NotEnoughSpaceException(target, problem,
                "Free space on the disk that the message names (this machine's or the server's), then run the command again.", cause);
        if (Says("server version mismatch"))
            return new ToolTooOldException(target, problem,
                $"Install client programs that are not older than the server, or set " +
                    $"{EnvironmentVariables.PostgresPrograms} to their folder.", cause);
        if (Says("has group or world access") && Says("no password supplied", "password authentication failed"))
        {
            return new AuthenticationFailedException(target, problem,
                "PostgreSQL's programs do not read a password file that others may read: "
                + "take their rights away (chmod 600 on the file that the message names), then run the command again.", cause);
        }

        var lostConnection = Says("connection to server at", "connection to server on", "could not connect to server",
            "could not translate host name");
        if (errors.Complaints.FirstOrDefault(complaint => complaint is { IsWarning: false, SqlState: not null })?.SqlState is { } state)
            return ServerErrors.Explain(state, all, target, problem, cause, Failed);
        var code = Codes.FirstOrDefault(known => Says(known.Says)).Code;
        if (lostConnection && code is null or "42704")
            code = code is null ? "08001" : Says("role \"") ? "28000" : "3D000";
        return code is null ? Failed(target, problem, Unknown(command), cause)
            : ServerErrors.Explain(code, all, target, problem, cause, Failed);
    }

    private static ToolFailedException Failed(string target, string problem, string hint, Exception? cause) =>
        new(target, problem, hint, cause);

    private static string Unknown(PgCommand command) => command.Address is not null
        ? $"The server's log of this minute says more about it. If it says nothing, {command.Tool.Path} itself may be broken: " +
            $"install it again, or set {EnvironmentVariables.PostgresPrograms} to the folder of another."
        : $"Test the backup ({CommandName.TestBackup}) and use another if it is damaged. If it is whole, {command.Tool.Path} may " +
            $"be broken: install it again, or set {EnvironmentVariables.PostgresPrograms} to the folder of another.";
}
