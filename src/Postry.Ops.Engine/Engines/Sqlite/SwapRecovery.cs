using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Recovery from what a dead process left. The journal says what was being done; whether the swap happened is read from the live file
/// itself, because a commit and the journal's next step cannot be durable at the same instant.
/// </summary>
internal static class SwapRecovery
{
    // Writers may have changed pages since; a side must explain nearly all of the pages that tell the two databases apart.
    private const double Certain = 0.9;

    /// <summary>Finds on which side of the swap the live name is.</summary>
    public static LiveSide FindSide(RestoreJournal journal, string scratchFolder, TimeSpan busyTimeout, CancellationToken cancellation)
    {
        // A replaced file is a renamed stage: while the stage is still there, nothing was replaced.
        if (journal.ReplacesFile)
        {
            if (journal.Kind == JournalKind.Undo && journal.Stage.Length == 0)
                return File.Exists(journal.TargetName) ? LiveSide.Previous : LiveSide.Restored;
            var spent = RestoreJournal.IsStage(journal.TargetName, journal.Stage) ? journal.Stage
                : RestoreJournal.StageFor(journal.TargetName, RestoreJournal.KeptCopy);
            return File.Exists(spent) ? LiveSide.Previous : LiveSide.Restored;
        }

        var copy = Path.Combine(scratchFolder, "live.db");
        using (var live = SqliteSession.OpenLive(journal.TargetName, busyTimeout, cancellation))
        {
            live.ExecuteWithRetry("PRAGMA user_version", cancellation);
            if (live.Number("PRAGMA schema_version") == journal.SchemaVersion) return LiveSide.Previous;
            if (!File.Exists(journal.Stage) || !File.Exists(journal.Previous)) return LiveSide.Unknown;
            LiveSnapshot.Take(live, copy, (_, _) => { }, cancellation);
        }

        return IsLost(journal.Previous) || IsLost(journal.Stage) ? LiveSide.Unknown
            : FindSideByPages(copy, journal.Previous, journal.Stage, cancellation);
    }

    // A file whose bytes a power cut took has no voice: its empty pages would all speak for the other one.
    private static bool IsLost(string path) => new FileInfo(path).Length > 0 && SqliteHeader.Read(path) is null;

    /// <summary>Takes the preparations of a swap back: the live database is the one that was there before.</summary>
    public static void RollBack(RestoreJournal journal)
    {
        if (journal.ReplacesFile) SqliteFiles.PutSideFilesBack(journal.Previous, journal.TargetName);
        SqliteFiles.Remove(journal.Previous);
    }

    /// <summary>Finishes a swap that happened: the logs of a database that is put back byte for byte follow it.</summary>
    public static void RollForward(RestoreJournal journal)
    {
        if (journal.ReplacesFile && RestoreJournal.IsStage(journal.TargetName, journal.Stage))
            SqliteFiles.PutSideFilesBack(journal.Stage, journal.TargetName);
    }

    /// <summary>Compares the live pages with both databases, where these two differ.</summary>
    private static LiveSide FindSideByPages(string live, string previous, string restored, CancellationToken cancellation)
    {
        var pageSize = SqliteHeader.Read(restored)?.PageSize ?? 4096;
        if (SqliteHeader.Read(previous)?.PageSize is { } other && other != pageSize)
            return SqliteHeader.Read(live)?.PageSize == pageSize ? LiveSide.Restored : LiveSide.Previous;

        var (forPrevious, forRestored) = (0L, 0L);
        using var liveFile = Files.OpenToRead(live);
        using var previousFile = Files.OpenToRead(previous);
        using var restoredFile = Files.OpenToRead(restored);
        var (a, b, c) = (new byte[pageSize], new byte[pageSize], new byte[pageSize]);
        var pages = Math.Max(previousFile.Length, restoredFile.Length) / pageSize;
        for (var page = 0L; page < pages; page++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (inLive, inPrevious, inRestored) = (ReadPage(liveFile, a), ReadPage(previousFile, b), ReadPage(restoredFile, c));
            // The first page carries counters that every copy changes.
            if (page == 0 || (inPrevious == inRestored && b.AsSpan().SequenceEqual(c))) continue;
            if (inLive == inPrevious && a.AsSpan().SequenceEqual(b)) forPrevious++;
            else if (inLive == inRestored && a.AsSpan().SequenceEqual(c)) forRestored++;
        }

        var votes = forPrevious + forRestored;
        // If both databases hold the same pages, the answer does not matter: NotSwapped changes nothing.
        if (votes == 0) return SameContent(live, previous, restored, cancellation);
        if (forPrevious >= Certain * votes) return LiveSide.Previous;
        return forRestored >= Certain * votes ? LiveSide.Restored : LiveSide.Unknown;
    }

    // Databases of a page or two may differ only in the first page: then the rows decide.
    private static LiveSide SameContent(string live, string previous, string restored, CancellationToken cancellation)
    {
        var now = Contents(live, cancellation);
        return now == Contents(previous, cancellation) ? LiveSide.Previous
            : now == Contents(restored, cancellation) ? LiveSide.Restored
            : LiveSide.Unknown;
    }

    private static string Contents(string path, CancellationToken cancellation)
    {
        using var session = SqliteSession.OpenPrivate(path);
        var contents = new ContentReader(FingerprintKind.Content, _ => { }).Read(session, cancellation);
        return string.Join('\n', contents.Tables.Select(t => $"{t.Name}\t{t.Rows}\t{t.Fingerprint}")
            .Concat(contents.Schema.Select(s => $"{s.Type}\t{s.Name}\t{s.Sha256}")))
            + $"\n{session.Number("PRAGMA user_version")}\t{session.Number("PRAGMA application_id")}";
    }

    private static bool ReadPage(FileStream file, byte[] page)
    {
        var count = file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
        page.AsSpan(count).Clear();
        return count == page.Length;
    }
}
