using Npgsql;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Manifests;
using Postry.Ops.Engine.Postgres.Contents;
using Postry.Ops.Engine.Postgres.Tools;
using Postry.Ops.Engine.Reporting;

namespace Postry.Ops.Engine.Postgres.BackingUp;

/// <summary>One backup of a PostgreSQL database: a snapshot, the archive of it, and what the archive holds.</summary>
/// <param name="address">The database.</param>
/// <param name="options">What is left out and how it is stored.</param>
/// <param name="fingerprint">How much to measure.</param>
/// <param name="patience">How long to wait for locks.</param>
/// <param name="reporter">Hears of progress and of what should be known.</param>
internal sealed class PostgresCapture(PostgresAddress address, PostgresBackupOptions options, FingerprintKind fingerprint, TimeSpan patience, IReporter reporter)
{
    private const string Operation = "Backup";

    private readonly BackupScope _scope = BackupScope.Create(options, Operation, address.Name);
    private readonly int _jobs = Math.Max(options.Jobs ?? Environment.ProcessorCount, 1);

    /// <summary>
    /// Writes the archive into a folder that is not there yet; where this fails the folder is the caller's to remove. Errors: those of connecting and of pg_dump,
    /// AccessDenied (what could not be backed up whole), DatabaseBusy, ToolMissing, ToolTooOld, BackupCorrupt.
    /// </summary>
    public async Task<Capture> RunAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            var locks = new SourceLocks(OpenAsync, _scope, patience, Operation, address.Name);
            Report("Taking the snapshot");
            await using var snapshot = await locks.TakeSnapshotAsync(cancellation).ConfigureAwait(false);
            var survey = await SourceSurvey.TakeAsync(snapshot.Connection, _scope, cancellation).ConfigureAwait(false);
            await WarnAsync(snapshot.Connection, survey, cancellation).ConfigureAwait(false);
            var roles = await RoleDefinitions.ReadAsync(snapshot.Connection, _scope, cancellation).ConfigureAwait(false);

            var tool = DumpProcess.Find(survey.Server.Major, options.Compression, Operation, address.Name);
            reporter.Verbose($"Dumping {address.Name} ({survey.Server.Version}) as of {snapshot.At:o} with {tool}.");
            await DumpAsync(tool, snapshot, locks, survey, folder, cancellation).ConfigureAwait(false);
            Files.WriteDurably(Path.Combine(folder, RoleScript.FileName), System.Text.Encoding.UTF8.GetBytes(RoleScript.Write(roles, address.Name)));
            return await MeasureAsync(tool, snapshot, survey, roles, folder, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OpsException && !cancellation.IsCancellationRequested && PostgresErrors.Explain(e, Operation, address) is { } explained)
        {
            throw explained;
        }
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => PostgresConnector.OpenAsync(address, Operation, cancellation);

