using System.Diagnostics;
using System.Text.Json;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The answer of a `postry` child: its exit code, its one JSON document and its standard error.</summary>
internal sealed record PostryAnswer(int ExitCode, JsonElement Json, string Error)
{
    /// <summary>The id of the error it ended with, or null.</summary>
    public string? ErrorId => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("error", out var error)
        ? error.GetProperty("id").GetString() : null;

    /// <summary>A member of the document as text.</summary>
    public string? this[string member] => Json.TryGetProperty(member, out var value) ? value.ToString() : null;

    public override string ToString() => $"exit {ExitCode}: {Json} {Error}";
}

/// <summary>The console front end as a child process: for what needs a process of its own (another library, another user,
/// limits).</summary>
internal static class PostryConsole
{
    /// <summary>Runs `postry --json` to its end.</summary>
    /// <param name="work">The repo root and backup root.</param>
    /// <param name="arguments">The verb and its options.</param>
    /// <param name="environment">Variables over the usual ones; the integrity key is set unless it is named here.</param>
    /// <param name="wrapper">A command that gets the whole command line as its arguments, for example setpriv with its options.</param>
    /// <param name="program">The program, if it is not the tests' own copy.</param>
    public static PostryAnswer Run(Workspace work, string[] arguments, Dictionary<string, string?>? environment = null, string[]? wrapper =
        null, string? program = null)
    {
        string[] line = [.. wrapper ?? [], program ?? ChildPrograms.Postry, .. arguments, "--backup-root", work.BackupRoot, "--repo-root",
            work.Folder, "--json"];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true,
            RedirectStandardError = true };
        start.Environment["BACKUP_METADATA_HMAC_KEY"] = Workspace.Key;
        // A limit on file sizes also limits the memory that the runtime maps twice, and its diagnostics.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? [])
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        try
        {
            return new PostryAnswer(process.ExitCode, JsonDocument.Parse(output).RootElement, error.Result);
        }
        catch (JsonException)
        {
            throw new InvalidOperationException(
                $"postry {string.Join(' ', arguments)} ended with {process.ExitCode} and no JSON: {output}\n{error.Result}");
        }
    }
}
