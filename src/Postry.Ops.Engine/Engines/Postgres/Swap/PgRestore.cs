using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>Runs pg_restore from an archive straight into a stage, with parallel jobs.</summary>
/// <param name="archive">The archive.</param>
/// <param name="stage">The stage.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class PgRestore(DirectoryArchive archive, StageDatabase stage, PostgresRestoreOptions options, IOperationObserver observer)
{
    /// <summary>The pg_restore that fits the archive. A newer one than need be sets parameters that an older server does not
    /// know.</summary>
    public PgTool Tool => PgTools.Find("pg_restore", archive.DumpMajor, stage.Target, PgChoice.Closest);

    /// <summary>Restores some entries. Errors: those of pg_restore.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="failures">Receives the entries that fail while pg_restore goes on; null to end at the first.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RestoreAsync(IReadOnlyList<ArchiveEntry> entries, FailedEntries? failures, CancellationToken cancellation)
    {
        if (entries.Count == 0) return;
        using var list = await EntryListFile.WriteAsync(entries.Select(entry => entry.DumpId), cancellation);
        await RunAsync(["--use-list", list.Path], failures, cancellation);
    }

    /// <summary>Restores the whole archive, and ends at the first error. Errors: those of pg_restore.</summary>
    public Task RestoreAllAsync(CancellationToken cancellation) => RunAsync([], null, cancellation);

    private async Task RunAsync(string[] selection, FailedEntries? failures, CancellationToken cancellation)
    {
        observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database"));
        var tool = Tool;
        // Such a pg_restore begins with a statement that the server refuses. The program has to go on, and to work alone, because the
        // errors of parallel workers cannot be distinguished.
        var isRefusedAtFirst = tool.Major >= 17 && stage.ServerMajor < 17;
        if (isRefusedAtFirst) failures ??= new FailedEntries();
        var jobs = isRefusedAtFirst ? 1 : options.Jobs ?? Environment.ProcessorCount;
        var arguments = new List<string> { "--dbname", PgEnvironment.DatabaseArgument(stage.Address), "--no-subscriptions",
            "--verbose", "--jobs", $"{jobs}" };
        // A caller that receives the failures wants the program to go on.
        if (failures is null) arguments.Add("--exit-on-error");
        arguments.AddRange([.. options.Arguments, .. selection, archive.Path]);
        try
        {
            await RunAsync(tool, arguments, failures, cancellation);
        }
        catch (OpsException e) when (isRefusedAtFirst && failures!.IsOnlyTimeout)
        {
            observer.Detail($"{tool} is newer than the server, which refused nothing but its SET transaction_timeout: {e.Message}");
        }
    }

    private async Task RunAsync(PgTool tool, IReadOnlyList<string> arguments, FailedEntries? failures, CancellationToken cancellation)
    {
        var (done, total) = (0, archive.Description.Tables.Count(table => table.DataFile is not null));
        await PgProcess.RunAsync(
            new PgCommand
            {
                Tool = tool,
                Arguments = arguments,
                Target = stage.Target,
                Address = stage.FillAddress,
                ServerMajor = stage.ServerMajor,
                Encoding = SessionSettings.ClientEncoding(archive.Description.Database.Encoding),
                // The number of errors adds nothing to the errors themselves.
                Warned = warning =>
                {
                    if (!warning.Contains("errors ignored on restore: ", StringComparison.Ordinal)) observer.Warning(warning);
                },
                OnErrorLine = line =>
                {
                    failures?.AddLine(line);
                    if (line.Contains("finished item", StringComparison.Ordinal) && line.Contains("TABLE DATA", StringComparison.Ordinal))
                        observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database",
                            Interlocked.Increment(ref done), total));
                },
            }, cancellation);
    }
}
