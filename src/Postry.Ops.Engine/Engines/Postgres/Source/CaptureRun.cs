using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>A capture: the snapshot, its archive, and the proof of the archive's contents.</summary>
internal sealed class CaptureRun(
    PostgresAddress address, PostgresBackupOptions options, FingerprintKind fingerprint, TimeSpan patience, IOperationObserver observer,
    string folder)
{
    private const int Attempts = 3;

    private readonly BackupScope _scope = BackupScope.Create(options, address.Name);
    private readonly int _jobs = Math.Max(options.Jobs ?? Environment.ProcessorCount, 1);

    // A session that blocks pg_dump may be gone at the next attempt; one that blocked earlier steps has been waited for already.
    private bool _isDumping;

    private string Compression => options.Compression.ToString().ToLowerInvariant();

    /// <summary>Does all of it.</summary>
    public async Task<CaptureResult> RunAsync(CancellationToken cancellation)
    {
        var locks = new SourceLocks(OpenAsync, _scope, patience, address.Name);
        var withLocks = true;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Each worker of pg_dump locks its tables anew, and fails if another session waits for one of them; a single worker holds
                // all its locks from the start.
                return await TryAsync(locks, attempt == 1 ? _jobs : 1, withLocks, cancellation);
            }
            catch (Exception e) when (SourceLocks.IsFull(e))
            {
                cancellation.ThrowIfCancellationRequested();
                var setting = await locks.SettingAsync(cancellation);
                if (attempt == Attempts) throw locks.TooFew(setting, e);
                withLocks = false;
                observer.Warning(string.Create(CultureInfo.InvariantCulture,
                    $"The server has no room for the locks of several sessions on {setting.Tables:N0} tables of {address.Name}. The dump " +
                        $"starts again with a single session, one table at a time. max_locks_per_transaction = {setting.Enough} " +
                        $"(now {setting.Now}) is enough for all sessions."));
            }
            catch (DatabaseBusyException e) when (attempt < Attempts && _isDumping)
            {
                observer.Warning($"{e.Message} The dump starts again with a new snapshot and one table at a time.");
            }

            if (Directory.Exists(folder)) Files.DeleteFolder(folder, recursive: true);
        }
    }

    private async Task<CaptureResult> TryAsync(SourceLocks locks, int jobs, bool withLocks, CancellationToken cancellation)
    {
        _isDumping = false;
        Report("Taking the snapshot");
        await using var snapshot = await locks.TakeSnapshotAsync(withLocks, cancellation);
        await snapshot.MarkAsync(cancellation);
        var survey = await SourceSurvey.TakeAsync(snapshot.Session, _scope, cancellation);
        await CheckScopeAsync(snapshot.Session, survey, cancellation);
        var roles = await RoleDefinitions.ReadAsync(snapshot.Session, _scope, cancellation);
        await snapshot.ReleaseAsync(cancellation);

        var tool = DumpProcess.Find(survey.Server.Major, options.Compression, address.Name);
        observer.Detail(Invariant($"Dumping {address.Name} (server {survey.Server.Version}) as of {snapshot.At:o} with {tool}."));
        _isDumping = true;
        await DumpAsync(tool, jobs, snapshot, locks, survey, cancellation);
        if (!withLocks) await locks.RequireSameFilesAsync(cancellation);
        _isDumping = false;
        Files.WriteDurably(Path.Combine(folder, RoleScript.FileName),
            ByteKeepingEncoding.Instance.GetBytes(RoleScript.Write(roles, address.Name)));

        var proof = new ArchiveProof(folder, fingerprint, _jobs, ArchiveTool.Find(tool.Major, address.Name, observer.Warning),
            address.Name);
        var found = await proof.TakeAsync(survey, ReadLiveAsync(snapshot), (done, total) => Report("Proving the archive", done, total),
            cancellation);
        var omissions = await new Omissions(snapshot.Session, _scope).ReadAsync(found.Tables, cancellation);
        if (Omissions.Warning(omissions) is { } lost) observer.Warning($"{address.Name}: {lost}");
        return Result(snapshot, survey, tool, roles, found, omissions);
    }

    private Task<NpgsqlSession> OpenAsync(CancellationToken cancellation) =>
        PostgresConnector.OpenAsync(address, cancellation);

    private async Task CheckScopeAsync(PostgresSession session, SourceSurvey survey, CancellationToken cancellation)
    {
        if (survey is { Subscriptions: > 0, IsSuperuser: false })
            observer.Warning(
                $"{address.Name}: pg_dump takes subscriptions only for a superuser; the archive lacks {survey.Subscriptions}.");
        foreach (var (option, pattern) in await _scope.FindUnusedAsync(session, cancellation))
        {
            if (option == OptionName.Schema)
                throw new InvalidRequestException(address.Name, $"No schema of {address.Name} matches {pattern}.",
                    $"Check {OptionName.Schema}; names with capitals need double quotes inside the pattern.");
            observer.Warning($"{address.Name}: {option} {pattern} matches nothing that stores rows.");
        }
    }

    private async Task DumpAsync(PgTool tool, int jobs, ServerSnapshot snapshot, SourceLocks locks, SourceSurvey survey,
        CancellationToken cancellation)
    {
        Files.CreatePrivateFolder(folder);
        var progress = new DumpProgress(survey, (done, total) => Report("Dumping", done, total));
        var dump = new DumpProcess(PostgresConnector.ConnectedAddress(snapshot.Session, address), tool)
        {
            ServerMajor = survey.Server.Major,
            Jobs = Math.Clamp(survey.Tables.Count, 1, jobs),
            Compression = options.Compression,
            Warned = observer.Warning,
            Encoding = SessionSettings.ClientEncoding(survey.Database.Encoding),
        };
        try
        {
            await dump.RunAsync(snapshot.Id, _scope, folder, progress.Finished, cancellation);
        }
        catch (DatabaseBusyException e)
        {
            if (await locks.NameHoldersAsync(snapshot.Session, cancellation) is { } holders)
                throw locks.Busy(holders, e);
            throw;
        }

        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.EnumerateFiles(folder)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Func<IReadOnlyList<PostgresTable>, CancellationToken, Task<LiveReading>>? ReadLiveAsync(ServerSnapshot snapshot) =>
        fingerprint != FingerprintKind.Live ? null
        : async (tables, cancellation) =>
        {
            var server = new ServerContents(OpenAsync, FingerprintKind.Live, _jobs, _ => { });
            return new LiveReading(
                await server.ReadTablesAsync(snapshot, tables, cancellation),
                _scope.IsSelection ? null : await server.ReadLargeObjectsAsync(snapshot, cancellation));
        };

    private CaptureResult Result(ServerSnapshot snapshot, SourceSurvey survey, PgTool tool, RoleDefinitions roles, ArchiveFindings found,
        IReadOnlyList<Omission> omissions)
    {
        var unread = survey.IsStandby && survey.Tables.Any(entry => entry.Table.Unlogged)
            ? "without unlogged tables, which a standby does not have" : null;
        return new CaptureResult
        {
            SnapshotAt = snapshot.At,
            SourceBytes = survey.Database.Bytes,
            ArtefactBytes = found.Reading.Files.Sum(file => file.Bytes),
            ArtefactSha256 = FolderFile.Sha256Of(found.Reading.Files),
            Files = found.Reading.Files,
            Compression = Compression,
            Contents = new DatabaseContents(
                fingerprint,
                fingerprint is FingerprintKind.Content or FingerprintKind.Live ? CopyTextHasher.Algorithm : null,
                found.Reading.Tables,
                found.Schema) { NotHeld = omissions },
            Postgres = new PostgresDescription
            {
                Server = survey.Server,
                Database = survey.Database,
                Scope = _scope.Describe(survey.LargeObjects, unread),
                Dump = new PostgresDump(tool.Version, VersionNumber(tool), Compression, RoleScript.FileName),
                Tables = found.Tables,
                Sequences = found.Sequences,
                MaterializedViews = found.MaterializedViews,
                LargeObjects = _scope.IsSelection ? null : found.Reading.LargeObjects,
                LargeObjectMetadata = survey.LargeObjectMetadata,
                Extensions = survey.Extensions,
                Migrations = survey.Migrations,
                Roles = roles.Roles,
                Memberships = roles.Memberships,
            },
        };
    }

    // "15.18" is 150018, "18beta1" is 180000.
    private static int VersionNumber(PgTool tool) =>
        tool.Major * 10000 + (tool.Version.Split('.') is [_, var minor, ..] && int.TryParse(minor, out var number) ? number : 0);

    private void Report(string step, long? done = null, long? total = null) =>
        observer.Progress(new OperationProgress("PostgreSQL", step, done, total));
}
