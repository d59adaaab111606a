using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Schema;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Configuration;

/// <summary>A file that holds smoke checks alone, in the form of the section "smoke" of postry.json.</summary>
internal static class SmokeFile
{
    /// <summary>Reads the file. Errors: SourceNotFound, AccessDenied, ConfigurationInvalid with every problem and its line.</summary>
    public static SmokeChecks Read(string path)
    {
        var reading = new ConfigurationReading();
        var item = JsonItemReader.Read(new SourceText(Bytes(path)), path, out var unreadable);
        SmokeChecks? checks = null;
        if (item is not null) SmokeShapes.All.TryRead(item, "", reading, out checks);
        var problems = unreadable is null ? reading.Problems : [unreadable];
        return problems.Count == 0 && checks is not null ? checks : throw new ConfigurationInvalidException(path,
            string.Join('\n', problems),
            "Correct the file. It has the form of the section \"smoke\" of postry.json (docs/configuration.md).");
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return Files.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SourceNotFoundException(path, $"There is no file {path}.", "Give the path of a file with smoke checks.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(path, $"The file {path} cannot be read: {e.Message}", "Run as a user who may read it.", e);
        }
    }
}
