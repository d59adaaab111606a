using System.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// Repeats what Windows refuses while somebody has a file open: virus scanners and indexers look at every new file for a moment, and so do
/// other commands of ours. Other systems refuse none of this.
/// </summary>
internal static class HeldFile
{
    private const int AccessDenied = 5;
    private const int SharingViolation = 32;
    private const int LockViolation = 33;
    private const int LongestPauseMs = 200;

    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    /// <summary>True where a failure says that somebody else has the file open.</summary>
    public static bool IsReason(Exception e) => OperatingSystem.IsWindows() && e is IOException
        && (e.HResult & 0xFFFF) is SharingViolation or LockViolation;

    /// <summary>Does the work, again and again for some seconds while a file is held.</summary>
    public static void Retry(Action work) => Retry(() =>
    {
        work();
        return true;
    });

    /// <summary>Does the work, again and again for some seconds while a file is held.</summary>
    public static T Retry<T>(Func<T> work)
    {
        if (!OperatingSystem.IsWindows()) return work();
        var (waited, pause) = (Stopwatch.StartNew(), 5);
        while (true)
        {
            try
            {
                return work();
            }
            catch (Exception e) when (MayBeHeld(e) && waited.Elapsed < LongestHold)
            {
                Thread.Sleep(pause);
                pause = Math.Min(2 * pause, LongestPauseMs);
            }
        }
    }

    // A file that is open, and is to be replaced or removed, looks like one that this user may not touch.
    private static bool MayBeHeld(Exception e) =>
        IsReason(e) || (e is UnauthorizedAccessException && (e.HResult & 0xFFFF) == AccessDenied);
}
