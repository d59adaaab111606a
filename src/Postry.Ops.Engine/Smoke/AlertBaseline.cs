using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Smoke;

/// <summary>The critical alerts that a monitoring summary had at some time.</summary>
/// <param name="SavedAt">That time, in UTC.</param>
/// <param name="CriticalAlerts">The alerts, by their identity.</param>
internal sealed record AlertBaseline(DateTime SavedAt, IReadOnlyList<string> CriticalAlerts)
{
    /// <summary>Reads a baseline. Errors: SourceNotFound, AccessDenied, InvalidRequest where the file is none.</summary>
    public static AlertBaseline Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize(Files.ReadAllBytes(path), AlertBaselineJson.Default.AlertBaseline);
            return read?.CriticalAlerts is null ? throw NoBaseline(path, null) : read;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SourceNotFoundException(path, $"There is no baseline {path}.",
                $"Make one before the change that you want to judge: {CommandName.SmokeTest} {OptionName.SaveBaseline} {path}.", e);
        }
        catch (JsonException e)
        {
            throw NoBaseline(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(path, $"The baseline {path} cannot be read: {e.Message}", "Run as a user who may read it.", e);
        }
    }

    /// <summary>Writes the baseline, in place of an older one. Errors: AccessDenied, NotEnoughSpace.</summary>
    public void Write(string path) =>
        ResultFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, AlertBaselineJson.Default.AlertBaseline));

    private static InvalidRequestException NoBaseline(string path, Exception? cause) => new(path, $"{path} is no baseline of alerts.",
        $"Make one with {OptionName.SaveBaseline}.", cause);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(AlertBaseline))]
internal sealed partial class AlertBaselineJson : JsonSerializerContext;