    private async Task DumpAsync(PgTool tool, ServerSnapshot snapshot, SourceLocks locks, SourceSurvey survey, string folder, CancellationToken cancellation)
    {
        Files.CreatePrivateFolder(folder);
        var progress = new DumpProgress(survey, (done, total) => Report("Dumping", done, total));
        var dump = new DumpProcess(PostgresConnector.ConnectedAddress(snapshot.Connection, address), tool, Operation)
        {
            Patience = patience,
            ServerMajor = survey.Server.Major,
            Jobs = Math.Clamp(survey.Tables.Count, 1, _jobs),
            Compression = options.Compression,
            Encoding = survey.Database.Encoding == "SQL_ASCII" ? "SQL_ASCII" : "UTF8",
        };
        try
        {
            await dump.RunAsync(snapshot.Id, _scope, folder, progress.Finished, cancellation).ConfigureAwait(false);
        }
        catch (DatabaseBusyException e) when (snapshot.Connection.State == System.Data.ConnectionState.Open)
        {
            throw await locks.NameHoldersAsync(snapshot.Connection, cancellation).ConfigureAwait(false) is { } holders ? locks.Busy(holders, e) : e;
        }

        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.EnumerateFiles(folder)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<Capture> MeasureAsync(PgTool tool, ServerSnapshot snapshot, SourceSurvey survey, RoleDefinitions roles, string folder, CancellationToken cancellation)
    {
        var restore = ArchiveTool.Find(tool.Major, Operation, address.Name);
        var list = await ArchiveList.ReadAsync(folder, restore, cancellation).ConfigureAwait(false);
        var tables = Locate(survey, list, folder);

        // Hashing is the processor's work and syncing the disk's: both at the same time. The first to fail stops the others.
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var durable = Task.Run(() => Sync(folder), CancellationToken.None);
        var reading = ReadArchiveAsync(folder, tables, restore, failFast.Token);
        var live = fingerprint == FingerprintKind.Live ? ReadLiveAsync(snapshot, tables, failFast.Token) : Task.FromResult<LiveReading?>(null);
        var schema = ArchiveTool.ReadSchemaAsync(folder, restore, new SchemaRules(), failFast.Token);
        var sequences = Sequences.ReadAsync(folder, list, restore, failFast.Token);
        await WhenAllOrFirstCauseAsync(failFast, cancellation, durable, reading, live, schema, sequences).ConfigureAwait(false);

        var archive = await reading.ConfigureAwait(false);
        if (archive.Damage.Count > 0) throw Corrupt($"The archive that pg_dump wrote cannot be read back: {archive.Damage[0].File}: {archive.Damage[0].Problem}");
        if (await live.ConfigureAwait(false) is { } seen) RequireEqual(archive, seen);

        var unread = survey.IsStandby && survey.Tables.Any(t => t.Table.Unlogged) ? "without unlogged tables, which a standby does not have" : null;
        return new Capture
        {
            SnapshotAt = snapshot.At,
            SourceBytes = survey.Database.Bytes,
            ArtefactBytes = archive.Files.Sum(file => file.Bytes),
            ArtefactSha256 = FolderFile.Sha256Of(archive.Files),
            Compression = options.Compression.ToString().ToLowerInvariant(),
            Files = archive.Files,
            Contents = new DatabaseContents(
                fingerprint,
                fingerprint is FingerprintKind.Content or FingerprintKind.Live ? CopyTextHasher.Algorithm : null,
                archive.Tables,
                await schema.ConfigureAwait(false)),
            Postgres = new PostgresDescription
            {
                Server = survey.Server,
                Database = survey.Database,
                Scope = _scope.Describe(survey.LargeObjects, unread),
                Dump = new PostgresDump(tool.Version, VersionNumber(tool), options.Compression.ToString().ToLowerInvariant(), RoleScript.FileName),
                Tables = tables,
                Sequences = await sequences.ConfigureAwait(false),
                LargeObjects = _scope.IsSelection ? null : archive.LargeObjects,
                Extensions = survey.Extensions,
                Migrations = survey.Migrations,
                Roles = roles.Roles,
                Memberships = roles.Memberships,
            },
        };
    }

    // The archive must hold the rows of every table in scope and of no other: pg_dump reads the patterns by itself.
    private List<PostgresTable> Locate(SourceSurvey survey, ArchiveList list, string folder)
    {
        var files = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).ToLookup(name => name[..Math.Max(name.IndexOf('.'), 0)]);
        var data = list.Entries.Where(entry => entry.IsTableData).ToDictionary(entry => entry.Oid);
        var tables = new List<PostgresTable>();
        foreach (var (table, inScope, ofExtension) in survey.Tables)
        {
            var expected = inScope && !(survey.IsStandby && table.Unlogged);
            data.Remove(table.Oid, out var entry);
            // Whether the table of an extension is dumped hangs on the extension's own place, too.
            if (expected != entry is not null && !ofExtension)
                throw Corrupt(expected ? $"pg_dump left out the rows of {table.DisplayName}." : $"pg_dump took the rows of {table.DisplayName}, which were to be left out.");
            tables.Add(table with { DataFile = entry is null ? null : files[entry.DumpId.ToString(null, System.Globalization.CultureInfo.InvariantCulture)].FirstOrDefault() ?? $"{entry.DumpId}.dat" });
        }

        return data.Count == 0 ? tables : throw Corrupt($"pg_dump took rows that were not asked for: {data.Values.First().Text}.");
    }

