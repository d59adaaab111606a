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

    /// <summary>Older secrets, which still check signatures; separated by commas or line breaks.</summary>
    public const string PreviousIntegrityKeys = "BACKUP_METADATA_HMAC_KEY_PREVIOUS";

    /// <summary>A file with the private key (PEM, ECDSA P-256) that signs evidence for those who must not hold the integrity key.</summary>
    public const string EvidenceKeyFile = "POSTRY_EVIDENCE_KEY_FILE";

    /// <summary>The folder whose databases are looked after.</summary>
    public const string RepoRoot = "BACKUP_REPO_ROOT";

    /// <summary>The address of the database that an application uses.</summary>
    public const string DatabaseUrl = "DATABASE_URL";

    /// <summary>The password for a PostgreSQL server, as libpq reads it.</summary>
    public const string PostgresPassword = "PGPASSWORD";

    /// <summary>The value 1 consents to a restore or a removal where nobody can be asked.</summary>
    public const string AllowNonInteractive = "RESTORE_ALLOW_NONINTERACTIVE";

    /// <summary>How many seconds the smoke checks may take together, as startup-smoke.ps1 read it.</summary>
    public const string StartupSmokeTimeout = "STARTUP_SMOKE_TIMEOUT_SECONDS";

    /// <summary>The value 1 is the first of three consents to a drill in a disposable database.</summary>
    public const string RunEndToEnd = "RUN_POSTGRES_BACKUP_RESTORE_E2E";

    /// <summary>The value YES is the second consent.</summary>
    public const string AllowDestructiveEndToEnd = "BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE";

    /// <summary>The address of the disposable database, the third consent.</summary>
    public const string EndToEndDatabaseUrl = "BACKUP_RESTORE_E2E_DATABASE_URL";

    /// <summary>The folder of PostgreSQL's client and server programs.</summary>
    public const string PostgresPrograms = "POSTRY_PG_BIN";

    /// <summary>The folder for temporary files, by the name that the system knows.</summary>
    public static readonly string TemporaryFolder = OperatingSystem.IsWindows() ? "TMP" : "TMPDIR";

    /// <summary>The prefix of the variables of settings.</summary>
    public const string SettingPrefix = "POSTRY_";

    /// <summary>A restore tells its commands by this variable which of the two runs: beforeSwap or afterSwap.</summary>
    public const string Hook = "POSTRY_HOOK";

    /// <summary>A restore tells its commands by this variable what is restored: a path, or an address without user and password.</summary>
    public const string HookTarget = "POSTRY_TARGET";

    /// <summary>A restore tells its commands by this variable how the restored database is reached. The address holds no password, but
    /// may name a password file.</summary>
    public const string HookTargetUrl = "POSTRY_TARGET_URL";

    /// <summary>Set for the commands of a job: its name.</summary>
    public const string Job = "POSTRY_JOB";

    /// <summary>Set for the commands of a job: the name of the step.</summary>
    public const string JobStep = "POSTRY_STEP";

    /// <summary>Set for the command after a step: the result of the step.</summary>
    public const string JobStepResult = "POSTRY_STEP_RESULT";
}
