
namespace Postry.Ops.Engine.Model;

/// <summary>
/// The rules that select the runtime files of a repo root, as patterns relative to it. "*" and "?" stay within a name, "**" is any number
/// of folders.
/// </summary>
public sealed record RuntimeSelection
{
    /// <summary>The patterns of files to archive unless others are configured.</summary>
    public static readonly IReadOnlyList<string> DefaultInclude =
        [".env", "backend/.env", ".env.*", "docker-compose*.yml", "compose*.yaml", "backend/alembic.ini", "scripts/**"];

    /// <summary>The patterns of files to leave out unless others are configured.</summary>
    public static readonly IReadOnlyList<string> DefaultExclude = ["**/*.example"];

    /// <summary>The keys of env files that keep their live values unless something else is configured.</summary>
    public static readonly IReadOnlyList<string> DefaultKeepOnRestore = ["MAINTENANCE_MODE", "DATABASE_URL", "BACKUP_METADATA_HMAC_KEY"];

    /// <summary>Optional files: what is not there is listed as missing.</summary>
    public IReadOnlyList<string> Include { get; init; } = DefaultInclude;

    /// <summary>Files that are left out although another pattern fits.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = DefaultExclude;

    /// <summary>Files without which a backup fails.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Keys of env files that keep their live values in a restore.</summary>
    public IReadOnlyList<string> KeepOnRestore { get; init; } = DefaultKeepOnRestore;
}
