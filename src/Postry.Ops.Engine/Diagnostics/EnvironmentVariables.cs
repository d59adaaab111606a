namespace Postry.Ops.Engine.Diagnostics;

/// <summary>
/// The names of all environment variables that Postry.Ops reads, or sets for the commands of a restore. Settings of postry.json have
/// variables as well, whose names are made of <see cref="SettingPrefix"/> and the setting's path.
/// </summary>
public static class EnvironmentVariables
{
    /// <summary>The secret that signs manifests and checks their signatures.</summary>
    public const string IntegrityKey = "BACKUP_METADATA_HMAC_KEY";

    /// <summary>A file that holds the secret.</summary>
    public const string IntegrityKeyFile = "BACKUP_METADATA_HMAC_KEY_FILE";

    /// <summary>Older secrets, which still check signatures; separated by semicolons.</summary>
    public const string PreviousIntegrityKeys = "BACKUP_METADATA_HMAC_KEY_PREVIOUS";

    /// <summary>The folder whose databases are looked after.</summary>
    public const string RepoRoot = "BACKUP_REPO_ROOT";

    /// <summary>The address of the database that an application uses.</summary>
    public const string DatabaseUrl = "DATABASE_URL";

    /// <summary>1 consents to a restore or removal where nobody can be asked.</summary>
    public const string AllowNonInteractive = "RESTORE_ALLOW_NONINTERACTIVE";

    /// <summary>The folder of PostgreSQL's client and server programs.</summary>
    public const string PostgresPrograms = "POSTRY_PG_BIN";

    /// <summary>What the names of the variables of settings begin with.</summary>
    public const string SettingPrefix = "POSTRY_";

    /// <summary>The restore sets it for its commands: which command runs, beforeSwap or afterSwap.</summary>
    public const string Hook = "POSTRY_HOOK";

    /// <summary>The restore sets it for its commands: what is restored, as a path or as an address without password.</summary>
    public const string HookTarget = "POSTRY_TARGET";

    /// <summary>The restore sets it for its commands: how the restored database is reached, with its password.</summary>
    public const string HookTargetUrl = "POSTRY_TARGET_URL";
}
