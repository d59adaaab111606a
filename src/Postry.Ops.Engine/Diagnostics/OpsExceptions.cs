namespace Postry.Ops.Engine.Diagnostics;

/// <summary>A named database, backup or record does not exist.</summary>
public sealed class SourceNotFoundException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("SourceNotFound", OpsErrorKind.ObjectNotFound, target, problem, hint, inner);

/// <summary>Something is already where a new thing was to be made.</summary>
public sealed class DestinationExistsException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DestinationExists", OpsErrorKind.ResourceExists, target, problem, hint, inner);

/// <summary>The file system or the database refuses this user.</summary>
public sealed class AccessDeniedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("AccessDenied", OpsErrorKind.PermissionDenied, target, problem, hint, inner);

/// <summary>A step of a job did not succeed. The report of the job says which, and why.</summary>
public sealed class JobFailedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("JobFailed", OpsErrorKind.InvalidResult, target, problem, hint, inner);

/// <summary>Another process holds a lock that did not go away in time.</summary>
public sealed class DatabaseBusyException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DatabaseBusy", OpsErrorKind.ResourceBusy, target, problem, hint, inner);

/// <summary>
/// An SQLite database is, or may be, in use under another name: its log and its journal are not beside the name that was given, so that
/// what is read there may lack committed rows or hold uncommitted ones.
/// </summary>
public sealed class UsedUnderOtherNameException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("UsedUnderOtherName", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>The file is not a database that the engine can read: another format, encrypted, or its header is destroyed.</summary>
public sealed class NotADatabaseException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("NotADatabase", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>The live database fails its own integrity check.</summary>
public sealed class DatabaseDamagedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DatabaseDamaged", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>The bytes or the contents of a backup are not those that its manifest signs.</summary>
public sealed class BackupCorruptException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("BackupCorrupt", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>A manifest cannot be parsed or has an unknown format.</summary>
public sealed class ManifestInvalidException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ManifestInvalid", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>A manifest names a known key but its bytes are not those that were signed.</summary>
public sealed class SignatureMismatchException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("SignatureMismatch", OpsErrorKind.SecurityError, target, problem, hint, inner);

/// <summary>A manifest was signed with a key that is not at hand.</summary>
public sealed class WrongKeyException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("WrongKey", OpsErrorKind.SecurityError, target, problem, hint, inner);

/// <summary>No integrity key is configured.</summary>
public sealed class IntegrityKeyMissingException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("IntegrityKeyMissing", OpsErrorKind.SecurityError, target, problem, hint, inner);

/// <summary>The integrity key can be guessed, so it signs nothing.</summary>
public sealed class WeakKeyException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("WeakKey", OpsErrorKind.SecurityError, target, problem, hint, inner);

/// <summary>A destructive operation has no consent and nobody can be asked.</summary>
public sealed class ConfirmationRequiredException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ConfirmationRequired", OpsErrorKind.OperationStopped, target, problem, hint, inner);

/// <summary>A selection fits backups of more than one database.</summary>
public sealed class AmbiguousBackupException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("AmbiguousBackup", OpsErrorKind.InvalidArgument, target, problem, hint, inner);

/// <summary>The newest backup holds much less than the one before it: the operator says whether that is a loss, by naming one of the
/// two.</summary>
public sealed class SuspiciousBackupException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("SuspiciousBackup", OpsErrorKind.InvalidArgument, target, problem, hint, inner);

/// <summary>The backup came from another database than the target.</summary>
public sealed class DifferentSourceException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DifferentSource", OpsErrorKind.InvalidArgument, target, problem, hint, inner);

/// <summary>An earlier restore of the target awaits its verdict.</summary>
public sealed class TargetPendingException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("TargetPending", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>A removal would leave a database without a good backup, and the caller has not allowed that.</summary>
public sealed class LastBackupException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("LastBackup", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>The backup is pinned, so it is not removed.</summary>
public sealed class BackupPinnedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("BackupPinned", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>The disk is full or too small for the operation.</summary>
public sealed class NotEnoughSpaceException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("NotEnoughSpace", OpsErrorKind.ResourceUnavailable, target, problem, hint, inner);

/// <summary>A restore was undone because a check of its result failed.</summary>
public sealed class RestoreUndoneException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("RestoreUndone", OpsErrorKind.InvalidResult, target, problem, hint, inner);

/// <summary>The plan of a restore found problems; all of them are in the message.</summary>
public sealed class RestoreRefusedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("RestoreRefused", OpsErrorKind.InvalidOperation, target, problem, hint, inner)
{
    /// <summary>The problems one by one; empty where there is only the one in the message.</summary>
    internal IReadOnlyList<OpsException> Reasons { get; init; } = [];

    /// <summary>The objects of the backup that could not be made, where that is why.</summary>
    public IReadOnlyList<BrokenObject> Broken { get; init; } = [];
}

/// <summary>A parameter has a value that cannot work.</summary>
public sealed class InvalidRequestException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("InvalidRequest", OpsErrorKind.InvalidArgument, target, problem, hint, inner);

/// <summary>This build has no engine for the database mode.</summary>
public sealed class ModeNotSupportedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ModeNotSupported", OpsErrorKind.NotInstalled, target, problem, hint, inner);

/// <summary>No server answers at the address, or the connection was lost.</summary>
public sealed class DatabaseUnreachableException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DatabaseUnreachable", OpsErrorKind.ConnectionError, target, problem, hint, inner);

/// <summary>The server refuses the user, the password or the certificate (SQLSTATE 28xxx).</summary>
public sealed class AuthenticationFailedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("AuthenticationFailed", OpsErrorKind.AuthenticationError, target, problem, hint, inner);

/// <summary>The address is that of a transaction pooler, which cannot hold a snapshot or a session.</summary>
public sealed class PoolerNotSupportedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("PoolerNotSupported", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>Replication slots, subscriptions, prepared transactions, bound background workers or untouchable sessions stand in the way of a
/// restore.</summary>
public sealed class ReplicationInTheWayException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ReplicationInTheWay", OpsErrorKind.InvalidOperation, target, problem, hint, inner);

/// <summary>A limit of the server (locks, memory, temporary files, sizes) is too low for the operation; the hint names its
/// setting.</summary>
public sealed class ServerLimitException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ServerLimit", OpsErrorKind.ResourceUnavailable, target, problem, hint, inner);

/// <summary>The server answers with an error that none of the other errors means; its code (SQLSTATE) is in the message.</summary>
public sealed class ServerErrorException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ServerError", OpsErrorKind.InvalidResult, target, problem, hint, inner);

/// <summary>A client or server program that the operation needs is not installed.</summary>
public sealed class ToolMissingException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ToolMissing", OpsErrorKind.NotInstalled, target, problem, hint, inner);

/// <summary>Every client program that was found is older than the server or the backup.</summary>
public sealed class ToolTooOldException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ToolTooOld", OpsErrorKind.NotInstalled, target, problem, hint, inner);

/// <summary>A client program ended with an error; its last words are in the message.</summary>
public sealed class ToolFailedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ToolFailed", OpsErrorKind.InvalidResult, target, problem, hint, inner)
{
    /// <summary>True where the server or the machine lacks what the program needed, which says nothing of the backup that it worked
    /// on.</summary>
    internal bool IsForWantOfSomething { get; init; }
}

/// <summary>No place is available for a trial restore; the test stays inconclusive.</summary>
public sealed class TrialNotPossibleException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("TrialNotPossible", OpsErrorKind.NotInstalled, target, problem, hint, inner);

/// <summary>postry.json, or a variable that overrides it, says something that cannot be meant; all problems are in the message.</summary>
public sealed class ConfigurationInvalidException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ConfigurationInvalid", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>A runtime file cannot be archived: it is a socket, a pipe or a device, or a link that leads outside, or it never holds
/// still.</summary>
public sealed class RuntimeFileRefusedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("RuntimeFileRefused", OpsErrorKind.InvalidData, target, problem, hint, inner);

/// <summary>An archive holds entries that could be written elsewhere than they should; nothing of it is written.</summary>
public sealed class ArchiveRefusedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("ArchiveRefused", OpsErrorKind.SecurityError, target, problem, hint, inner);

/// <summary>A destination for copies is not there, or does not answer.</summary>
public sealed class DestinationUnreachableException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("DestinationUnreachable", OpsErrorKind.ConnectionError, target, problem, hint, inner);

/// <summary>A destination has no good copy of a backup; the cause and its error id are in the message.</summary>
public sealed class CopyFailedException(string target, string problem, string hint, Exception? inner = null)
    : OpsException("CopyFailed", OpsErrorKind.InvalidResult, target, problem, hint, inner);
