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
    /// The check for an error in a trial restore; null for an unexpected error, which must be raised, and for an offered server that cannot
    /// be reached.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="trial">The place of the trial restore; null if it could not be opened.</param>
    /// <param name="duration">The duration of the trial.</param>
    public static Check? Of(Exception error, TrialTarget? trial, TimeSpan duration) => AsOpsException(error) switch
    {
        null => null,
        // The caller must correct a wrong address or password: with another one the test can be made.
        DatabaseUnreachableException or AuthenticationFailedException or PoolerNotSupportedException when trial is null => null,
        { } known when trial is not null && IsOfBackup(known, trial) =>
            new Check(Restores, CheckStatus.Failed, "committed", known.Message, known.Hint, duration),
        { } known => Inconclusive(Restores, known, duration),
    };

    /// <summary>
    /// Returns the error if this machine lacks something for reading a backup (a program, or space on its disk); null for any other error.
    /// </summary>
    public static OpsException? FindLocalLack(Exception error) =>
        AsOpsException(error) is { } lack and (NotEnoughSpaceException or ToolMissingException or ToolTooOldException) ? lack : null;

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

    private static OpsException? AsOpsException(Exception error) => error switch
    {
        OpsException known => known,
        _ when Files.IsDiskFull(error) => new NotEnoughSpaceException("the backup's test",
            $"The disk became full while the backup was unpacked for its test: {error.Message.TrimEnd('.')}.",
            $"Free space in the backup root and in the temporary folder ({EnvironmentVariables.TemporaryFolder}), then run the test again.",
            error),
        _ => null,
    };
}
