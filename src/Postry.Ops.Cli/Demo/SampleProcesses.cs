using System.Diagnostics;
using System.Text.Json;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli.Demo;

/// <summary>Runs the sample application: this program again.</summary>
internal sealed class SampleProcesses(CancellationToken cancellation)
{
    public Task MakeAsync(string database, int posts) => RunAsync("make", "--path", database, "--posts", $"{posts}");

    public Task DamageAsync(string database) => RunAsync("damage", "--path", database);

    /// <summary>Unpacks an artefact as `gunzip` would, without the engine.</summary>
    public Task UnpackAsync(string artefact, string database) => RunAsync("unpack", "--artefact", artefact, "--path", database);

    /// <summary>Asks plain SQL about a database, and how it differs from another.</summary>
    public async Task<SampleFacts> FactsAsync(string database, string? other = null)
    {
        var json = await RunAsync(other is null ? ["facts", "--path", database] : ["facts", "--path", database, "--against", other]);
        return JsonSerializer.Deserialize(json, ConsoleJson.Instance.SampleFacts)
            ?? throw new InvalidDataException("The sample process answered nothing.");
    }

    /// <summary>Starts a process that keeps committing until it is told otherwise.</summary>
    public async Task<SampleWriterProcess> StartWriterAsync(string database)
    {
        var writer = new SampleWriterProcess(Start("write", "--path", database), cancellation);
        await writer.WaitUntilOpenAsync();
        return writer;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0) throw new InvalidOperationException($"The sample process '{arguments[0]}' failed: {await errors}");
            return output;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>The command line that started this program, quoted for a shell.</summary>
    public static string Program => string.Join(' ', ProgramParts.Select(part => $"'{part}'"));

    /// <summary>Started as `dotnet postry.dll`, the program is the runtime's first argument; as `postry` it is the program.</summary>
    private static string[] ProgramParts
    {
        get
        {
            var host = Environment.ProcessPath ?? throw new InvalidOperationException("This program does not know its own path.");
            var isRuntime = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
            return isRuntime ? [host, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [host];
        }
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(ProgramParts[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var part in ProgramParts[1..]) start.ArgumentList.Add(part);
        start.ArgumentList.Add(SampleVerb.VerbName);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        // An application has no business with the keys of its backups.
        string[] secrets =
        [
            EnvironmentVariables.IntegrityKey, EnvironmentVariables.IntegrityKeyFile, EnvironmentVariables.PreviousIntegrityKeys,
            EnvironmentVariables.DatabaseUrl,
        ];
        foreach (var secret in secrets) start.Environment.Remove(secret);
        return Process.Start(start) ?? throw new InvalidOperationException("The sample process did not start.");
    }
}
