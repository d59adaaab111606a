using System.Diagnostics;
using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Says of a file what the old scripts said of their backups, by stock tools alone.</summary>
internal static class OldBackups
{
    /// <summary>Writes the signed metadata of a backup beside it.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="mode">sqlite, postgres or runtime-assets.</param>
    /// <returns>The path, as it was given.</returns>
    public static string Sign(string path, string mode)
    {
        var sha256 = Run("sha256sum", "", path)[..64].ToUpperInvariant();
        var (size, name) = (new FileInfo(path).Length, Path.GetFileName(path));
        var signed = FormattableString.Invariant($"{sha256}|{size}|{mode}|{name}");
        var hmac = Run("openssl", signed, "dgst", "-sha256", "-hmac", Sandbox.Key, "-hex").Trim().Split(' ')[^1].ToUpperInvariant();
        File.WriteAllText(path + ".meta.json", JsonSerializer.Serialize(new
        {
            generated_at_utc = "",
            mode,
            backup_file = name,
            backup_path = "",
            size_bytes = size,
            sha256,
            hmac_sha256 = hmac,
        }));
        return path;
    }

    private static string Run(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
