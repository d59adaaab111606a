using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>Files that a command writes where its caller wants them.</summary>
internal static class ResultFile
{
    /// <summary>Writes a file whole, in place of an older one, with the permissions that new files of this user have. Errors:
    /// AccessDenied, NotEnoughSpace, SourceNotFound where its folder is not there.</summary>
    public static void Write(string path, byte[] bytes)
    {
        var partial = $"{path}.{Guid.NewGuid():N}{Files.PartialSuffix}";
        try
        {
            File.WriteAllBytes(partial, bytes);
            Files.Move(partial, path, replace: true);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new SourceNotFoundException(path, $"The folder of {path} is not there.", "Make the folder, or name another file.", e);
        }
        catch (IOException e) when (Files.IsDiskFull(e))
        {
            throw new NotEnoughSpaceException(path, $"The disk is full: {path} cannot be written.",
                "Free space there, or name another file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(path, $"{path} cannot be written: {e.Message}", "Name a file that this user may write.", e);
        }
        finally
        {
            Files.TryDelete(partial);
        }
    }
}
