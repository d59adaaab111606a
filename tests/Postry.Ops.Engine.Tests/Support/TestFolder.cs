using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>
/// The folder for the files and servers of the tests, which is the temporary folder of the tests and of all processes that they start. The
/// folder lies in memory if the system has a file system there with enough room, because a server makes hundreds of files for every
/// database, and a fifth of the processor time of all tests went into making and removing them on a disk. POSTRY_TEST_FOLDER names another
/// one.
/// </summary>
internal static class TestFolder
{
    private const string Memory = "/dev/shm";
    private const string Prefix = "postry-tests-";

    /// <summary>Bytes that must be free. A run of all tests uses up to 6 GB.</summary>
    private const long NeededBytes = 10L << 30;

    [ModuleInitializer]
    internal static void Choose()
    {
        var folder = Environment.GetEnvironmentVariable("POSTRY_TEST_FOLDER") is { Length: > 0 } named
            ? Directory.CreateDirectory(named).FullName
            : InMemory();
        if (folder is not null) Environment.SetEnvironmentVariable("TMPDIR", folder);
    }

    private static string? InMemory()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Memory)) return null;
        SweepEnded();
        var drive = new DriveInfo(Memory);
        if (drive.DriveFormat != "tmpfs" || drive.AvailableFreeSpace < NeededBytes || FreeMemory() < NeededBytes) return null;
        var folder = Path.Combine(Memory, Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        // The user that servers run as, and the other users that tests run commands as, make folders of their own in it.
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0b1_111_111_111);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => TryRemove(folder);
        return folder;
    }

    // The folder of a killed test run would otherwise take up memory until the machine is restarted.
    private static void SweepEnded()
    {
        foreach (var folder in Directory.EnumerateDirectories(Memory, Prefix + "*"))
            if (!int.TryParse(Path.GetFileName(folder)[Prefix.Length..], CultureInfo.InvariantCulture, out var id) || !IsRunning(id))
                TryRemove(folder);
    }

    private static bool IsRunning(int id) => Directory.Exists($"/proc/{id.ToString(CultureInfo.InvariantCulture)}");

    private static long FreeMemory() => File.ReadLines("/proc/meminfo")
        .Where(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .SingleOrDefault();

    private static void TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A server that is just ending removes its own files, or another user's run has left this; nothing here depends on it.
            Debug.WriteLine(e.Message);
        }
    }
}
