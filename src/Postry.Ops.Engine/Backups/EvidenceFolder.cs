using System.Collections.Concurrent;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>All evidence of a store: each file checked by itself, and the chain in which each names the one before it.</summary>
/// <param name="store">The store.</param>
/// <param name="reader">Reads its files.</param>
/// <param name="folder">The folder of keys.</param>
internal sealed class EvidenceFolder(IBackupStore store, EvidenceReader reader, string folder = BackupKeys.DrillFolder)
{
    private const string ChainCheck = "Chain";

    private HashSet<string> Keys => field ??= [.. BackupStores.List(store, folder)];

    private ILookup<string, (string Key, int Number)> Notes => field ??=
        (from key in Keys
         let note = EvidenceLayout.TryParseNote(key)
         where note is not null
         select (note.Value.Evidence, Note: (key, note.Value.Number)))
        .ToLookup(note => note.Evidence, note => note.Note, StringComparer.Ordinal);

    /// <summary>Every evidence, in no order. A file that is missing, although another one names it or its page is there, is in the list
    /// as Failed. Errors: AccessDenied.</summary>
    /// <param name="begun">Keys of evidence that a running drill has not published yet.</param>
    public IReadOnlyList<ReadEvidence> Read(IReadOnlySet<string> begun)
    {
        var files = new ConcurrentBag<ReadEvidence>();
        Parallel.ForEach(Keys.Where(key => EvidenceLayout.TryParse(key) is not null), key => files.Add(Named(reader.Read(key))));
        List<ReadEvidence> found = [.. files, .. Lost(begun)];
        return [.. Chained(found), .. Removed(found)];
    }

    /// <summary>The notes on evidence, oldest first. Errors: AccessDenied.</summary>
    public IReadOnlyList<ReadNote> ReadNotes(ReadEvidence evidence, string drillId) =>
        reader.ReadNotes(Notes[evidence.Key].OrderBy(note => note.Number), drillId, evidence.Sha256);

    /// <summary>Checks that the evidence before another one is the file that was there.</summary>
    public Check CheckPrevious(EvidenceLink previous)
    {
        const string name = "Evidence before";
        var key = Keys.FirstOrDefault(one => EvidenceLayout.TryParse(one)?.DrillId == previous.DrillId);
        if (key is null) return new Check(name, CheckStatus.Skipped, Detail: $"The evidence {previous.DrillId} is not beside the file.");
        var found = reader.Read(key).Sha256;
        return found == previous.Sha256 ? new Check(name, CheckStatus.Passed, previous.Sha256, found)
            : new Check(name, CheckStatus.Failed, previous.Sha256, found, $"{key} is not the evidence that was there before.");
    }

    /// <summary>The failed check of a file that has another name than its evidence; null for any other file.</summary>
    public static Check? FindOtherName(ReadEvidence file)
    {
        if (file.Written is null) return null;
        var (expected, actual) = (Path.GetFileName(EvidenceLayout.KeyOf(file.Written)), Path.GetFileName(file.Key));
        return expected == actual ? null
            : new Check("Name", CheckStatus.Failed, expected, actual, "The file holds other evidence than its name says.");
    }

    /// <summary>The evidence that the next one names: the newest that no other names and that was not changed; null if there is
    /// none.</summary>
    public static EvidenceLink? Newest(IReadOnlyList<ReadEvidence> all)
    {
        var named = all.Where(file => file.Status != CheckStatus.Failed).Select(file => file.Written?.Previous?.DrillId).ToHashSet();
        return all.Where(file => file is { Written: not null, Status: not CheckStatus.Failed } && !named.Contains(file.Written.DrillId))
            .MaxBy(file => file.Written!.EndedAt ?? file.Written.StartedAt) is { } newest
                ? new EvidenceLink(newest.Written!.DrillId, newest.Sha256) : null;
    }

    // A copy under another name must not count twice, nor as another drill.
    private static ReadEvidence Named(ReadEvidence file) =>
        FindOtherName(file) is { } other ? file.With(other) with { Written = null } : file;

    // Only genuine evidence is believed when it says what was before it.
    private static ILookup<string, ReadEvidence> Later(IReadOnlyList<ReadEvidence> files) => files
        .Where(file => file is { Status: CheckStatus.Passed, Written.Previous: not null })
        .ToLookup(file => file.Written!.Previous!.DrillId, StringComparer.Ordinal);

    private static IEnumerable<ReadEvidence> Chained(List<ReadEvidence> files)
    {
        var later = Later(files);
        return from file in files
               let other = later[IdOf(file)].FirstOrDefault(one => one.Written!.Previous!.Sha256 != file.Sha256)
               select other is null ? file : file.With(new Check(ChainCheck, CheckStatus.Failed, other.Written!.Previous!.Sha256,
                   file.Sha256, $"The file was replaced: {other.Key} names another one."));
    }

    private static IEnumerable<ReadEvidence> Removed(List<ReadEvidence> files)
    {
        var known = files.Select(IdOf).ToHashSet(StringComparer.Ordinal);
        return from later in Later(files)
               where !known.Contains(later.Key)
               let next = later.First()
               select Missing(EvidenceLayout.KeyOf(next.Written! with { DrillId = later.Key }),
                   $"The evidence {later.Key} was removed: {next.Key} names it as the one before.") with { IsMissing = true };
    }

    private IEnumerable<ReadEvidence> Lost(IReadOnlySet<string> begun) =>
        from evidence in Keys.Select(EvidenceLayout.EvidenceBeside).OfType<string>().Union(Notes.Select(notes => notes.Key))
        where !Keys.Contains(evidence) && !begun.Contains(evidence) && !store.Exists(evidence)
        select Missing(evidence, "The file was removed: only its page, its signature or its notes are left.");

    private static ReadEvidence Missing(string key, string why) =>
        new(key, null, "", [new Check(ChainCheck, CheckStatus.Failed, Detail: why)]);

    private static string IdOf(ReadEvidence file) => EvidenceLayout.TryParse(file.Key)!.Value.DrillId;
}
