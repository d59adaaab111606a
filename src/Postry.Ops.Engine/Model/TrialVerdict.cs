using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The verdict on an error in the middle of a test: either the backup is bad, or the machine or server of the test lacks something. A
/// missing tool, right, role, extension, locale or disk leaves the test inconclusive; an error that the backup itself causes makes it fail.
/// </summary>
internal static class TrialVerdict
{
    private const string Restores = "Restores";

    /// <summary>
    /// The check that an error in a trial restore amounts to; null for an accident that no check may make light of, and for an offered
    /// server that cannot be reached.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="trial">The place of the trial restore; null if it could not be opened.</param>
    /// <param name="duration">The duration of the trial.</param>
    public static Check? Of(Exception error, TrialTarget? trial, TimeSpan duration) => Known(error) switch
    {
        null => null,
        // An address that leads nowhere, or a wrong password, is for the caller to mend: with another one the test can be made.
        DatabaseUnreachableException or AuthenticationFailedException or PoolerNotSupportedException when trial is null => null,
        { } known when trial is not null && IsOfBackup(known, trial) =>
            new Check(Restores, CheckStatus.Failed, "committed", known.Message, known.Hint, duration),
        { } known => Inconclusive(Restores, known, duration),
    };

    /// <summary>
    /// Returns the error if this machine lacks something for reading a backup (a program, or space on its disk); null for any other error.
    /// </summary>
    public static OpsException? LackHere(Exception error) =>
        Known(error) is NotEnoughSpaceException or ToolMissingException or ToolTooOldException ? Known(error) : null;

    /// <summary>The check that what is missing leaves open.</summary>
    public static Check Inconclusive(string name, OpsException lack, TimeSpan duration) =>
        new(name, CheckStatus.Inconclusive, name == Restores ? "committed" : null, "not tried",
            $"{lack.Message}{(lack.Message.EndsWith('.') ? "" : ".")} {lack.Hint}", duration);

    private static bool IsOfBackup(OpsException error, TrialTarget trial) => error switch
    {
        BackupCorruptException or ManifestInvalidException or SignatureMismatchException or WrongKeyException or ArchiveRefusedException =>
            true,
        RestoreRefusedException refused => refused.Reasons.Any(reason => IsOfBackup(reason, trial)),
        ToolFailedException tool => !tool.IsForWantOfSomething,
        AccessDeniedException => trial.HasEveryRight,
        RestoreUndoneException or ServerErrorException => true,
        _ => false,
    };

    private static OpsException? Known(Exception error) => error switch
    {
        OpsException known => known,
        _ when Files.IsDiskFull(error) => new NotEnoughSpaceException("the backup's test",
            $"The disk became full while the backup was unpacked for its test: {error.Message.TrimEnd('.')}.",
            "Free space in the backup root and in the temporary folder (TMPDIR), then run the test again.", error),
        _ => null,
    };
}
