using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// The common part of both restores in one transaction: remove the old contents, restore the archive, check it, and only then commit.
/// </summary>
/// <param name="address">The database.</param>
/// <param name="observer">Receives the progress.</param>
internal abstract class TransactionStrategy(PostgresAddress address, IOperationObserver observer) : ITransactionStrategy
{
    private const int AnalysedAtOnce = 500;

    private IReadOnlyList<string> _defaultPrivileges = [];

    /// <summary>The name of the target, which errors carry.</summary>
    protected string Target { get; } = address.Name;

    /// <summary>The strategy.</summary>
    protected abstract RestoreStrategy Strategy { get; }

    /// <summary>The open transaction.</summary>
    internal PsqlTransaction? Transaction { get; private set; }

    /// <summary>The script that comes in.</summary>
    internal RestoreScript? Script { get; private set; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Check>> StageAsync(Incoming incoming, SwapLog log, CancellationToken cancellation)
    {
        try
        {
            return await StageAsync(incoming, oneByOne: false, null, log, cancellation);
        }
        catch (ToolFailedException e) when (incoming.Manifest.Legacy && IsServersWord(e))
        {
            // A path could lead a dump's statements into schemas that stay where they are.
            if (Strategy == RestoreStrategy.Schema) throw;
            return await StageUnderPathsAsync(incoming, e, log, cancellation);
        }
        catch (ToolFailedException e) when (!incoming.Manifest.Legacy && IsServersWord(e))
        {
            observer.Detail($"{e.Message} Restoring once more, one object after the other.");
            return await StageAsync(incoming, oneByOne: true, null, log, cancellation);
        }
    }

    // A program that was ended, or an archive that cannot be read, goes wrong in another order as well.
    private static bool IsServersWord(ToolFailedException e) =>
        ToolComplaintsException.Behind(e).Any(complaint => complaint is { IsWarning: false, SqlState: not null });

    /// <summary>A plain dump is one script, which is run anew under each search_path that its functions may need. Errors: the
    /// first.</summary>
    private async Task<IReadOnlyList<Check>> StageUnderPathsAsync(Incoming incoming, ToolFailedException first, SwapLog log,
        CancellationToken cancellation)
    {
        foreach (var path in SearchPaths.Of(incoming.Manifest,
            await SearchPaths.OfSessionAsync(address, cancellation)))
        {
            observer.Detail($"{first.Message} Restoring once more, with search_path = {path}.");
            try
            {
                Outcome = RestoreOutcome.OfDump(path);
                return await StageAsync(incoming, oneByOne: false, path, log, cancellation);
            }
            catch (ToolFailedException e)
            {
                observer.Detail(e.Message);
            }
        }

        ExceptionDispatchInfo.Throw(first);
        return [];
    }

    private async Task<IReadOnlyList<Check>> StageAsync(Incoming incoming, bool oneByOne, string? searchPath, SwapLog log,
        CancellationToken cancellation)
    {
        try
        {
            var server = await ServerAsync(cancellation);
            var restore = incoming.Manifest.Legacy ? null
                : PgTools.Find("pg_restore", incoming.DumpMajor, Target, PgChoice.Closest);
            var list = restore is null ? null : await ListAsync(restore, incoming.Archive, cancellation);

            var transaction = Transaction = await PsqlTransaction
                .BeginAsync(server.Address, server.Major, cancellation, warned: observer.Warning);
            log.Note(journal => journal with { Server =
                (journal.Server ?? new ServerJournal { Strategy = Strategy }) with { Strategy = Strategy, Transaction = transaction.Id } });
            await ReplaceAsync(transaction, incoming, log, cancellation);
            var kept = await ExtensionTables.ReadAsync(transaction, incoming.Manifest, cancellation);
            kept = await TakeOverAsync(transaction, kept, cancellation);
            var existing = await Existing.ReadAsync(transaction, kept.Numbers, cancellation);

            if (restore is null || list is null)
            {
                await BringDumpAsync(transaction, incoming, searchPath, cancellation);
            }
            else
            {
                var script = Script = new RestoreScript(transaction, incoming.Archive, restore, incoming.Arguments,
                    observer.Warning);
                await BringAsync(script, list, existing, incoming, oneByOne, cancellation);
            }

            if (_defaultPrivileges.Count > 0)
                await transaction.ExecuteAsync(string.Concat(_defaultPrivileges.Select(statement => statement + ";\n")), cancellation);

            var checks = await CheckAsync(transaction, incoming.Manifest, kept.Names, cancellation);
            await AnalyzeAsync(transaction, LiveSchemas.Of(incoming.Manifest), cancellation);
            await transaction.ReadyAsync(cancellation);
            return checks;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public RestoreOutcome Outcome { get; private set; } = RestoreOutcome.AsItIs;

    /// <inheritdoc/>
    public async Task<SwapResult> CommitAsync(SwapLog log, CancellationToken cancellation)
    {
        var transaction = Transaction ?? throw new InvalidOperationException("Nothing is staged.");
        try
        {
            log.Step(JournalStep.Swapping);
            var (result, closed) = await CloseAsync(transaction, log.Journal, cancellation);
            await transaction.CommitAsync(cancellation);
            return result with { Unavailable = closed.Elapsed };
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Transaction is { } transaction) await transaction.DisposeAsync();
        Transaction = null;
    }

    /// <summary>Takes what is live out of the way.</summary>
    protected abstract Task ReplaceAsync(PsqlTransaction transaction, Incoming incoming, SwapLog log, CancellationToken cancellation);

    /// <summary>Empties those tables of extensions whose rows come from the archive; returns those that stay.</summary>
    protected virtual Task<ExtensionTables> TakeOverAsync(PsqlTransaction transaction, ExtensionTables tables,
        CancellationToken cancellation) => Task.FromResult(tables);

    /// <summary>Says what of the archive comes in.</summary>
    protected abstract Func<ArchiveEntry, bool> Select(Existing existing);

    /// <summary>Has the default privileges that hold in every schema come back once the archive is in, which does not hold them.</summary>
    protected async Task KeepDefaultPrivilegesAsync(PsqlTransaction transaction, CancellationToken cancellation) =>
        _defaultPrivileges = await DefaultPrivileges.ReadAsync(transaction, cancellation);

    /// <summary>Locks the others out, and says what the commit does and since when they are waiting.</summary>
    protected abstract Task<(SwapResult Result, Stopwatch Closed)> CloseAsync(PsqlTransaction transaction, RestoreJournal journal,
        CancellationToken cancellation);

    private async Task<(PostgresAddress Address, int Major)> ServerAsync(CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        return (PostgresConnector.ConnectedAddress(session, address), session.ServerMajor);
    }

    private async Task<ArchiveList> ListAsync(PgTool restore, string archive, CancellationToken cancellation)
    {
        var command = new PgCommand { Tool = restore, Arguments = ["-l", archive], Target = archive, Warned =
            observer.Warning };
        return ArchiveList.Parse(new StringReader(await PgProcess.ReadAsync(command, cancellation)));
    }

    private async Task BringAsync(RestoreScript script, ArchiveList list, Existing existing, Incoming incoming, bool oneByOne,
        CancellationToken cancellation)
    {
        var manifest = incoming.Manifest;
        var total = Math.Max(1, manifest.Postgres!.Tables.Sum(table => table.Bytes));
        var select = Select(existing);
        var makesPublic = PublicSchema.IsMadeBy(manifest);
        if (makesPublic) await PublicSchema.PrepareAsync(Transaction!, list, incoming.NoOwner, cancellation);
        var chosen = list.Entries.Where(select).Where(entry => !makesPublic || !PublicSchema.Makes(entry)).ToList();
        if (oneByOne)
        {
            await BringOneByOneAsync(script, chosen, incoming, cancellation);
            return;
        }

        await script.RunAsync([.. chosen.Where(entry => !entry.IsLargeObjectData && !entry.IsAboutEventTrigger)
            .Select(entry => entry.DumpId)], dataOnly: false,
            bytes => Report("Restoring", Math.Min(bytes, total), total), cancellation);
        await LargeObjectsAsync(script, chosen, cancellation);
        await EventTriggersAsync(script, chosen, cancellation);
    }

    private async Task BringOneByOneAsync(RestoreScript script, List<ArchiveEntry> chosen, Incoming incoming,
        CancellationToken cancellation)
    {
        var (rows, rest) = ArchiveSelection.Part(chosen);
        var (done, total) = (0, rows.Count + rest.Count);
        void Done() => Report("Restoring object by object", ++done, total);
        var entries = new EntryRestore(Transaction!, script, incoming.Manifest, Target);
        await entries.RowsAsync([.. rows.Where(entry => !entry.IsLargeObjectData)], Done, cancellation);
        await LargeObjectsAsync(script, chosen, cancellation);
        await entries.RestAsync(rest, Done, cancellation);
        await entries.SettleAsync(incoming.OnBrokenObject, cancellation);
        await EventTriggersAsync(script, chosen, cancellation);
        Outcome = entries.Outcome;
    }

    private Task LargeObjectsAsync(RestoreScript script, List<ArchiveEntry> chosen, CancellationToken cancellation) =>
        script.RunAsync([.. chosen.Where(entry => entry.IsLargeObjectData).Select(entry => entry.DumpId)], dataOnly: true, bytes =>
            Report("Restoring large objects", bytes, null), cancellation);

    // Last, for they hear what pg_restore does and may write rows that no backup has.
    private static Task EventTriggersAsync(RestoreScript script, List<ArchiveEntry> chosen, CancellationToken cancellation) =>
        script.RunAsync([.. chosen.Where(entry => entry.IsAboutEventTrigger).Select(entry => entry.DumpId)], dataOnly: false, _ => { },
            cancellation);

    private async Task BringDumpAsync(PsqlTransaction transaction, Incoming incoming, string? searchPath, CancellationToken cancellation)
    {
        var purpose = new ScriptPurpose(InTransaction: true, incoming.NoOwner, transaction.ServerMajor,
            Strategy == RestoreStrategy.Schema ? LiveSchemas.Of(incoming.Manifest).ToHashSet(StringComparer.Ordinal) : null,
            incoming.NoTablespaces, searchPath);
        var word = RandomNumberGenerator.GetHexString(32);
        await transaction.FeedAsync(async write =>
        {
            await write(Encoding.ASCII.GetBytes($"\\restrict {word}\n"));
            await LegacyDump.FeedAsync(incoming.Manifest, incoming.Archive, purpose, write, bytes =>
                Report("Restoring", bytes, incoming.Manifest.Artefact.Bytes), cancellation);
            await write(Encoding.ASCII.GetBytes($"\n\\unrestrict {word}\n"));
        }, cancellation);
        // The transaction gets back the settings that it had before the dump changed them.
        await transaction.ExecuteAsync(
            """
            RESET SESSION AUTHORIZATION;
            SET standard_conforming_strings = on;
            SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('row_security', 'off', false);
            """, cancellation);
    }

    private Task<IReadOnlyList<Check>> CheckAsync(PsqlTransaction transaction, BackupManifest manifest, IReadOnlySet<string> kept,
        CancellationToken cancellation) =>
        new TransactionChecks(transaction, manifest, LiveSchemas.Of(manifest), kept, Outcome, (done, total) =>
            Report("Verifying", done, total)).RunAsync(cancellation);

    private async Task AnalyzeAsync(PsqlTransaction transaction, IReadOnlyList<string> schemas, CancellationToken cancellation)
    {
        Report("Analysing", 0, null);
        var statements = await transaction.TextsAsync(
            $"""
            SELECT pg_catalog.format('ANALYZE %I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
              AND NOT {PlacedObjects.OfExtension("'pg_catalog.pg_class'::pg_catalog.regclass", "c.oid")}
            """, cancellation);
        if (Outcome == RestoreOutcome.AsItIs)
        {
            foreach (var some in statements.Chunk(AnalysedAtOnce))
                await transaction.ExecuteAsync(string.Concat(some.Select(statement => statement + ";\n")), cancellation);
            return;
        }

        // ANALYZE evaluates the expression of an index once more.
        foreach (var statement in statements)
            if (await transaction.TryAsync($"{Outcome.SetPath}{statement};", cancellation) is { } error)
                observer.Warning($"The planner's statistics could not be gathered, which costs no rows: {statement}: {error.Told}.");
    }

    private void Report(string step, long done, long? total) => observer.Progress(new OperationProgress("PostgreSQL", step, done, total));
}

/// <summary>A backup that is being restored into a database.</summary>
/// <param name="Manifest">The manifest of the backup.</param>
/// <param name="Archive">The archive's folder.</param>
/// <param name="NoOwner">True to leave owners and grants out.</param>
/// <param name="NoTablespaces">True to leave tablespaces out.</param>
/// <param name="OnBrokenObject">The treatment of objects that cannot be created.</param>
internal sealed record Incoming(
    BackupManifest Manifest, string Archive, bool NoOwner, bool NoTablespaces = false, BrokenObjectRule OnBrokenObject =
        BrokenObjectRule.Refuse)
{
    /// <param name="backup">The backup.</param>
    /// <param name="options">The options of the restore; the strategy is decided by now.</param>
    public Incoming(LoadedBackup backup, PostgresRestoreOptions options)
        : this(backup.Manifest, backup.ArtefactPath, options.NoOwner, options.NoTablespaces, options.OnBrokenObject)
    {
    }

    /// <summary>The options for pg_restore.</summary>
    public IReadOnlyList<string> Arguments => new PostgresRestoreOptions { NoOwner = NoOwner, NoTablespaces = NoTablespaces }.Arguments;

    /// <summary>Major version of the pg_dump that wrote it.</summary>
    public int DumpMajor => Manifest.Postgres!.Dump.VersionNumber / 10000;
}
