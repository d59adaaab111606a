using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke;

/// <summary>The settings and the database that smoke checks ask.</summary>
/// <param name="Settings">Roots, keys, environment and postry.json.</param>
/// <param name="Database">The one database that checks of data are for, such as that of a restore; null for those that the checks name, or
/// all of postry.json.</param>
/// <param name="Baseline">The critical alerts from before, by their identity; null if there is no baseline.</param>
/// <param name="Backup">The backup whose rows checks of tables compare with; null for the newest good one of each database.</param>
internal sealed record SmokeTargets(OpsSettings Settings, DatabaseAddress? Database = null, IReadOnlyList<string>? Baseline = null,
    LoadedBackup? Backup = null)
{
    /// <summary>The database that <see cref="Database"/> is a copy of, restored from <see cref="Backup"/>; null where it is no
    /// copy.</summary>
    public CopiedDatabase? StandsFor { get; init; }

    /// <summary>The value of an environment variable; null if it is not set or empty.</summary>
    public string? Variable(string name) => Settings.Variable(name) is { Length: > 0 } value ? value : null;
}
