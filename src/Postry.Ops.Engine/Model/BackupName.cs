using System.Globalization;
using System.IO.Enumeration;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Model;

/// <summary>The facts that the name of a manifest tells of its backup. A name proves nothing: it is good enough to find backups that are
/// then read.</summary>
/// <param name="ManifestKey">Key of the manifest.</param>
/// <param name="Mode">The engine.</param>
/// <param name="DatabasePart">The name of the database as file names have it.</param>
/// <param name="Stamp">The time of the backup as file names have it, which sorts as the time does.</param>
/// <param name="Id">The id.</param>
internal sealed record BackupName(string ManifestKey, DatabaseMode Mode, string DatabasePart, string Stamp, string Id)
{
    private const int StampLength = 16;

    /// <summary>Name of the artefact's file or folder.</summary>
    public string Artefact => Path.GetFileName(ManifestKey[..^BackupKeys.ManifestSuffix.Length]);

    /// <summary>The time of the backup, in UTC.</summary>
    public DateTime At => DateTime.ParseExact(Stamp, BackupLayout.StampFormat, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <summary>Reads a name; null for one that a backup of this version does not have.</summary>
    public static BackupName? TryParse(string manifestKey)
    {
        if (!manifestKey.EndsWith(BackupKeys.ManifestSuffix, StringComparison.Ordinal)) return null;
        var artefact = Path.GetFileName(manifestKey.AsSpan()[..^BackupKeys.ManifestSuffix.Length]);
        var id = BackupKeys.IdOf(manifestKey[..^BackupKeys.ManifestSuffix.Length]);
        var engine = artefact.IndexOf('-');
        var stamp = artefact.LastIndexOf('-') - StampLength;
        if (id.Length == 0 || engine <= 0 || stamp <= engine + 1 || artefact[stamp - 1] != '-') return null;
        return ModeOf(artefact[..engine]) is { } mode && IsStamp(artefact.Slice(stamp, StampLength))
            ? new BackupName(manifestKey, mode, artefact[(engine + 1)..(stamp - 1)].ToString(),
                artefact.Slice(stamp, StampLength).ToString(), id)
            : null;
    }

    /// <summary>False where the database can surely not be one that a pattern means. Where a name has lost characters on its way into a
    /// file name, the answer is true.</summary>
    /// <param name="pattern">A name of a database; * and ? are wildcards.</param>
    /// <param name="ignoreCase">True where the case does not matter.</param>
    public bool CanBeOf(string pattern, bool ignoreCase = false) => DatabasePart.Length >= BackupLayout.LongestNamePart
        || pattern.Trim('.').Length != pattern.Length
        || FileSystemName.MatchesSimpleExpression(
            string.Concat(pattern.Select(character => BackupLayout.IsKept(character) || character is '*' ? character : '?')),
            DatabasePart, ignoreCase);

    private static DatabaseMode? ModeOf(ReadOnlySpan<char> word) => word switch
    {
        "sqlite" => DatabaseMode.Sqlite,
        "postgres" => DatabaseMode.Postgres,
        "runtime" => DatabaseMode.Runtime,
        _ => null,
    };

    private static bool IsStamp(ReadOnlySpan<char> text) => text[8] == 'T' && text[^1] == 'Z'
        && text[..8].IndexOfAnyExceptInRange('0', '9') < 0 && text[9..^1].IndexOfAnyExceptInRange('0', '9') < 0;
}
