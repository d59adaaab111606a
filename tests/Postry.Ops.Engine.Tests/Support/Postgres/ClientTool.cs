using System.Diagnostics;
using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>Stock client programs of PostgreSQL as judges.</summary>
internal static class ClientTool
{
    /// <summary>Runs a program with variables of its own; an error is a test failure.</summary>
    public static string Run(string program, IEnumerable<string> arguments, string input, Dictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(PgTools.Find(program, 1, "the tests' server").Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
        return output.Result;
    }
}
