
namespace Postry.Ops.Engine.Model;

/// <summary>Which files of a repo root are its runtime files, as patterns relative to it. "*" and "?" stay within a name, "**" is any
/// number of folders.</summary>
public sealed record RuntimeSelection
{
    /// <summary>What is archived unless something else is configured.</summary>
    public static readonly IReadOnlyList<string> DefaultInclude =
        [".env", "backend/.env", ".env.*", "docker-compose*.yml", "compose*.yaml", "backend/alembic.ini", "scripts/**"];

    /// <summary>What is left out unless something else is configured.</summary>
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
