using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Runs the script that pg_restore writes of an archive in an open transaction.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="archive">The archive.</param>
/// <param name="tool">pg_restore.</param>
/// <param name="options">Options for every run of it.</param>
/// <param name="warned">Receives warnings of pg_restore.</param>
internal sealed class RestoreScript(
    PsqlTransaction transaction, string archive, PgTool tool, IReadOnlyList<string> options, Action<string> warned)
{
    private const int BufferSize = 256 << 10;
    private const int HeadSize = 4 << 10;
    private const int TailSize = 512;

    private static readonly byte[] Title = "--\n-- PostgreSQL database dump\n--\n\n"u8.ToArray();
    private static readonly byte[] Restrict = [.. Title, .. "\\restrict "u8];
    private static readonly byte[] TransactionTimeout = "SET transaction_timeout = 0;\n"u8.ToArray();
    private static readonly byte[] NoSearchPath = "SELECT pg_catalog.set_config('search_path', '', false);\n"u8.ToArray();
    private static readonly byte[] End = "--\n-- PostgreSQL database dump complete\n"u8.ToArray();

    // psql takes this for a comment if it reads statements. If it still reads rows, because a damaged archive has lost the end of a
    // table's, this text ends them and is an error: otherwise everything that follows would be taken for rows, and psql would wait for
    // their end for ever. (The text ends with a statement, because psql 17 and 18 lose the following text if only a semicolon comes after a
    // failed COPY.)
    private static readonly byte[] EndOfLostRows = "/*\n\\.\n*/ SELECT;\n"u8.ToArray();

    /// <summary>Process id of the pg_restore that runs, or 0.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Restores the chosen entries. Errors: those of psql and of pg_restore, BackupCorrupt where the script does not reach its
    /// end.</summary>
    /// <param name="entries">Numbers in the archive's list.</param>
    /// <param name="dataOnly">True for large objects, whose script has transactions of its own that must not be.</param>
    /// <param name="progress">Receives the number of bytes of script so far.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RunAsync(IReadOnlyCollection<int> entries, bool dataOnly, Action<long> progress, CancellationToken cancellation)
    {
        if (entries.Count == 0) return;
        await WithCommandAsync(entries, dataOnly, async command =>
        {
            await transaction.FeedAsync(write => PumpAsync(command, dataOnly, null, write, progress, cancellation), cancellation);
            return true;
        });
    }

    /// <summary>
    /// Restores the chosen entries completely or not at all, and returns the server's error for a failure. Errors: those of psql and
    /// pg_restore themselves. Entries with a table's rows may only be chosen if the table can take them.
    /// </summary>
    /// <param name="entries">The numbers in the archive's list.</param>
    /// <param name="searchPath">The schemas in which functions of the archive find objects that they do not name in full; null for none, as
    /// in pg_restore.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<StatementError?> TryAsync(IReadOnlyCollection<int> entries, string? searchPath, CancellationToken cancellation) =>
        WithCommandAsync(entries, dataOnly: false, command =>
            transaction.TryFeedAsync(write => PumpAsync(command, false, searchPath, write, _ => { }, cancellation), cancellation));

    /// <summary>The statements that make an entry, as pg_restore writes them, with its headers.</summary>
    public Task<string> ReadAsync(int entry, CancellationToken cancellation) =>
        WithCommandAsync([entry], dataOnly: false, command => PgProcess.ReadAsync(command, cancellation));

    private async Task<T> WithCommandAsync<T>(IEnumerable<int> entries, bool dataOnly, Func<PgCommand, Task<T>> run)
    {
        using var list = await EntryListFile.WriteAsync(entries, CancellationToken.None);
        return await run(new PgCommand
        {
            Tool = tool,
            Arguments = [.. dataOnly ? ["--data-only"] : Array.Empty<string>(), .. options, "-L", list.Path, "-f", "-", archive],
            Target = archive,
            WithOutput = true,
            Warned = warned,
        });
    }

    private async Task PumpAsync(PgCommand command, bool withoutTransactions, string? searchPath, Func<ReadOnlyMemory<byte>, Task> write,
        Action<long> progress, CancellationToken cancellation)
    {
        await using var restore = PgProcess.Start(command, cancellation);
        ProcessId = restore.Id;
        var word = Guid.NewGuid().ToString("N");
        var lines = withoutTransactions ? new TransactionLines() : null;
        var (held, total, restricted) = (Array.Empty<byte>(), 0L, false);
        var buffer = new byte[BufferSize];
        for (int read; (read = await restore.Output.ReadAtLeastAsync(buffer, HeadSize, throwOnEndOfStream: false, cancellation)) > 0;)
        {
            ReadOnlyMemory<byte> piece = buffer.AsMemory(0, read);
            if (total == 0)
            {
                // Inside, psql refuses every command of its own: a name in the archive cannot run a program here.
                restricted = piece.Span.StartsWith(Restrict);
                if (!restricted) await write(Encoding.ASCII.GetBytes($"\\restrict {word}\n"));
                if (transaction.ServerMajor < 17) piece = Replaced(piece, TransactionTimeout, []);
                if (searchPath is not null)
                    piece = Replaced(piece, NoSearchPath, ByteKeepingEncoding.Instance.GetBytes(PostgresNames.SetSearchPath(searchPath)));
            }

            // The end of the script is held back until it is known to be the end.
            byte[] next = [.. held, .. piece.Span];
            var ready = Math.Max(0, next.Length - TailSize);
            held = next[ready..];
            await write(lines is null ? next.AsMemory(0, ready) : lines.Without(next.AsSpan(0, ready)));
            progress(total += read);
        }

        await restore.CompleteAsync();
        ProcessId = 0;
        var end = held.AsSpan().LastIndexOf(End);
        if (end < 0)
            throw new BackupCorruptException(archive, $"The output of {tool} for {archive} is cut off.", "Use another backup.");
        byte[] rest = lines is null ? [.. held[..end], .. EndOfLostRows, .. held[end..]] : [.. lines.Without(held), .. lines.Rest.Span];
        await write(rest);
        if (!restricted) await write(Encoding.ASCII.GetBytes($"\n\\unrestrict {word}\n"));
    }

    // The line is among the first that pg_restore writes: what the archive holds comes after them. (A transaction_timeout it writes for the
    // newest server only.)
    private static ReadOnlyMemory<byte> Replaced(ReadOnlyMemory<byte> head, byte[] line, byte[] other)
    {
        var at = head.Span[..Math.Min(head.Length, HeadSize)].IndexOf(line);
        return at < 0 ? head : (byte[])[.. head.Span[..at], .. other, .. head.Span[(at + line.Length)..]];
    }
}
