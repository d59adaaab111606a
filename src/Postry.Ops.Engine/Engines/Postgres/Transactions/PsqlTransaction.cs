using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// A transaction of a stock psql that is held open while scripts go into it. Only <see cref="CommitAsync"/> commits the transaction: psql
/// ends at the first error, and a COMMIT inside a script violates a constraint that only <see cref="CommitAsync"/> satisfies.
/// </summary>
internal sealed class PsqlTransaction : PostgresSession
{
    // Since August 2025 (CVE-2025-8714).
    private const string RestrictHint =
        "Install the current minor release of PostgreSQL's client programs: 13.22, 14.19, 15.14, 16.10, 17.6 or newer.";

    // psql's code for a statement in a transaction that has failed.
    private static readonly byte[] InFailedTransaction = "25P02\n"u8.ToArray();

    private readonly PostgresAddress _address;
    private readonly PgCommand _command;
    private readonly PgProcess _psql;
    private readonly PsqlOutput _output;
    private readonly PsqlErrorOutput _errors = new();
    private bool _isOver;
    private int _ended;

    private PsqlTransaction(PostgresAddress address, PgCommand command)
    {
        _address = address;
        _command = command;
        _psql = PgProcess.Start(command with { OnErrorLine = _errors.AddLine }, CancellationToken.None);
        _output = new PsqlOutput(_psql.Output);
    }

    /// <summary>The transaction as the server numbers it.</summary>
    public string Id { get; private set; } = "";

    /// <inheritdoc/>
    public override int ServerMajor => _command.ServerMajor;

    /// <summary>Process id of psql.</summary>
    public int ProcessId => _psql.Id;

    /// <summary>Begins a transaction. Errors: those of psql, and ToolTooOld if psql would run hidden commands of a script.</summary>
    /// <param name="address">The one host of the server.</param>
    /// <param name="serverMajor">The major version of the server.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="psql">The program; null for the one that fits the server.</param>
    /// <param name="warned">Receives warnings.</param>
    public static async Task<PsqlTransaction> BeginAsync(
        PostgresAddress address, int serverMajor, CancellationToken cancellation, PgTool? psql = null,
        Action<string>? warned = null)
    {
        var command = Command(address, serverMajor, psql
            ?? PgTools.Find("psql", serverMajor, address.Name)) with { Warned = warned };
        var transaction = new PsqlTransaction(address, command);
        try
        {
            await transaction.BeginAsync(cancellation);
            return transaction;
        }
        catch (Exception e)
        {
            await transaction.DisposeAsync();
            if (e is ToolFailedException && e.Message.Contains("\\restrict", StringComparison.Ordinal))
                throw TooOld(command, e);
            throw;
        }
    }

