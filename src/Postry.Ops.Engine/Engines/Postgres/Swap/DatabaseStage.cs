using System.Runtime.ExceptionServices;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Model.PostgresNames;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>A new database beside the live one, restored from an archive and verified, that has only to take the live name.</summary>
internal sealed class DatabaseStage(PostgresAddress address, PostgresSession server, IOperationObserver observer)
{
    private const string Settings = "-c synchronous_commit=off -c maintenance_work_mem=256MB -c default_transaction_read_only=off";

    /// <summary>The outcome of restoring the archive.</summary>
    public RestoreOutcome Outcome { get; private set; } = RestoreOutcome.AsItIs;

    /// <summary>Makes and fills the stage, and checks all of it.</summary>
    public async Task<IReadOnlyList<Check>> MakeAsync(LoadedBackup backup, PostgresRestoreOptions options, SwapLog log,
        CancellationToken cancellation)
    {
        var (archive, stage) = (backup.ArtefactPath, log.Journal.Stage);
        var manifest = await LegacyTarget.CompleteAsync(backup.Manifest, address, server, cancellation);
        // A freeze of ours is no setting of the database.
        if (manifest.Legacy && log.Journal.Server is { Frozen: true } frozen)
            manifest = manifest with { Postgres = WriteFreeze.Without(manifest.Postgres!, frozen) };
        await MakeEmptyAsync(manifest.Postgres!, options, log, cancellation);
        try
        {
            if (options.OnBrokenObject == BrokenObjectRule.Leave && !manifest.Legacy)
                await FillGoingOnAsync(manifest, archive, options, stage, cancellation);
            else await FillAsync(manifest, archive, options, stage, cancellation);
        }
        catch (ToolFailedException e) when (!manifest.Legacy && options.OnBrokenObject != BrokenObjectRule.Leave)
        {
            observer.Detail($"{e.Message} Restoring once more; what fails is then tried by itself.");
            await ServerDatabases.DropAsync(server, stage, cancellation);
            await MakeEmptyAsync(manifest.Postgres!, options, log, cancellation);
            await FillGoingOnAsync(manifest, archive, options, stage, cancellation);
        }
        catch (ToolFailedException e) when (manifest.Legacy)
        {
            await RunDumpUnderPathsAsync(manifest, archive, options, log, e, cancellation);
        }
        catch (OpsException e) when (options.Jobs != 1 && !manifest.Legacy && e is DatabaseBusyException or AccessDeniedException)
        {
            // The jobs of a parallel pg_restore can get into each other's way where objects refer to each other: they deadlock, or one
            // needs what another has yet to grant.
            observer.Detail($"{e.Message} Restoring once more, one object after the other.");
            await ServerDatabases.DropAsync(server, stage, cancellation);
            await MakeEmptyAsync(manifest.Postgres!, options, log, cancellation);
            await FillAsync(manifest, archive, options with { Jobs = 1 }, stage, cancellation);
        }

        var checks = await AnalyseAndCheckAsync(manifest, archive, options, stage, cancellation);
        if (checks.All(check => check.Status != CheckStatus.Failed))
            await ApplyPropertiesAsync(manifest, archive, options, stage, cancellation);
        return checks;
    }

