using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Rebuilds the indexes of a staged database that disagree with their tables. The quick check of a backup does not look into indexes, so a
/// set can hold every row and still fail the full check. A restore brings back rows, which the fingerprints prove; wrong indexes must not
/// go live with them.
/// </summary>
internal static class IndexRepair
{
    /// <summary>The message of a failed integrity check that found nothing but wrong indexes.</summary>
    public const string OnlyIndexes =
        "Only indexes disagree with their tables, whose rows are compared on their own. A restore rebuilds the indexes; REINDEX does " +
        "so in the live database.";

    /// <summary>Repairs a staged database, and checks all of it again; the same checks where nothing can or need be repaired.</summary>
    public static async Task<IReadOnlyList<Check>> RunAsync(BackupManifest manifest, string stage, IReadOnlyList<Check> checks,
        IOperationObserver observer, CancellationToken cancellation)
    {
        var failed = checks.Where(check => check.Status == CheckStatus.Failed).ToList();
        if (failed is not [{ Detail: OnlyIndexes } stale]) return checks;
        try
        {
            await Task.Run(() => Rebuild(stage, cancellation), cancellation);
        }
        catch (SqliteException e)
        {
            var why =
                $"Only indexes disagree with their tables, but they cannot be rebuilt: {Sentence.End(e.Message)} " +
                $"The rows are in the backup: unpack " +
                $"it (gunzip -c), and take them out with sqlite3 (.dump).";
            return [.. checks.Select(check => check == stale ? check with { Detail = why } : check)];
        }

        observer.Warning(
            $"Indexes in the backup disagreed with their tables ({stale.Actual}); they were rebuilt from the tables' rows. Run REINDEX " +
            $"on the database that was backed up, if it is still used.");
        return
        [
            .. await SqliteArtefactReader.CheckFileAsync(manifest, stage, full: true, cancellation),
            new Check("Indexes made anew", CheckStatus.Passed, "agree with their tables", "agree with their tables",
                $"In the backup they did not: {stale.Actual}"),
        ];
    }

    private static void Rebuild(string stage, CancellationToken cancellation)
    {
        var isWal = SqliteHeader.Read(stage) is { IsWal: true };
        using (var session = SqliteSession.OpenPrivateToWrite(stage))
        {
            using var interrupt = session.InterruptOn(cancellation);
            session.Execute("REINDEX");
        }

        // Writing without a journal leaves the WAL mode, which belongs to the database.
        if (isWal) SqliteHeader.SetWal(stage, wal: true);
    }
}
