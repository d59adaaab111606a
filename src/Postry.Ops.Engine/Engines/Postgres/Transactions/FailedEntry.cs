using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// Finds out whether a restore failed because the server lacks something. pg_restore names the entry of the archive, but not the server's
/// error code: the entry is tried once more in a session that shows the code, and rolled back.
/// </summary>
/// <param name="stage">The database that the restore went to.</param>
/// <param name="archive">The archive.</param>
/// <param name="restore">pg_restore.</param>
/// <param name="isPart">True where the archive holds some schemas only.</param>
internal sealed class FailedEntry(PostgresAddress stage, string archive, PgTool restore, bool isPart)
{
    private const int MostTried = 20;

    // pg_restore's own script begins with these settings.
    private const string Settings =
        "SET check_function_bodies = off; SET xmloption = content; SET row_security = off; SELECT pg_catalog.set_config('search_path', " +
        "'', false)";

    /// <summary>Returns the same error, or one that says what the server lacks for an entry.</summary>
    public async Task<ToolFailedException> ExplainAsync(ToolFailedException error, CancellationToken cancellation)
    {
        foreach (var complaint in ToolComplaintsException.Behind(error).Where(complaint => !complaint.IsWarning))
        {
            var lack = complaint.SqlState is { } code ? ServerLack.Of(code, "", "", isPart)
                : complaint.Entry is { } entry && await TryAgainAsync(entry.DumpId, cancellation) is { } said
                    ? ServerLack.Of(said.SqlState, said.Routine ?? "", entry.Description, isPart)
                : null;
            if (lack is not null)
                return new ToolFailedException(error.Target, error.Message, lack,
                    error.InnerException) { IsForWantOfSomething = true };
        }

        return error;
    }

    /// <summary>Returns the error that says what the server lacks for the first of some failed entries; null if it lacks nothing.</summary>
    /// <param name="entries">The entries in the archive's order, so that those that others need come first.</param>
    /// <param name="error">The error with which pg_restore ended.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ToolFailedException?> LackAsync(IReadOnlyList<ArchiveEntry> entries, OpsException error,
        CancellationToken cancellation)
    {
        // Rows need nothing of the server that their table does not.
        foreach (var entry in entries.Where(entry => !entry.IsTableData).Take(MostTried))
        {
            if (await TryAgainAsync(entry.DumpId, cancellation) is not { } said) continue;
            if (ServerLack.Of(said.SqlState, said.Routine ?? "", entry.Text, isPart) is { } lack)
                return new ToolFailedException(error.Target, error.Message, lack, error) { IsForWantOfSomething = true };
        }

        return null;
    }

    private async Task<PostgresException?> TryAgainAsync(int dumpId, CancellationToken cancellation)
    {
        try
        {
            using var list = await EntryListFile.WriteAsync([dumpId], cancellation);
            await using var session = await PostgresConnector.OpenAsync(stage, cancellation);
            await session.ExecuteAsync(Settings, cancellation);
            await using var transaction = await session.Connection.BeginTransactionAsync(cancellation);
            await using var script = PgProcess.Start(
                new PgCommand
                {
                    Tool = restore, Arguments = ["--no-tablespaces", "-L", list.Path, "-f", "-", archive],
                    Target = archive, WithOutput = true,
                }, cancellation);
            await RunAsync(session, script.Output, cancellation);
            return null;
        }
        catch (PostgresException e)
        {
            return e;
        }
        catch (Exception e) when (e is OpsException or NpgsqlException or IOException)
        {
            // The first error stands as it is.
            System.Diagnostics.Debug.WriteLine(e.Message);
            return null;
        }
    }

    private static async Task RunAsync(NpgsqlSession session, Stream script, CancellationToken cancellation)
    {
        using var reader = ByteKeepingEncoding.Reader(script);
        var statement = new System.Text.StringBuilder();
        var begun = false;
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            begun |= line.StartsWith("-- Name: ", StringComparison.Ordinal)
                || line.StartsWith("-- Data for Name: ", StringComparison.Ordinal);
            if (!begun || line.StartsWith(@"\unrestrict ", StringComparison.Ordinal)) continue;
            if (line.StartsWith("COPY ", StringComparison.Ordinal) && line.EndsWith(" FROM stdin;", StringComparison.Ordinal))
            {
                await CopyAsync(session, line, reader, cancellation);
                return;
            }

            statement.Append(line).Append('\n');
        }

        await session.ExecuteAsync(statement.ToString(), cancellation);
    }

    private static async Task CopyAsync(NpgsqlSession session, string command, StreamReader rows, CancellationToken cancellation)
    {
        await using var import = await session.Connection.BeginTextImportAsync(command, cancellation);
        // The writer itself knows UTF-8 only.
        var stream = ((StreamWriter)import).BaseStream;
        while (await rows.ReadLineAsync(cancellation) is { } row && row != @"\.")
            await stream.WriteAsync(ByteKeepingEncoding.Instance.GetBytes(row + "\n"), cancellation);
    }
}
