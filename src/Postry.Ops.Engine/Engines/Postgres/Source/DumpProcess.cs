using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>Runs pg_dump into a folder, within a snapshot that another session holds.</summary>
internal sealed partial class DumpProcess(PostgresAddress address, PgTool tool)
{
    // The tables are locked already, so that only somebody who waits for that lock can be in pg_dump's way: both would wait for ever.
    private const int LockWaitMilliseconds = 2000;

    public required int ServerMajor { get; init; }

    public required int Jobs { get; init; }

    public required ArchiveCompression Compression { get; init; }

    /// <summary>Receives the warnings of pg_dump.</summary>
    public required Action<string> Warned { get; init; }

    /// <summary>The encoding of the archive: UTF8, or SQL_ASCII for a database without an encoding.</summary>
    public required string Encoding { get; init; }

    /// <summary>Finds a pg_dump for a server and a compression. Errors: ToolMissing, ToolTooOld.</summary>
    public static PgTool Find(int serverMajor, ArchiveCompression compression, string target) =>
        // The closest and not the newest: what a newer one writes needs a newer pg_restore, which sets parameters that this server does not
        // know.
        PgTools.Find("pg_dump", compression == ArchiveCompression.Gzip ? serverMajor : Math.Max(serverMajor, 16), target,
            PgChoice.Closest);

    /// <summary>Runs the program to its end. Errors: those of a child.</summary>
    /// <param name="snapshot">The exported snapshot.</param>
    /// <param name="scope">The scope of the backup.</param>
    /// <param name="folder">A new or empty folder.</param>
    /// <param name="finished">Receives the name of each table whose rows are written, on another thread.</param>
    /// <param name="cancellation">Ends the program and waits for its end.</param>
    public Task RunAsync(string snapshot, BackupScope scope, string folder, Action<string> finished, CancellationToken cancellation) =>
        PgProcess.RunAsync(
        new PgCommand
        {
            Tool = tool,
            Arguments =
            [
                "--format=directory", $"--jobs={Jobs}",
                Compression switch { ArchiveCompression.Zstd => "--compress=zstd", ArchiveCompression.Lz4 => "--compress=lz4", _ =>
                "--compress=1" },
                $"--snapshot={snapshot}", $"--encoding={Encoding}", "--no-sync", "--verbose", $"--lock-wait-timeout={LockWaitMilliseconds}",
                .. scope.DumpArguments(), $"--file={folder}", $"--dbname={PgEnvironment.DatabaseArgument(address)}",
            ],
            Target = address.Name,
            Address = address,
            ServerMajor = ServerMajor,
            Encoding = Encoding,
            Warned = Warned,
            OnErrorLine = line =>
            {
                if (Finished().Match(line) is { Success: true } match) finished(match.Groups[1].Value);
            },
        }, cancellation);

    [GeneratedRegex(@"finished item \d+ TABLE DATA (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Finished();
}
