using System.Globalization;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Model;

/// <summary>The names of evidence in a backup root. The time and the id in a name must be those in the file.</summary>
internal static class EvidenceLayout
{
    /// <summary>Ending of an evidence file or a note.</summary>
    public const string Suffix = ".json";

    /// <summary>Ending of the public-key signature of a file, after the file's name.</summary>
    public const string SignatureSuffix = ".sig";

    private const string PageSuffix = ".md";
    private const string NotePart = ".note";
    private const string BegunSuffix = ".begun";

    /// <summary>Key of an evidence file.</summary>
    public static string KeyOf(RestoreDrill drill) =>
        $"{BackupKeys.DrillFolder}/{BackupLayout.Stamp(drill.StartedAt)}-{drill.DrillId}{Suffix}";

    /// <summary>Key of the page for readers beside an evidence file.</summary>
    public static string PageOf(string evidence) => evidence[..^Suffix.Length] + PageSuffix;

    /// <summary>Key of a note on an evidence file; the first note has the number 1.</summary>
    public static string NoteOf(string evidence, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{evidence[..^Suffix.Length]}{NotePart}{number}{Suffix}");

    /// <summary>The evidence and the number that the key of a note names; null for any other key.</summary>
    public static (string Evidence, int Number)? TryParseNote(string key)
    {
        if (!key.EndsWith(Suffix, StringComparison.Ordinal) || key.LastIndexOf(NotePart, StringComparison.Ordinal) is not (> 0 and var at))
            return null;
        var evidence = key[..at] + Suffix;
        return TryParse(evidence) is not null
            && int.TryParse(key[(at + NotePart.Length)..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && NoteOf(evidence, number) == key ? (evidence, number) : null;
    }

    /// <summary>Key of the evidence that a page or a signature lies beside; null for any other key.</summary>
    public static string? EvidenceBeside(string key)
    {
        var evidence = key.EndsWith(PageSuffix, StringComparison.Ordinal) ? key[..^PageSuffix.Length] + Suffix
            : key.EndsWith(SignatureSuffix, StringComparison.Ordinal) ? key[..^SignatureSuffix.Length] : null;
        return evidence is not null && TryParse(evidence) is not null ? evidence : null;
    }

    /// <summary>The id and the time in the key or path of an evidence file; null for any other name.</summary>
    public static (string DrillId, DateTime StartedAt)? TryParse(string key)
    {
        var name = Path.GetFileName(key);
        return BackupKeys.IdOf(name) is { Length: > 0 } id && name.EndsWith($"-{id}{Suffix}", StringComparison.Ordinal)
            && DateTime.TryParseExact(name[..^(id.Length + 1 + Suffix.Length)], BackupLayout.StampFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? (id, time) : null;
    }

    /// <summary>Full path of the file that a drill keeps while it runs. The file and its lock are this host's own, whatever keeps the
    /// backups.</summary>
    public static string BegunFile(string backupRoot, RestoreDrill drill) =>
        Path.Combine(FolderIn(backupRoot), $".{BackupLayout.Stamp(drill.StartedAt)}-{drill.DrillId}{BegunSuffix}");

    /// <summary>The files of drills that have begun and have not ended.</summary>
    public static IReadOnlyList<string> BegunFiles(string backupRoot) =>
        Directory.Exists(FolderIn(backupRoot)) ? Directory.GetFiles(FolderIn(backupRoot), $".*{BegunSuffix}") : [];

    /// <summary>Key of the evidence that a begun drill becomes.</summary>
    public static string EvidenceOfBegun(string begun) =>
        $"{BackupKeys.DrillFolder}/{Path.GetFileName(begun)[1..^BegunSuffix.Length]}{Suffix}";

    /// <summary>The lock that the process of a begun drill holds.</summary>
    public static string LockOf(string begun) => begun + ".lock";

    /// <summary>The lock under which evidence and notes are written, so that each names the one before it.</summary>
    public static string WriterLock(string backupRoot) => Path.Combine(FolderIn(backupRoot), ".lock");

    private static string FolderIn(string backupRoot) => Path.Combine(backupRoot, BackupKeys.DrillFolder);
}
