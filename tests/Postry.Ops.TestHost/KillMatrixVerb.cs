using System.Diagnostics;

namespace Postry.Ops.TestHost;

/// <summary>
/// Kills a restore or an undo in each of the folders that a test has prepared, and recovers from it, all from one process, because starting
/// one takes long under Wine. A folder is named by the operation, the step to kill at, and the command that recovers:
/// restore,Swapping,complete. Each has app.db, which is backed up, and in "live" the files that are in its place when the operation begins.
/// The files after the kill are copied to "killed", and those in the end to "recovered".
/// </summary>
internal static class KillMatrixVerb
{
    public static async Task<int> RunAsync(string folder)
    {
        foreach (var place in Directory.GetDirectories(folder, "*,*,*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            await RunOneAsync(place);
        return 0;
    }

    private static async Task RunOneAsync(string place)
    {
        var (root, database) = (Path.Combine(place, "backups"), Path.Combine(place, "app.db"));
        var words = Path.GetFileName(place).Split(',');
        await new EngineVerbs(root, database, []).RunAsync("backup");
        foreach (var file in FilesOf(place)) File.Delete(file);
        Copy(Path.Combine(place, "live"), place);
        if (words[0] == "undo") await new EngineVerbs(root, database, []).RunAsync("restore");
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [words[0], root, database, "kill=" + words[1]])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync(), child.WaitForExitAsync());
        Copy(place, Directory.CreateDirectory(Path.Combine(place, "killed")).FullName);
        Stopping.Say($"killed {child.ExitCode} {Path.GetRelativePath(Environment.CurrentDirectory, place)}");
        await new EngineVerbs(root, database, []).RunAsync(words[2]);
        Copy(place, Directory.CreateDirectory(Path.Combine(place, "recovered")).FullName);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in FilesOf(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        new[] { "", "-wal", "-shm", "-journal" }.Select(suffix => Path.Combine(folder, "app.db" + suffix)).Where(File.Exists);
}
