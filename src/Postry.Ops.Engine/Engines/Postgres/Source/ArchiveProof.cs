using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>The contents of the live tables in the snapshot that was dumped.</summary>
internal sealed record LiveReading(IReadOnlyList<TableContent> Tables, PostgresLargeObjects? LargeObjects);

/// <summary>The contents of a new archive.</summary>
/// <param name="Tables">Every table of the survey with the file of its rows.</param>
/// <param name="Reading">Files, rows and large objects.</param>
/// <param name="Schema">The definitions.</param>
/// <param name="Sequences">The values of sequences that the archive sets.</param>
/// <param name="MaterializedViews">The materialised views of the survey, and whether the archive fills them.</param>
internal sealed record ArchiveFindings(
    IReadOnlyList<PostgresTable> Tables, ArchiveReading Reading, IReadOnlyList<SchemaObject> Schema,
    IReadOnlyList<PostgresSequence> Sequences,
    IReadOnlyList<PostgresMaterializedView> MaterializedViews);

/// <summary>Makes a new archive durable, reads all of it back, and holds it against the snapshot. Errors: BackupCorrupt.</summary>
internal sealed class ArchiveProof(string folder, FingerprintKind kind, int jobs, RunRestore restore, string target)
{
    private const int MostNames = 10;

    /// <summary>Proves the archive.</summary>
    /// <param name="survey">The contents that the archive should have.</param>
    /// <param name="readLive">Reads the same tables in the snapshot, or null.</param>
    /// <param name="progress">Receives the bytes read and the total.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ArchiveFindings> TakeAsync(
        SourceSurvey survey, Func<IReadOnlyList<PostgresTable>, CancellationToken, Task<LiveReading>>? readLive, Action<long,
        long> progress, CancellationToken cancellation)
    {
        var list = await ArchiveList.ReadAsync(folder, restore, cancellation);
        var tables = Locate(survey, list);
        var total = Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
        var done = 0L;

        // Hashing is the processor's work and syncing the disk's: both at the same time. The first to fail stops the others.
        using var failFast = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var durable = Task.Run(Sync, CancellationToken.None);
        var reading = new ArchiveContents(folder, tables, kind, jobs, restore, bytes => progress(Interlocked.Add(ref done, bytes), total))
            .ReadAsync(failFast.Token);
        var live = readLive?.Invoke([.. tables.Where(table => table.DataFile is not null)], failFast.Token)
            ?? Task.FromResult<LiveReading>(null!);
        var schema = ArchiveTool.ReadSchemaAsync(folder, restore, new SchemaRules(), failFast.Token);
        var sequences = Sequences.ReadAsync(folder, list, restore, failFast.Token);
        await WhenAllOrFirstCauseAsync(failFast, cancellation, durable, reading, live, schema, sequences);

        var archive = await reading;
        if (archive.Damage is [var damage, ..])
            throw Corrupt($"The archive that pg_dump wrote cannot be read back: {damage.File}: {damage.Problem}");
        if (await live is { } seen) RequireEqual(archive, seen);
        return new ArchiveFindings(tables, archive, await schema, await sequences, MaterializedViews.In(list, survey.MaterializedViews));
    }

    // The archive must hold the rows of every table in scope and of no other: pg_dump reads the patterns by itself.
    private List<PostgresTable> Locate(SourceSurvey survey, ArchiveList list)
    {
        var files = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).ToLookup(name => name.Split('.')[0]);
        var data = list.Entries.Where(entry => entry.IsTableData).ToDictionary(entry => entry.Oid);
        var tables = new List<PostgresTable>();
        foreach (var (table, inScope, ofExtension) in survey.Tables)
        {
            var expected = inScope && !(survey.IsStandby && table.Unlogged);
            data.Remove(table.Oid, out var entry);
            // The place of an extension in scope also decides whether its table is dumped.
            if (expected != entry is not null && !ofExtension)
                throw Corrupt(expected ? $"pg_dump left out the rows of {table.DisplayName}."
                    : $"pg_dump took the rows of {table.DisplayName}, which were to be left out.");
            tables.Add(table with { DataFile = entry is null ? null
                : files[entry.DumpId.ToString(CultureInfo.InvariantCulture)].FirstOrDefault() ?? $"{entry.DumpId}.dat" });
        }

        return data.Count == 0 ? tables : throw Corrupt($"pg_dump took rows that were not asked for: {data.Values.First().Text}.");
    }

    private void RequireEqual(ArchiveReading archive, LiveReading live)
    {
        var expected = live.Tables.ToDictionary(table => table.Name);
        var different = archive.Tables.Where(table => expected.GetValueOrDefault(table.Name) != table).Select(table => table.Name).ToList();
        if (live.LargeObjects is { } objects && archive.LargeObjects != objects) different.Add("the large objects");
        if (different.Count == 0) return;
        var more = different.Count > MostNames ? $" and {different.Count - MostNames} more" : "";
        throw Corrupt($"The archive does not hold what the snapshot holds: {string.Join(", ", different.Take(MostNames))}{more}.");
    }

    private void Sync()
    {
        foreach (var file in Directory.EnumerateFiles(folder)) Files.Sync(file);
        Files.SyncFolder(folder);
    }

    // All are waited for; what made the others stop is the one to report.
    private static async Task WhenAllOrFirstCauseAsync(CancellationTokenSource failFast, CancellationToken cancellation,
        params Task[] tasks)
    {
        async Task StopOthersOnFailure(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!task.IsCompletedSuccessfully) await failFast.CancelAsync();
        }

        await Task.WhenAll(tasks.Select(StopOthersOnFailure));
        cancellation.ThrowIfCancellationRequested();
        if (tasks.FirstOrDefault(task => task.IsFaulted) is { } failed) await failed;
        await Task.WhenAll(tasks);
    }

    private BackupCorruptException Corrupt(string problem) => new(target, problem,
        "Nothing was kept. Run the backup again; if it fails again, check the disk and the memory of this machine and the version of " +
            "pg_dump.");
}
