namespace Postry.Ops.Engine.IO;

/// <summary>The size and the room of a file system, in bytes.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Free">The part that is free for anybody.</param>
/// <param name="FreeForUser">The part that is free for this user.</param>
internal readonly record struct Volume(long Bytes, long Free, long FreeForUser)
{
    /// <summary>The file system that holds a path, which need not be there yet. Errors: IOException, UnauthorizedAccessException.</summary>
    public static Volume Of(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        // .NET knows drives by their letters only, which neither a share nor a volume that is mounted in a folder has.
        if (OperatingSystem.IsWindows()) return WindowsCalls.VolumeOf(folder);
        var drive = new DriveInfo(folder);
        return new Volume(drive.TotalSize, drive.TotalFreeSpace, drive.AvailableFreeSpace);
    }
}
