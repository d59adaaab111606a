using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>The demands on the folder of a destination.</summary>
internal static class DestinationFolder
{
    /// <summary>Refuses a folder that cannot hold copies. Reads only. Errors: InvalidRequest where it is, or lies in, the folder that the
    /// backups are copied from; DestinationUnreachable, AccessDenied.</summary>
    /// <param name="to">The destination.</param>
    /// <param name="from">Full path of the backup root that is copied from.</param>
    public static void Require(CopyDestination to, string from)
    {
        if (IsWithin(Files.RealPath(to.Path), Files.RealPath(from)) || IsSameFolder(to.Path, from))
            throw new InvalidRequestException(to.Path,
                $"{to} lies in the backup root {from}, which the backups are copied from: what happens to the one happens to the other.",
                "Name a folder on another disk or another machine.");
        if (File.Exists(to.Path)) throw Unreachable(to, $"{to} is a file and no folder.", "Name a folder.");
        if (!Directory.Exists(to.Path))
        {
            if (to.Name is not null)
                throw Unreachable(to, $"{to} is not there, or this user may not see it.",
                    "If it is on a share, mount that; if the folder is new, make it.");
            if (!Directory.Exists(Path.GetDirectoryName(to.Path)))
                throw Unreachable(to, $"{to} is not there, and neither is the folder above it.", "Mount the share, or make that folder.");
            return;
        }

        if (!OperatingSystem.IsWindows() && !UnixCalls.MayWrite(to.Path))
            throw new AccessDeniedException(to.Path, $"{to} cannot be written by this user, or is mounted for reading only.",
                "Run as a user who may write there, or mount it for writing.");
    }

    /// <summary>Makes the folder that only the caller names; one of postry.json must be there, because a share that is not mounted would
    /// be replaced by a folder on this disk.</summary>
    public static void Make(CopyDestination to)
    {
        if (to.Name is null) Files.CreatePrivateFolder(to.Path);
    }

    private static bool IsWithin(string path, string folder) => path.Equals(folder, Files.NameComparison)
        || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, Files.NameComparison);

    // A folder may be mounted at two places.
    private static bool IsSameFolder(string one, string other) =>
        FileFacts.Of(Files.RealPath(one)) is { Kind: FileKind.Folder, Number: > 0 } facts
            && FileFacts.Of(Files.RealPath(other)) is var others && (facts.Number, facts.Stamp) == (others.Number, others.Stamp);

    private static DestinationUnreachableException Unreachable(CopyDestination to, string problem, string hint) =>
        new(to.Path, problem, hint);
}