    private async Task<ArchiveReading> ReadArchiveAsync(string folder, IReadOnlyList<PostgresTable> tables, RunRestore restore, CancellationToken cancellation)
    {
        var total = Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
        var done = 0L;
        return await new ArchiveContents(folder, tables, fingerprint, _jobs, restore, bytes => Report("Proving the archive", Interlocked.Add(ref done, bytes), total))
            .ReadAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<LiveReading?> ReadLiveAsync(ServerSnapshot snapshot, IReadOnlyList<PostgresTable> tables, CancellationToken cancellation)
    {
        var server = new ServerContents(OpenAsync, FingerprintKind.Live, _jobs, _ => { });
        return new LiveReading(
            await server.ReadTablesAsync(snapshot.Id, tables.Where(table => table.DataFile is not null), cancellation).ConfigureAwait(false),
            _scope.IsSelection ? null : await server.ReadLargeObjectsAsync(snapshot, cancellation).ConfigureAwait(false));
    }

    private void RequireEqual(ArchiveReading archive, LiveReading live)
    {
        var expected = live.Tables.ToDictionary(table => table.Name);
        var different = archive.Tables.Where(table => expected.GetValueOrDefault(table.Name) != table).Select(table => table.Name).ToList();
        if (live.LargeObjects is { } objects && archive.LargeObjects != objects) different.Add("the large objects");
        if (different.Count > 0) throw Corrupt($"The archive does not hold what the snapshot holds: {string.Join(", ", different.Take(10))}{(different.Count > 10 ? $" and {different.Count - 10} more" : "")}.");
    }

    private async Task WarnAsync(NpgsqlConnection connection, SourceSurvey survey, CancellationToken cancellation)
    {
        if (survey is { Subscriptions: > 0, IsSuperuser: false }) reporter.Warning($"{address.Name}: subscriptions are only in the archive of a superuser; this one lacks {survey.Subscriptions}.");
        foreach (var (parameter, pattern) in await _scope.FindUnusedAsync(connection, cancellation).ConfigureAwait(false))
        {
            if (parameter == "-Schema")
                throw new InvalidRequestException(Operation, address.Name, $"No schema of {address.Name} matches {pattern}.", "Check -Schema; names with capitals need double quotes inside the pattern.");
            reporter.Warning($"{address.Name}: {parameter} {pattern} matches nothing that stores rows.");
        }
    }

    // "15.18" is 150018, "18beta1" is 180000.
    private static int VersionNumber(PgTool tool) =>
        tool.Major * 10000 + (tool.Version.Split('.') is [_, var minor, ..] && int.TryParse(minor, out var number) ? number : 0);

    private static void Sync(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) Files.Sync(file);
        Files.SyncFolder(folder);
    }

    // All are waited for; what made the others stop is the one to report.
    private static async Task WhenAllOrFirstCauseAsync(CancellationTokenSource failFast, CancellationToken cancellation, params Task[] tasks)
    {
        async Task StopOthersOnFailure(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!task.IsCompletedSuccessfully) await failFast.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(tasks.Select(StopOthersOnFailure)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (tasks.FirstOrDefault(task => task.IsFaulted) is { } failed) await failed.ConfigureAwait(false);
        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private BackupCorruptException Corrupt(string problem) => new(Operation, address.Name, problem,
        "Nothing was kept. Run the backup again; if it fails again, check the disk and the memory of this machine and the version of pg_dump.");

    private void Report(string step, long? done = null, long? total = null) => reporter.Progress(new OperationProgress("", step, done, total));

    private sealed record LiveReading(IReadOnlyList<TableContent> Tables, PostgresLargeObjects? LargeObjects);
}