    /// <summary>A psql that reads a script from its input, ends at the first error and is steered by nothing else.</summary>
    public static PgCommand Command(PostgresAddress address, int serverMajor, PgTool psql) => new()
    {
        Tool = psql,
        // Verbose tells the server's code; the echo of a statement that failed tells what object it was about.
        Arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-v", "ECHO=errors",
            "--dbname=" + PgEnvironment.DatabaseArgument(address)],
        Target = address.Name,
        Address = address,
        ServerMajor = serverMajor,
        // Scripts set the database's own encoding first.
        Encoding = "SQL_ASCII",
        WithInput = true,
        WithOutput = true,
    };

    /// <summary>The error for a psql that cannot be kept from running commands of a script.</summary>
    public static ToolTooOldException TooOld(PgCommand command, Exception cause) => new(command.Target,
        $"{command.Tool} does not know \\restrict, without which a script can run programs on this machine.", RestrictHint, cause);

    /// <inheritdoc/>
    public override async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await WriteAsync(ByteKeepingEncoding.Instance.GetBytes(sql + "\n"), cancellation);
        await AnswerAsync(_ => { }, cancellation);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string?[]>> RowsAsync(string query, CancellationToken cancellation,
        params object[] arguments)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(arguments.Length, 0);
        using var text = new MemoryStream();
        await CopyAsync($"({query})", bytes => text.Write(bytes), cancellation);
        return CopyRows.Parse(ByteKeepingEncoding.Instance.GetString(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }

    /// <summary>Hands on the COPY text of a table, or of a query in parentheses.</summary>
    public async Task CopyAsync(string source, ByteReceiver take, CancellationToken cancellation)
    {
        await WriteAsync(ByteKeepingEncoding.Instance.GetBytes($"COPY {source} TO STDOUT;\n"), cancellation);
        await AnswerAsync(take, cancellation);
    }

    /// <summary>Runs a script that <paramref name="write"/> brings piece by piece; what its queries answer is passed over.</summary>
    public async Task FeedAsync(Func<Func<ReadOnlyMemory<byte>, Task>, Task> write, CancellationToken cancellation)
    {
        await FeedAsync(write, "", _ => { }, cancellation);
        // A script sets the encoding that it is written in.
        await ExecuteAsync($"{SessionSettings.SetEncoding};", cancellation);
        await RequireSameAsync(cancellation);
    }

    private async Task FeedAsync(Func<Func<ReadOnlyMemory<byte>, Task>, Task> write, string last, ByteReceiver take,
        CancellationToken cancellation)
    {
        var marker = PsqlOutput.NewMarker();
        // The answers are read while the script is written: a full pipe would stop psql.
        var answered = ReadAsync(marker, take, cancellation);
        try
        {
            await write(bytes => WriteAsync(bytes, cancellation));
            await WriteAsync(Encoding.ASCII.GetBytes(last), cancellation);
            await WriteAsync(Marking(marker), cancellation);
        }
        catch
        {
            // The rows so far must never be mistaken for all rows.
            await DisposeAsync();
            await answered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await answered;
    }

    private async Task RequireSameAsync(CancellationToken cancellation)
    {
        if (await IdAsync(cancellation) is var now && now != Id)
            throw new ToolFailedException(_command.Target, "The script ended the transaction that it was to run in.",
                "Use another backup: this one holds commands that pg_dump does not write.");
    }

    /// <summary>Runs a statement as <see cref="TryFeedAsync"/> runs a script.</summary>
    public Task<StatementError?> TryAsync(string sql, CancellationToken cancellation) =>
        TryFeedAsync(write => write(ByteKeepingEncoding.Instance.GetBytes(sql + "\n")), cancellation);

    /// <summary>
    /// Runs a script all or not at all: where one of its statements fails, everything that it did is rolled back and the server's first
    /// error is returned; the transaction goes on. A script that holds rows must be known to begin its COPY, or else psql would take
    /// the rows for statements.
    /// </summary>
    public async Task<StatementError?> TryFeedAsync(Func<Func<ReadOnlyMemory<byte>, Task>, Task> write, CancellationToken cancellation)
    {
        await ExecuteAsync("SAVEPOINT postry_try;\n\\set ON_ERROR_STOP 0", cancellation);
        var marker = PsqlOutput.NewMarker();
        var errors = _errors.ReadUntilAsync(marker);
        byte[] end = [];
        await FeedAsync(write, $"SELECT 1;\n\\echo :SQLSTATE\n\\warn {marker}\n", bytes =>
            end = [.. end.Concat(bytes.ToArray()).TakeLast(InFailedTransaction.Length)], cancellation);
        var lines = await errors.WaitAsync(cancellation);
        // The failed attempt is not the reason why a later statement fails.
        _psql.ClearErrors();
        var failed = end.AsSpan().SequenceEqual(InFailedTransaction);
        // Settings that the script made for the session must not outlive it.
        await ExecuteAsync(
            $"""
            {(failed ? "ROLLBACK TO SAVEPOINT postry_try;" : "")}
            RELEASE SAVEPOINT postry_try;
            SELECT pg_catalog.set_config('search_path', '', false);
            {SessionSettings.SetEncoding};
            \set ON_ERROR_STOP 1
            """, cancellation);
        await RequireSameAsync(cancellation);
        return failed ? StatementError.Parse(lines) : null;
    }

    /// <summary>Satisfies every deferred constraint, so that the commit cannot fail for one. No script may follow.</summary>
    public Task ReadyAsync(CancellationToken cancellation) =>
        ExecuteAsync("INSERT INTO pg_temp.postry_open VALUES (1); SET CONSTRAINTS ALL IMMEDIATE;", cancellation);

    /// <summary>
    /// Commits, and returns only after the server has committed. If the answer was lost, the outcome is looked up. Errors: that of psql if
    /// the transaction was rolled back; DatabaseUnreachable if the outcome could not be found out.
    /// </summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        Exception lost;
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await ExecuteAsync("COMMIT;", cancellation);
            if (await TextAsync($"SELECT pg_catalog.txid_status({Id})", cancellation) == TransactionOutcome.Committed)
            {
                _isOver = true;
                return;
            }

            lost = new ToolFailedException(_command.Target, "The server rolled the transaction back.",
                "Look at the server's log, then run the command again.");
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException or IOException)
        {
            lost = e;
        }

        await EndAsync();
        var state = await TransactionOutcome.DetermineAsync(_address, Id, CancellationToken.None);
        _isOver = true;
        if (state == TransactionOutcome.Committed) return;
        if (state == TransactionOutcome.Aborted) throw lost;
        throw new DatabaseUnreachableException(_command.Target,
            $"The answer to the commit was lost, and whether it was done cannot be found out: {lost.Message}",
            "The next command for this database finds it out.", lost);
    }

    /// <summary>
    /// Rolls back a transaction that was not committed. Afterwards no session of the transaction is left on a server that can be reached.
    /// </summary>
    public override async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (_isOver || Id.Length == 0) return;
        _isOver = true;
        try
        {
            // A server process notices only between statements that its client is gone, and holds its locks until then.
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await TransactionOutcome.DetermineAsync(_address, Id, timeout.Token);
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException)
        {
            // The server rolls back by itself.
            System.Diagnostics.Debug.WriteLine(e.Message);
        }
    }

    private ValueTask EndAsync() => Interlocked.Exchange(ref _ended, 1) == 0 ? _psql.DisposeAsync() : ValueTask.CompletedTask;

    private async Task BeginAsync(CancellationToken cancellation)
    {
        await ExecuteAsync("\\restrict postry\n\\unrestrict postry\nBEGIN READ WRITE;\n\\set AUTOCOMMIT off", cancellation);
        var id = await IdAsync(cancellation);
        await TransactionOutcome.KeepNumbersAsync(_address, cancellation);
        Id = id;
        await ExecuteAsync(
            $"""
            SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('row_security', 'off', false),
              pg_catalog.set_config('client_min_messages', 'warning', false);
            {SessionSettings.SetEncoding};
            SELECT pg_catalog.set_config('synchronous_commit', 'on', true) WHERE pg_catalog.current_setting('synchronous_commit') = 'off';
            CREATE TEMPORARY TABLE postry_open (x pg_catalog.int4 PRIMARY KEY) ON COMMIT DROP;
            CREATE TEMPORARY TABLE postry_guard (x pg_catalog.int4 REFERENCES pg_temp.postry_open DEFERRABLE INITIALLY DEFERRED)
              ON COMMIT DROP;
            INSERT INTO pg_temp.postry_guard VALUES (1);
            """, cancellation);
    }

    private async Task<string> IdAsync(CancellationToken cancellation) =>
        await TextAsync("SELECT pg_catalog.txid_current()", cancellation) ?? "";

    private async Task AnswerAsync(ByteReceiver take, CancellationToken cancellation)
    {
        var marker = PsqlOutput.NewMarker();
        await WriteAsync(Marking(marker), cancellation);
        await ReadAsync(marker, take, cancellation);
    }

    private static byte[] Marking(string marker) => Encoding.ASCII.GetBytes($"\\echo {marker}\n");

    private async Task ReadAsync(string marker, ByteReceiver take, CancellationToken cancellation)
    {
        if (!await _output.ReadUntilAsync(marker, take, cancellation))
            throw await FailureAsync();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await _psql.Input.WriteAsync(bytes, cancellation);
            await _psql.Input.FlushAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw await FailureAsync();
        }
    }

    /// <summary>Returns the reason why psql ended.</summary>
    private async Task<OpsException> FailureAsync()
    {
        try
        {
            await _psql.CompleteAsync();
            return new ToolFailedException(_command.Target, "psql ended before its work was done.",
                "Run the command again.");
        }
        catch (OpsException e)
        {
            return e;
        }
    }
}
