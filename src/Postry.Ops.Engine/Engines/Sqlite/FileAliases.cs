using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// Finds the other names of a database file. SQLite looks for the log and the journal beside the name by which a database was opened:
/// whoever opens it by another one reads it without the rows in the log, and with what an interrupted transaction left.
/// </summary>
internal static class FileAliases
{
    private const string Why =
        "SQLite keeps the log and the journal of a database beside the name by which it is opened, so what is read here may lack " +
        "committed rows";

    /// <summary>Returns the reason why a file must not be opened or replaced under this name, or null. The method opens nothing.</summary>
    public static UsedUnderOtherNameException? Find(string path)
    {
        try
        {
            var facts = FileFacts.Of(path);
            if (facts.Kind != FileKind.File) return null;
            if (MountPoints.SourceOf(path) is { } source) return Mounted(path, source);
            if (facts.Links < 2) return null;
            var names = InFolder(path, facts);
            // A restore that replaces a damaged file gives it the name of the kept copy as well, until it is replaced; nobody opens it by
            // that.
            var others = names.Where(name => !RestoreJournal.IsKept(path, name)).ToList();
            return facts.Links - (names.Count - others.Count) < 2 ? null : Linked(path, facts, others);
        }
        catch (UnauthorizedAccessException)
        {
            // SQLite itself says what this user may not do.
            return null;
        }
    }

    private static List<string> InFolder(string path, FileFacts facts) =>
    [
        .. Directory.EnumerateFiles(Path.GetDirectoryName(path)!)
            .Where(name => name != path && FileFacts.Of(name) is { Kind: FileKind.File } other && other.Number == facts.Number),
    ];

    private static UsedUnderOtherNameException Linked(string path, FileFacts facts, List<string> others)
    {
        var count = facts.Links.ToString(CultureInfo.InvariantCulture);
        return others.Count > 0
            ? new(path, $"{path} has another name: {string.Join(", ", others)} (a hard link). {Why}.",
                $"Find out which name the application uses, remove the other one (rm takes only the name away, and the data stay), and " +
                    $"run the command again with the name that is left. " +
                "If a second name is needed, make it with ln -s: SQLite follows symbolic links.")
            : new(path, $"{path} has {count} names (hard links), and the others are not in its folder. {Why}.",
                $"find / -xdev -samefile '{path}' lists all names. Find out which one the application uses, remove the others (rm takes " +
                    $"only the name away, and the data stay), " +
                "and run the command again with the name that is left.");
    }

    private static UsedUnderOtherNameException Mounted(string path, string source) => new(path,
        $"{path} is a single file that is mounted there; on its own file system it is {source}. {Why}.",
        "Mount the folder that holds the database instead of the file (Docker: -v ./data:/data and not -v ./data/app.db:/data/app.db), " +
            "in every container that uses it, " +
        "or run the command where the file has its own name. SQLite needs the folder in any case.");
}
