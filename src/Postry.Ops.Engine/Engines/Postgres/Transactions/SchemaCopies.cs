using System.Text.RegularExpressions;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The schemas that restores and undos keep beside the live ones. Records call them "schemas
/// postry_prev_&lt;restore&gt;_*".</summary>
internal sealed partial class SchemaCopies(PostgresAddress address)
{
    /// <summary>The name in a record for the schemas that a restore replaced.</summary>
    public static string PreviousCopy(string restoreId) => $"schemas {KeptNames.PreviousSchema(restoreId, "")}*";

    /// <summary>The name in a record for the schemas that an undo replaced.</summary>
    public static string UndoneCopy(string restoreId) => $"schemas {KeptNames.UndoneSchema(restoreId, "")}*";

    /// <summary>True for what a record calls such schemas.</summary>
    public static bool IsSchemaCopy(string copy) => Pattern().IsMatch(copy);

    /// <summary>
    /// Puts kept schemas back under their names in one transaction, and keeps those that they replace. Errors: SourceNotFound,
    /// DatabaseBusy.
    /// </summary>
    /// <param name="copy">The name in the record.</param>
    /// <param name="restored">The schemas of the restored backup: those that the restore added are moved away too. Empty if the backup is
    /// gone.</param>
    /// <param name="log">The undo's journal.</param>
    /// <param name="cancellation">Stops the undo; not after the commit has begun.</param>
    public Task<SwapResult> UndoAsync(string copy, IReadOnlyList<string> restored, SwapLog log, CancellationToken cancellation) =>
        RunAsync(async session =>
    {
        var restoreId = log.Journal.RestoreId;
        var back = await PairAsync(session, copy, restored, cancellation);
        if (back.Count == 0) throw Gone(copy);
        var away = await ReplacedAsync(session, restoreId, back, restored, cancellation);

        await session.ExecuteAsync("BEGIN READ WRITE", cancellation);
        var transaction = await session.TextAsync("SELECT pg_catalog.txid_current()::text", cancellation);
        await TransactionOutcome.KeepNumbersAsync(address, cancellation);
        var server = new ServerJournal { Strategy = RestoreStrategy.Schema, Transaction = transaction, Schemas = away };
        log.Step(JournalStep.Swapping, journal =>
            journal with { Previous = UndoneCopy(restoreId), Server =
            server with { Frozen = journal.Server?.Frozen ?? false, ReadOnlyBefore = journal.Server?.ReadOnlyBefore } });
        var bytes = await session.NumberAsync(Size(away.Select(schema => schema.Name)), cancellation);
        var closed = await ExclusiveSchemaLock
            .TakeAsync(session, [.. away.Select(schema => schema.Name)], address.Name, cancellation);
        await session.ExecuteAsync(Rename([.. away, .. back.Select(schema => new KeptSchema(schema.Kept, schema.Name))]), cancellation);
        await CommitAsync(session, transaction!);
        return new SwapResult(RestoreStrategy.Schema, UndoneCopy(restoreId), bytes, closed.Elapsed);
    }, cancellation);

    /// <summary>Drops kept schemas for good. Errors: SourceNotFound; RestoreRefused where something outside of them depends on
    /// them.</summary>
    public Task<long> DropAsync(string copy, CancellationToken cancellation) =>
        RunAsync(async session =>
    {
        var names = await NamesAsync(session, copy, cancellation);
        if (names.Count == 0) throw Gone(copy);
        await session.ExecuteAsync("BEGIN READ WRITE", cancellation);
        var dependents = await session.TextsAsync(PlacedObjects.Dependents(names, session.ServerMajor), cancellation);
        if (dependents.Count > 0)
        {
            throw new RestoreRefusedException(address.Name,
                $"{copy} are still in use: {string.Join("; ", dependents.Take(10))}.",
                "Drop or change what uses them, then remove them again.");
        }

        var bytes = await session.NumberAsync(Size(names), cancellation);
        await session.ExecuteAsync($"DROP SCHEMA {string.Join(", ", names.Select(PostgresNames.Quote))} CASCADE; COMMIT", cancellation);
        return bytes;
    }, cancellation);

