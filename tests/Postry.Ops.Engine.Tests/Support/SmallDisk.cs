namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A small file system of its own, which can be filled. The class works only if this user may mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(int megabytes, int files = 0)
    {
        Folder = Directory.CreateTempSubdirectory("postry-disk-").FullName;
        var mounted = Commands.Run("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,nr_inodes={files}", "none", Folder]);
        Assert.True(mounted.ExitCode == 0, mounted.Error);
    }

    /// <summary>True where this user may mount file systems.</summary>
    public static bool IsPossible { get; } = Try();

    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Fills the disk so that so many bytes stay free.</summary>
    public void FillBut(long bytes)
    {
        File.Delete(Filler);
        using var file = File.Create(Filler);
        var rest = new DriveInfo(Folder).AvailableFreeSpace - bytes;
        var chunk = new byte[65536];
        for (; rest > 0; rest -= chunk.Length) file.Write(chunk.AsSpan(0, (int)Math.Min(rest, chunk.Length)));
    }

    /// <summary>Makes empty files until the file system can make no other, however many bytes are free.</summary>
    public void UseAllFiles()
    {
        for (var i = 0; ; i++)
        {
            try
            {
                File.Create(Path.Combine(Folder, $"filler-{i}")).Dispose();
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        Commands.Run("umount", ["-l", Folder]);
        Directory.Delete(Folder);
    }

    private static bool Try()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return false;
        try
        {
            using (new SmallDisk(1)) return true;
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test that needs to mount a file system; where that is not allowed it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        Skip = SmallDisk.IsPossible ? Requirements.Missing(Requirements.Stock)
            : "NOT TESTED HERE: this user may not mount a file system (the limits on file sizes are tested all the same).";
    }
}
