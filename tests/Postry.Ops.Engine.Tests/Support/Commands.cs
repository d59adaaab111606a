using System.Diagnostics;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The output and the exit code of a child process.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Stock tools, which know nothing of the product: what they say counts.</summary>
internal static class Commands
{
    /// <summary>Runs a program to its end.</summary>
    public static CommandResult Run(string program, IEnumerable<string> arguments, string? input = null)
    {
        using var process = Start(program, arguments);
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts a program with its streams redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs SQL in the stock sqlite3 shell; an error is a test failure.</summary>
    public static string Sqlite(string database, string sql)
    {
        var result = Run("sqlite3", ["-bail", database], sql);
        Assert.True(result.ExitCode == 0, $"sqlite3 {database}: {result.Error}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>The whole database as SQL, by the stock shell.</summary>
    public static string Dump(string database) => Sqlite(database, ".dump");

    /// <summary>Turns an artefact into a database with stock gunzip.</summary>
    public static void Gunzip(string artefact, string database)
    {
        using var process = Start("gunzip", ["-c", "--", artefact]);
        process.StandardInput.Close();
        using (var file = File.Create(database)) process.StandardOutput.BaseStream.CopyTo(file);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
    }

    /// <summary>Starts the test host, a child that works with the engine.</summary>
    public static Process StartHost(params string[] arguments) =>
        Start(ChildPrograms.TestHost, arguments);
}