    /// <summary>Bytes of kept schemas; 0 where there are none.</summary>
    public Task<long> SizeAsync(string copy, CancellationToken cancellation) => RunAsync(async session =>
        await NamesAsync(session, copy, cancellation) is { Count: > 0 } names
            ? Math.Max(1, await session.NumberAsync(Size(names), cancellation))
            : 0, cancellation);

    /// <summary>Statements that rename schemas.</summary>
    public static string Rename(IEnumerable<KeptSchema> schemas) =>
        string.Concat(schemas
            .Select(schema => $"ALTER SCHEMA {PostgresNames.Quote(schema.Name)} RENAME TO {PostgresNames.Quote(schema.Kept)};\n"));

    /// <summary>A query for the size of schemas.</summary>
    public static string Size(IEnumerable<string> schemas) =>
        $"""
        SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::text FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname::text = ANY ({PostgresSession.Array(schemas)})
        """;

    private async Task CommitAsync(PostgresSession session, string transaction)
    {
        try
        {
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            await session.DisposeAsync();
            if (await TransactionOutcome.DetermineAsync(address, transaction, CancellationToken.None) == TransactionOutcome.Committed)
                return;
            throw PostgresErrors.Explain(e, address) ?? (Exception)e;
        }
    }

    /// <summary>Kept schemas with the names that they had.</summary>
    private static async Task<IReadOnlyList<KeptSchema>> PairAsync(PostgresSession session, string copy, IReadOnlyList<string> restored,
        CancellationToken cancellation)
    {
        var kept = await NamesAsync(session, copy, cancellation);
        var live = await session.TextsAsync("SELECT nspname::text FROM pg_catalog.pg_namespace", cancellation);
        var (prefix, restoreId) = Parse(copy);
        string KeptAs(string name) => prefix == KeptNames.PreviousSchema(restoreId, "") ? KeptNames.PreviousSchema(restoreId, name)
            : KeptNames.UndoneSchema(restoreId, name);
        // A long name was cut, and is known again by being cut again.
        var candidates = live.Concat(restored).Distinct(StringComparer.Ordinal)
            .ToLookup(KeptAs, StringComparer.Ordinal);
        return [.. kept.Select(name => new KeptSchema(candidates[name].FirstOrDefault() ?? name[prefix.Length..], name))];
    }

    /// <summary>Returns the live schemas to move away, with their new names.</summary>
    private static async Task<IReadOnlyList<KeptSchema>> ReplacedAsync(
        PostgresSession session, string restoreId, IReadOnlyList<KeptSchema> back, IReadOnlyList<string> restored,
        CancellationToken cancellation)
    {
        var names = back.Select(schema => schema.Name).Concat(restored)
            .ToHashSet(StringComparer.Ordinal);
        var live = await LiveSchemas.ReadAsync(session, cancellation);
        return [.. live.Where(schema => names.Contains(schema.Name) && (!schema.HasExtension || back.Any(b => b.Name == schema.Name)))
            .Select(schema => new KeptSchema(schema.Name, KeptNames.UndoneSchema(restoreId, schema.Name)))];
    }

    private static Task<IReadOnlyList<string>> NamesAsync(PostgresSession session, string copy, CancellationToken cancellation)
    {
        var (prefix, _) = Parse(copy);
        return session
            .TextsAsync(
            $"SELECT nspname::text FROM pg_catalog.pg_namespace WHERE pg_catalog.left(nspname::text, {prefix.Length}) = " +
            $"{PostgresNames.Literal(prefix)} ORDER BY 1", cancellation);
    }

    private static (string Prefix, string RestoreId) Parse(string copy) => Pattern().Match(copy) is { Success: true } match
        ? (match.Groups["prefix"].Value, match.Groups["id"].Value)
        : throw new ArgumentException($"{copy} names no schemas.", nameof(copy));

    private SourceNotFoundException Gone(string copy) =>
        new(address.Name, $"There are no {copy} in {address.Name}.", $"{CommandName.ListPreviousCopies} lists the copies.");

    private async Task<T> RunAsync<T>(Func<NpgsqlSession, Task<T>> work, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        try
        {
            return await work(session);
        }
        catch (NpgsqlException e) when (PostgresErrors.Explain(e, address) is { } explained)
        {
            throw explained;
        }
    }

    [GeneratedRegex("^schemas (?<prefix>postry_(prev|undone)_(?<id>[0-9A-Za-z]+)_)\\*$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