    private async Task ApplyPropertiesAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options, string stage,
        CancellationToken cancellation)
    {
        var facts = await KeptBackSettings.CompleteAsync(manifest, archive, cancellation);
        foreach (var lost in facts.Settings.Where(setting => setting.Value is null && !(options.NoOwner && setting.Role is not null)))
            observer.Warning(
                $"The backup does not hold what {lost.Name} was set to{(lost.Role is null ? "" : $" for {lost.Role}")} in {facts.Name}, " +
                $"which by its name may be a secret: set it again (ALTER {(lost.Role is null ? "" : "ROLE ... IN ")}DATABASE ... SET).");
        if (options.NoTablespaces) facts = DatabaseProperties.WithoutTablespaces(facts);
        await OnServerAsync("take what was set for the database that was backed up", () => InsideAsync(stage, session =>
            DatabaseProperties.ApplyAsync(session, stage, facts, options.NoOwner, cancellation), cancellation));
    }

    private async Task MakeEmptyAsync(PostgresDescription description, PostgresRestoreOptions options, SwapLog log,
        CancellationToken cancellation)
    {
        observer.Progress(new OperationProgress("PostgreSQL", "Making a new database"));
        var stage = log.Journal.Stage;
        await OnServerAsync("make a database like the one that was backed up", () =>
            server.ExecuteAsync(DatabaseProperties
                .Create(stage, description.Database, server.ServerMajor, options), cancellation));
        var comment = ServerDatabases.StageComment(log.Journal.Place.Identity!, log.Journal.RestoreId);
        await server.ExecuteAsync($"COMMENT ON DATABASE {Quote(stage)} IS {Literal(comment)}", cancellation);
        var oid = await ServerDatabases.OidAsync(server, stage, cancellation);
        log.Note(journal => journal with { Server = journal.Server! with { StageOid = oid } });
        if (options.NoOwner || !DatabaseProperties.IsOwnedFromInside(description.Database)) return;
        await OnServerAsync("give the new database to its owner", () => InsideAsync(stage, session =>
            session.ExecuteAsync(DatabaseProperties.Own(stage, description.Database), cancellation), cancellation));
    }

    private async Task InsideAsync(string stage, Func<NpgsqlSession, Task> work, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector
            .OpenAsync(address.For(stage).WithOptions("-c default_transaction_read_only=off"), cancellation);
        await work(session);
    }

    private async Task FillAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options, string stage,
        CancellationToken cancellation)
    {
        try
        {
            await BringInAsync(manifest, archive, options, stage, cancellation);
        }
        catch (ToolFailedException e)
        {
            throw await Failed(manifest.Postgres!, archive, stage).JudgeAsync(e, cancellation);
        }
    }

    private FailedEntry Failed(PostgresDescription description, string archive, string stage)
    {
        var isPart = description.Scope is { Schemas.Count: > 0 } or { ExcludedSchemas.Count: > 0 };
        return new FailedEntry(address.For(stage), archive, Tool(description), isPart);
    }

    // The server must allow the properties that a database is created with: if it refuses them, the archive is not to blame.
    private async Task OnServerAsync(string doing, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PostgresException e) when (PostgresErrors.Explain(e, address) is ServerErrorException said)
        {
            throw new InvalidRequestException(address.Name, $"The server does not {doing}: {said.Message}", said.Hint, e);
        }
    }

    // Event triggers hear what pg_restore itself does after them (materialised views are filled last) and may write rows that no backup
    // has: they come in when all else is there.
    private async Task BringInAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options, string stage,
        CancellationToken cancellation)
    {
        if (manifest.Legacy)
        {
            await RunDumpAsync(manifest, archive, options, stage, null, cancellation);
            return;
        }

        var makesPublic = PublicSchema.IsMadeBy(manifest);
        if (!makesPublic && !manifest.Contents.Schema.Any(entry => entry.Type == "event trigger"))
        {
            await RestoreAsync(manifest.Postgres!, archive, [], options, stage, cancellation);
            return;
        }

        var entries = await ArchiveList.ReadAsync(archive,
            ArchiveTool.Find(manifest.Postgres!.Dump.VersionNumber / 10000, archive, observer.Warning), cancellation);
        if (makesPublic) await PreparePublicAsync(entries, options, stage, cancellation);
        foreach (var some in entries.Entries.Where(entry => !makesPublic || !PublicSchema.Makes(entry))
            .GroupBy(entry => entry.IsAboutEventTrigger).OrderBy(group => group.Key))
            await SelectedAsync(manifest.Postgres!, archive, [.. some], options, stage, failures: null, cancellation);
    }

    /// <summary>Fills the stage with pg_restore going on after errors, and then with what failed.</summary>
    private async Task FillGoingOnAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options, string stage,
        CancellationToken cancellation)
    {
        var list = await ArchiveList.ReadAsync(archive,
            ArchiveTool.Find(manifest.Postgres!.Dump.VersionNumber / 10000, archive, observer.Warning), cancellation);
        var makesPublic = PublicSchema.IsMadeBy(manifest);
        if (makesPublic) await PreparePublicAsync(list, options, stage, cancellation);
        var chosen = list.Entries.Where(entry => !ArchiveSelection.IsSubscription(entry) && !(makesPublic && PublicSchema.Makes(entry)))
            .ToList();
        var (rows, rest) = ArchiveSelection.Part(chosen);

        // Indexes, keys and views with contents are made of the rows: all of these come first.
        var failed = await GoingOnAsync(manifest.Postgres, archive, rows, options, stage, cancellation);
        var first = failed.Count == 0 ? null : await InTransactionAsync(null,
            entries => entries.RowsAsync(failed, () => { }, cancellation));
        failed = await GoingOnAsync(manifest.Postgres, archive, rest, options, stage, cancellation);
        if (failed.Count > 0 || first is not null)
        {
            var last = await InTransactionAsync(first, async entries =>
            {
                await entries.RestAsync(failed, () => { }, cancellation);
                await entries.SettleAsync(options.OnBrokenObject, cancellation);
            });
            Outcome = last.Outcome;
        }

        await SelectedAsync(manifest.Postgres, archive, [.. chosen.Where(entry => entry.IsAboutEventTrigger)], options, stage,
            failures: null, cancellation);

        async Task<EntryRestore> InTransactionAsync(EntryRestore? before, Func<EntryRestore, Task> work)
        {
            observer.Progress(new OperationProgress("PostgreSQL", "Restoring what pg_restore could not"));
            await using var transaction = await PsqlTransaction
                .BeginAsync(address.For(stage).WithOptions(Settings), server.ServerMajor, cancellation,
                warned: observer.Warning);
            var script = new RestoreScript(transaction, archive, Tool(manifest.Postgres), options.Arguments, observer.Warning);
            var entries = new EntryRestore(transaction, script, manifest, address.Name, before);
            await work(entries);
            await transaction.ReadyAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return entries;
        }
    }

    /// <summary>Restores entries and returns those that failed. Errors: those of pg_restore where it did not come to its end.</summary>
    private async Task<IReadOnlyList<ArchiveEntry>> GoingOnAsync(
        PostgresDescription description, string archive, IReadOnlyList<ArchiveEntry> entries, PostgresRestoreOptions options, string stage,
        CancellationToken cancellation)
    {
        var failures = new FailedEntries();
        try
        {
            await SelectedAsync(description, archive, entries, options, stage, failures, cancellation);
            return [];
        }
        catch (OpsException e) when (failures.ReachedEnd && e is ToolFailedException or DatabaseBusyException or AccessDeniedException)
        {
            var numbers = failures.Numbers;
            var failed = entries.Where(entry => numbers.Contains(entry.DumpId)).ToList();
            // Large objects have transactions of their own in the archive, so that they cannot be all or nothing.
            if (failed.Count == 0 || failed.Any(entry => entry.IsLargeObjectData)) throw;
            if (options.IsTrial && await Failed(description, archive, stage).LackAsync(failed, e, cancellation)
                is { } lack)
                throw lack;
            observer.Detail(
                $"pg_restore could not restore these, which are tried by themselves: " +
                $"{string.Join("; ", failed.Select(entry => entry.Text))}.");
            return failed;
        }
    }

    private async Task SelectedAsync(
        PostgresDescription description, string archive, IReadOnlyList<ArchiveEntry> entries, PostgresRestoreOptions options, string stage,
        FailedEntries? failures, CancellationToken cancellation)
    {
        if (entries.Count == 0) return;
        using var list = await EntryListFile.WriteAsync(entries.Select(entry => entry.DumpId), cancellation);
        await RestoreAsync(description, archive, ["--use-list", list.Path], options, stage, cancellation, failures);
    }

    // A newer one than need be sets parameters that an older server does not know.
    private PgTool Tool(PostgresDescription description) =>
        PgTools.Find("pg_restore", description.Dump.VersionNumber / 10000, address.Name, PgChoice.Closest);

    private Task PreparePublicAsync(ArchiveList entries, PostgresRestoreOptions options, string stage, CancellationToken cancellation) =>
        InsideAsync(stage, session => PublicSchema.PrepareAsync(session, entries, options.NoOwner, cancellation),
            cancellation);

    /// <summary>A plain dump is one script, which is run anew under each search_path that its functions may need. Errors: the
    /// first.</summary>
    private async Task RunDumpUnderPathsAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options, SwapLog log,
        ToolFailedException first, CancellationToken cancellation)
    {
        foreach (var path in SearchPaths.Of(manifest,
            await SearchPaths.OfSessionAsync(address.For(log.Journal.Stage), cancellation)))
        {
            observer.Detail($"{first.Message} Restoring once more, with search_path = {path}.");
            await ServerDatabases.DropAsync(server, log.Journal.Stage, cancellation);
            await MakeEmptyAsync(manifest.Postgres!, options, log, cancellation);
            try
            {
                await RunDumpAsync(manifest, archive, options, log.Journal.Stage, path, cancellation);
                Outcome = RestoreOutcome.OfDump(path);
                return;
            }
            catch (ToolFailedException e)
            {
                observer.Detail(e.Message);
            }
        }

        ExceptionDispatchInfo.Throw(first);
    }

    private async Task RunDumpAsync(
        BackupManifest manifest, string dump, PostgresRestoreOptions options, string stage, string? searchPath,
        CancellationToken cancellation)
    {
        var purpose = new ScriptPurpose(InTransaction: false, options.NoOwner, server.ServerMajor,
            NoTablespaces: options.NoTablespaces, SearchPath: searchPath);
        // No session depends on the stage before the swap, whose own commit makes everything before it durable.
        await PsqlScript.RunAsync(address.For(stage).WithOptions(Settings), server.ServerMajor,
            write => LegacyDump.FeedAsync(manifest, dump, purpose, write,
                bytes => observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database", bytes,
                    manifest.Artefact.Bytes)), cancellation), observer.Warning, cancellation);
    }

    private async Task RestoreAsync(PostgresDescription description, string archive, IEnumerable<string> selection,
        PostgresRestoreOptions options, string stage, CancellationToken cancellation, FailedEntries? failures = null)
    {
        observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database"));
        var tool = Tool(description);
        // Such a pg_restore begins with a statement that the server refuses. The program has to go on, and to work alone, because the
        // errors of parallel workers cannot be told apart.
        var isRefusedAtFirst = tool.Major >= 17 && server.ServerMajor < 17;
        if (isRefusedAtFirst) failures ??= new FailedEntries();
        var jobs = isRefusedAtFirst ? 1 : options.Jobs ?? Environment.ProcessorCount;
        var arguments = new List<string> { "--dbname", PgEnvironment.DatabaseArgument(address.For(stage)), "--no-subscriptions",
            "--verbose", "--jobs", $"{jobs}" };
        // A caller that receives the failures wants the program to go on.
        if (failures is null) arguments.Add("--exit-on-error");
        arguments.AddRange([.. options.Arguments, .. selection, archive]);
        try
        {
            await RunAsync(description, tool, arguments, stage, failures, cancellation);
        }
        catch (OpsException e) when (isRefusedAtFirst && failures!.IsOnlyTimeout)
        {
            observer.Detail($"{tool} is newer than the server, which refused nothing but its SET transaction_timeout: {e.Message}");
        }
    }

    private async Task RunAsync(PostgresDescription description, PgTool tool, IReadOnlyList<string> arguments, string stage,
        FailedEntries? failures, CancellationToken cancellation)
    {
        var (done, total) = (0, description.Tables.Count(table => table.DataFile is not null));
        await PgProcess.RunAsync(
            new PgCommand
            {
                Tool = tool,
                Arguments = arguments,
                Target = address.Name,
                // No session depends on the stage before the swap, whose own commit makes everything before it durable.
                Address = address.For(stage).WithOptions(Settings),
                ServerMajor = server.ServerMajor,
                Encoding = SessionSettings.ClientEncoding(description.Database.Encoding),
                // The number of errors adds nothing to the errors themselves.
                Warned = warning =>
                {
                    if (!warning.Contains("errors ignored on restore: ", StringComparison.Ordinal)) observer.Warning(warning);
                },
                OnErrorLine = line =>
                {
                    failures?.Hear(line);
                    if (line.Contains("finished item", StringComparison.Ordinal) && line.Contains("TABLE DATA", StringComparison.Ordinal))
                        observer.Progress(new OperationProgress("PostgreSQL", "Restoring into the new database",
                            Interlocked.Increment(ref done), total));
                },
            }, cancellation);
    }

    // The planner's statistics are gathered while the rows are read for their fingerprints anyway.
    private async Task<IReadOnlyList<Check>> AnalyseAndCheckAsync(BackupManifest manifest, string archive, PostgresRestoreOptions options,
        string stage, CancellationToken cancellation)
    {
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var analysis = AnalyseAsync(stage, failFast.Token);
        try
        {
            var checks = await new RestoredContents(address.For(stage), observer, Outcome)
                .CheckAsync(manifest, archive, options.NoOwner, options.Jobs, failFast.Token);
            await analysis;
            return checks;
        }
        catch
        {
            await failFast.CancelAsync();
            await analysis.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task AnalyseAsync(string stage, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address.For(stage), cancellation);
        if (Outcome.SetPath is { Length: > 0 } path) await session.ExecuteAsync(path, cancellation);
        try
        {
            await session.ExecuteAsync("ANALYZE", cancellation);
        }
        catch (PostgresException e) when (Outcome != RestoreOutcome.AsItIs)
        {
            // ANALYZE evaluates the expression of an index once more.
            observer.Warning($"The planner's statistics could not be gathered for every table, which costs no rows: {e.MessageText}.");
        }
    }
}
