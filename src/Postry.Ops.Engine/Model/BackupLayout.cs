using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>The folders and names of files below a backup root. The names are for people; order and identity come from manifests.</summary>
internal sealed class BackupLayout(string backupRoot)
{
    /// <summary>Start of the names of runtime archives.</summary>
    public const string RuntimePrefix = "runtime-";

    private const string IdAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(IdAlphabet);
    private const int IdLength = 8;
    private const int LongestNamePart = 80;

    /// <summary>Folder of database artefacts and their manifests.</summary>
    public string DatabaseFolder => Path.Combine(backupRoot, "db");

    /// <summary>Folder of runtime archives and their manifests.</summary>
    public string RuntimeFolder => Path.Combine(backupRoot, "runtime");

    /// <summary>Folder of the artefacts of a kind.</summary>
    public string FolderOf(DatabaseMode mode) => mode == DatabaseMode.Runtime ? RuntimeFolder : DatabaseFolder;

    /// <summary>Folder of restore records.</summary>
    public string RestoreFolder => Path.Combine(backupRoot, "restores");

    /// <summary>The lock of the one writer.</summary>
    public string LockFile => Path.Combine(backupRoot, ".lock");

    /// <summary>The backup root itself.</summary>
    public string Root => backupRoot;

    /// <summary>Path of a restore's record.</summary>
    public string RecordFile(string restoreId, DateTime startedAt) =>
        Path.Combine(RestoreFolder, $"restore-{Stamp(startedAt)}-{restoreId}.json");

    /// <summary>Path of an artefact.</summary>
    public string Artefact(DatabaseMode mode, string database, DateTime at, string id, string suffix) =>
        Path.Combine(FolderOf(mode), $"{mode.ToString().ToLowerInvariant()}-{FileNamePart(database)}-{Stamp(at)}-{id}{suffix}");

    /// <summary>The files of a folder that fit a pattern; none where there is no such folder. Errors: AccessDenied, for what this user may
    /// not look into must not pass for a place where nothing is.</summary>
    public IReadOnlyList<string> FilesIn(string folder, string pattern)
    {
        try
        {
            if (Directory.Exists(folder)) return [.. Directory.EnumerateFiles(folder, pattern)];
            _ = FileFacts.Of(folder);
            return [];
        }
        catch (IOException) when (!Directory.Exists(folder))
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied("List", backupRoot, e);
        }
    }

    /// <summary>The error for a place of backups that this user may not look into.</summary>
    public static AccessDeniedException Denied(string operation, string place, UnauthorizedAccessException e) => new(operation, place,
        $"This user may not see which backups are in {place}: {e.Message}",
        $"Run as the user who makes the backups, or name another {OptionName.BackupRoot}.", e);

    /// <summary>The id in an artefact's path; empty where there is none.</summary>
    public static string IdOf(string artefactPath)
    {
        var name = Path.GetFileName(artefactPath.AsSpan());
        var end = name.LastIndexOf('-') + 1 + IdLength;
        return end >= IdLength && end < name.Length && name[end] == '.' && name[(end - IdLength)..end].IndexOfAnyExcept(IdCharacters) < 0
            ? name[(end - IdLength)..end].ToString() : "";
    }

    /// <summary>A new random id: eight characters without those that are easily mistaken for others.</summary>
    public static string NewId() => string.Create(IdLength, 0, (span, _) =>
    {
        foreach (ref var character in span) character = IdAlphabet[RandomNumberGenerator.GetInt32(IdAlphabet.Length)];
    });

    /// <summary>The id that a hash stands for: the same for the same hash.</summary>
    public static string IdOf(ReadOnlySpan<byte> hash)
    {
        Span<char> id = stackalloc char[IdLength];
        for (var i = 0; i < IdLength; i++) id[i] = IdAlphabet[hash[i] % IdAlphabet.Length];
        return new string(id);
    }

    private static string Stamp(DateTime at) => at.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A database's name as part of a file name: what could mean something to a shell or a file system becomes an
    /// underscore.</summary>
    private static string FileNamePart(string name)
    {
        var text = new StringBuilder();
        foreach (var character in name)
            text.Append(char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' ? character : '_');
        if (text.Length > LongestNamePart) text.Length = LongestNamePart;
        return text.ToString().Trim('.') is { Length: > 0 } part ? part : "database";
    }
}
