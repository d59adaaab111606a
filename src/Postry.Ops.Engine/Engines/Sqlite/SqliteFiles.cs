using System.Globalization;
using System.Runtime.Versioning;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A database file and the side files that SQLite keeps beside it.</summary>
internal static class SqliteFiles
{
    private static readonly string[] SideSuffixes = ["-wal", "-shm", "-journal"];

    /// <summary>The side files that exist now.</summary>
    public static IEnumerable<string> SideFiles(string database) => SideSuffixes.Select(suffix => database + suffix).Where(File.Exists);

    /// <summary>Size of a database with its logs.</summary>
    public static long Size(string database) => SideFiles(database).Append(database).Sum(Length);

    // A journal comes and goes with every transaction of an application.
    private static long Length(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Gives a file a second name, or copies it where the file system has no links.</summary>
    public static void Link(string existing, string link)
    {
        if (OperatingSystem.IsWindows() || !UnixCalls.TryHardLink(existing, link)) File.Copy(existing, link);
        Files.SyncFolder(Path.GetDirectoryName(link)!);
    }

    /// <summary>Keeps a database byte for byte with its side files under another name.</summary>
    public static void KeepBytes(string database, string copy)
    {
        Link(database, copy);
        foreach (var side in SideFiles(database)) Link(side, copy + side[database.Length..]);
    }

    /// <summary>Moves side files along to another database name. True where there were any.</summary>
    public static bool MoveSideFiles(string database, string other)
    {
        var sides = SideFiles(database).ToList();
        foreach (var side in sides) Files.Move(side, other + side[database.Length..]);
        if (sides.Count > 0) Files.SyncFolder(Path.GetDirectoryName(other)!);
        return sides.Count > 0;
    }

    /// <summary>Removes the side files of a database that is about to be replaced; they have been kept under another name.</summary>
    public static void RemoveSideFiles(string database)
    {
        foreach (var side in SideFiles(database)) Files.Delete(side);
        Files.SyncFolder(Path.GetDirectoryName(database)!);
    }

    /// <summary>Puts side files back from a kept copy where they are missing beside the database.</summary>
    public static void PutSideFilesBack(string copy, string database)
    {
        foreach (var side in SideFiles(copy))
        {
            var home = database + side[copy.Length..];
            if (!File.Exists(home)) Link(side, home);
        }
    }

    /// <summary>Removes a database file with its side files. Returns the bytes that became free.</summary>
    public static long Remove(string database)
    {
        var bytes = Size(database);
        foreach (var file in SideFiles(database).Append(database)) Files.Delete(file);
        Files.SyncFolder(Path.GetDirectoryName(database)!);
        return bytes;
    }

    /// <summary>Gives a new file the permissions and the owner that the backed-up database had, as far as this user may; on Windows those
    /// of its folder.</summary>
    public static void ApplyOwnership(string path, SourceIdentity? source)
    {
        if (OperatingSystem.IsWindows()) AccessList.Inherit(path);
        if (OperatingSystem.IsWindows() || source is null) return;
        if (source is { UserId: { } user, GroupId: { } group }) UnixCalls.TryChangeOwner(path, user, group);
        if (source.UnixMode is { } mode) File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
    }

    /// <summary>Gives a file the permissions and the owner of another one.</summary>
    public static void CopyOwnership(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            AccessList.Copy(from, to);
            return;
        }

        var (user, group) = Owner(from);
        if (user is { } u && group is { } g) UnixCalls.TryChangeOwner(to, u, g);
        File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    /// <summary>Permission bits in octal and the owner's numbers, as far as the platform tells them.</summary>
    public static (string? Mode, uint? User, uint? Group) Ownership(string path)
    {
        if (OperatingSystem.IsWindows()) return (null, null, null);
        var (user, group) = Owner(path);
        return (ModeText(path), user, group);
    }

    [UnsupportedOSPlatform("windows")]
    private static string ModeText(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8).PadLeft(3, '0');

    [UnsupportedOSPlatform("windows")]
    private static (uint? User, uint? Group) Owner(string path)
    {
        // .NET tells no owner; stat(1) does on every Unix, with one flag on Linux and another on BSD and macOS.
        string[] arguments = OperatingSystem.IsLinux() ? ["-L", "-c", "%u %g", "--", path] : ["-L", "-f", "%u %g", path];
        return ChildProcess.Ask(new("stat", arguments))?.Split(' ') is [var userId, var groupId]
            && uint.TryParse(userId, NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            && uint.TryParse(groupId, NumberStyles.None, CultureInfo.InvariantCulture, out var group) ? (user, group) : (null, null);
    }
}
