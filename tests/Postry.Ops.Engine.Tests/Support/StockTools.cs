using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>More stock tools as judges, and what a database is as they see it.</summary>
internal static class StockTools
{
    private const string Properties =
        "PRAGMA page_size; PRAGMA encoding; PRAGMA auto_vacuum; PRAGMA user_version; PRAGMA application_id; PRAGMA integrity_check; " +
            "PRAGMA foreign_key_check;";

    /// <summary>The answers of the stock shell about a database: dump, header properties, integrity. No byte is lost in decoding.</summary>
    public static string Facts(string database)
    {
        var facts = Latin("sqlite3", ["-bail", database], $".dump\n{Properties}\n");
        Assert.Contains("\nok", facts);
        return facts;
    }

    /// <summary>Output of a program as Latin-1, so that bytes which are no UTF-8 stay distinct.</summary>
    public static string Latin(string program, string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardInputEncoding = new UTF8Encoding(false),
        })!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
        return output;
    }

    /// <summary>Output of a shell line; a failure is a test failure.</summary>
    public static string Shell(string line, params string[] arguments) =>
        Latin("bash", ["-euo", "pipefail", "-c", line, "shell", .. arguments]);

    /// <summary>SHA-256 of a file, for asserting that it was not touched.</summary>
    public static string Hash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Every file below a folder with the hash of its bytes, for asserting that nothing was touched, without those that <see
    /// cref="Files"/> leaves out.</summary>
    public static string Tree(string folder) => string.Join('\n',
        Files(folder).Select(file => $"{Path.GetRelativePath(folder, file)} {Hash(file)}"));

    /// <summary>Every file below a folder, in order. The history of backups and the evidence of tests are left out, because each attempt
    /// adds to them.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != "history.jsonl" && Path.GetFileName(Path.GetDirectoryName(file)) != "drills")
        .Order(StringComparer.Ordinal);
}
