namespace Postry.Ops.Engine.IO;

/// <summary>The files that processes have open, as Linux lists them.</summary>
internal static class OpenFiles
{
    /// <summary>
    /// The full paths of the files that a process has open; those that have no name any more end in " (deleted)". Errors: IOException where
    /// there is no such process, UnauthorizedAccessException where it is another user's.
    /// </summary>
    /// <param name="process">The id of a process, or "self".</param>
    public static IEnumerable<string> Of(string process)
    {
        // Enumerating the links in "fd" would look at the target of each, three calls for every file; the entries of "fdinfo" are no links.
        foreach (var descriptor in Directory.EnumerateFiles($"/proc/{process}/fdinfo"))
        {
            string? target = null;
            try
            {
                target = new FileInfo($"/proc/{process}/fd/{Path.GetFileName(descriptor)}").LinkTarget;
            }
            catch (IOException)
            {
                // The process has closed the file since it was listed.
            }

            if (target is not null) yield return target;
        }
    }
}
