using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Copying;

/// <summary>The destinations that a command means.</summary>
internal static class Destinations
{
    /// <summary>The destinations of postry.json, in the order of the file. Errors: ConfigurationInvalid.</summary>
    public static IReadOnlyList<CopyDestination> Configured(OpsSettings settings) => [.. settings.Configuration.Destinations.Values
        .Select(entry => new CopyDestination(entry.Name, Path.GetFullPath(entry.Path, settings.RepoRoot), entry.Timeout))];

    /// <summary>The destinations that the caller names: each a name in postry.json or else a folder; without any, those of postry.json.
    /// Errors: ConfigurationInvalid, and InvalidRequest where there is none.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="named">The names and folders, or null.</param>
    /// <param name="fullPath">Makes a full path of a folder that the caller wrote.</param>
    public static IReadOnlyList<CopyDestination> Find(OpsSettings settings, IReadOnlyList<string>? named, Func<string, string> fullPath)
    {
        // A folder can be named while this part of postry.json is wrong.
        var configured = named is null || settings.Configuration.IsValid(ConfigurationSections.Destinations) ? Configured(settings) : [];
        if (named is not null)
            return [.. named.Select(one => configured.FirstOrDefault(to => to.Name == one)
                ?? new CopyDestination(null, Path.TrimEndingDirectorySeparator(fullPath(one)), CopyDestination.DefaultTimeout))
                .DistinctBy(to => to.Path)];
        return configured.Count > 0 ? configured : throw new InvalidRequestException("destinations",
            $"No destination is named, and {OpsSettings.ConfigurationFileName} has none.",
            $"Name a folder with {OptionName.Destination}, or write \"destinations\" into {OpsSettings.ConfigurationFileName}.");
    }

    /// <summary>Copies a new backup to each destination of postry.json. No destination ends the backup or keeps the others from
    /// it.</summary>
    public static async Task<IReadOnlyList<BackupCopy>> CopyNewAsync(OpsSettings settings, BackupSet set, IOperationObserver observer,
        CancellationToken cancellation)
    {
        if (!settings.Configuration.IsValid(ConfigurationSections.Destinations))
            return [new BackupCopy(set.Id, set.Database, set.Mode, set.SnapshotAt, null, OpsSettings.ConfigurationFileName,
                CopyStatus.Failed, 0, null, "ConfigurationInvalid",
                $"The destinations of {OpsSettings.ConfigurationFileName} have a mistake.",
                $"{CommandName.ListSettings} says which.", TimeSpan.Zero)];
        var configured = Configured(settings);
        if (configured.Count == 0) return [];
        var backup = new BackupCatalog(settings).Load(set.ManifestFile);
        var copies = new List<BackupCopy>();
        foreach (var to in configured) copies.Add(await new BackupCopying(settings, to, observer).RunAsync(backup, cancellation));
        return copies;
    }
}
