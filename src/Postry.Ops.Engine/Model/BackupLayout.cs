using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The names of artefacts, records and files of restores in a backup root. The names are for people; order and identity come from
/// manifests.
/// </summary>
internal static class BackupLayout
{
    /// <summary>The form of a time in a name.</summary>
    public const string StampFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>The most characters of a database's name in a name.</summary>
    public const int LongestNamePart = 80;

    /// <summary>Folder of the artefacts of a kind.</summary>
    public static string FolderOf(DatabaseMode mode) => mode == DatabaseMode.Runtime ? BackupKeys.RuntimeFolder : BackupKeys.DatabaseFolder;

    /// <summary>Key of an artefact.</summary>
    public static string ArtefactKey(DatabaseMode mode, string database, DateTime at, string id, string suffix) =>
        $"{FolderOf(mode)}/{mode.ToString().ToLowerInvariant()}-{FileNamePart(database)}-{Stamp(at)}-{id}{suffix}";

    /// <summary>Key of a restore's record.</summary>
    public static string RecordKey(string restoreId, DateTime startedAt) =>
        $"{BackupKeys.RestoreFolder}/restore-{Stamp(startedAt)}-{restoreId}.json";

    /// <summary>Full path, without an ending, of the journal and the lock of a database on a server. Both are this host's own, whatever
    /// keeps the backups.</summary>
    public static string ServerTarget(string backupRoot, string identity) =>
        // Names of databases may hold anything, and those of servers are not unique: the identity's hash is both safe and the same for
        // every address of it.
        Path.Combine(backupRoot, BackupKeys.RestoreFolder,
            $".server-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..24]}");

    /// <summary>Full path of the history of backups. The file is this host's own, whatever keeps the backups, because each line is added to
    /// it.</summary>
    public static string HistoryFile(string backupRoot) => Path.Combine(backupRoot, HistoryText.File);

    /// <summary>Full path of a folder that keeps what a restore or an undo replaces. Env files hold secrets, so it lies in the backup root,
    /// which only its owner can read.</summary>
    public static string KeptFolder(string backupRoot, string name) => Path.Combine(backupRoot, BackupKeys.RestoreFolder, name);

    /// <summary>A time (UTC) as part of a name.</summary>
    public static string Stamp(DateTime at) => at.ToString(StampFormat, CultureInfo.InvariantCulture);

    /// <summary>True for a character of a database's name that a file name keeps as it is.</summary>
    public static bool IsKept(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-';

    /// <summary>A database's name as part of a file name: what could mean something to a shell or a file system becomes an
    /// underscore.</summary>
    private static string FileNamePart(string name)
    {
        var text = new StringBuilder();
        foreach (var character in name)
            text.Append(IsKept(character) ? character : '_');
        if (text.Length > LongestNamePart) text.Length = LongestNamePart;
        return text.ToString().Trim('.') is { Length: > 0 } part ? part : "database";
    }
}
