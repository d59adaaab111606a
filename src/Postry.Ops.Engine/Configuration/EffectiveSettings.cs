using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Schema;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Configuration;

/// <summary>An effective value and its source.</summary>
/// <param name="Name">Name of the setting, for example "RepoRoot" or "objectives.rpo".</param>
/// <param name="Value">The value as it would be written; secrets are masked.</param>
/// <param name="Source">The kind of source.</param>
/// <param name="Detail">The parameter, the variable, or the file with its line; empty for a default.</param>
public sealed record EffectiveSetting(string Name, string Value, SettingSource Source, string Detail);

/// <summary>Lists what is in effect.</summary>
internal sealed class EffectiveSettings(OpsSettings settings)
{
    private static readonly string[] OtherVariables = [EnvironmentVariables.AllowNonInteractive, EnvironmentVariables.PostgresPrograms,
        EnvironmentVariables.EvidenceKeyFile];

    private OpsConfiguration Configuration => settings.Configuration;

    /// <summary>Every value. Errors: ConfigurationInvalid.</summary>
    public IReadOnlyList<EffectiveSetting> List()
    {
        Configuration.Require(ConfigurationSections.All);
        return [.. Places(), .. Secrets(), .. Written(), .. Variables()];
    }

    private IEnumerable<EffectiveSetting> Places()
    {
        yield return At("RepoRoot", settings.RepoRoot, settings.RepoRootOrigin);
        yield return At("BackupRoot", settings.BackupRoot, settings.BackupRootOrigin
            ?? Configuration.Origins.GetValueOrDefault("backupRoot"));
        yield return Configuration.File is { } file
            ? new("ConfigurationFile", file, SettingSource.File, "")
            : new("ConfigurationFile", "", SettingSource.Default, $"there is no {OpsSettings.ConfigurationFileName} in the repo root");
    }

    private IEnumerable<EffectiveSetting> Secrets()
    {
        // The list never shows a part of the key, only its id, which manifests name too.
        var ids = settings.Keys.All.Select(key => $"{SecretMask.Mask} ({key})").ToList();
        var hasKey = settings.Keys.HasSigningKey;
        yield return !hasKey ? new("IntegrityKey", "", SettingSource.Default, $"{EnvironmentVariables.IntegrityKey} is not set")
            : settings.KeyIsParameter ? new("IntegrityKey", ids[0], SettingSource.Parameter, $"{OptionName.IntegrityKey}")
            : new("IntegrityKey", ids[0], SettingSource.Environment, settings.Variable(EnvironmentVariables.IntegrityKey) is null
                ? EnvironmentVariables.IntegrityKeyFile : EnvironmentVariables.IntegrityKey);
        if (ids.Count > (hasKey ? 1 : 0))
            yield return new("PreviousIntegrityKeys", string.Join(", ", ids.Skip(hasKey ? 1 : 0)), SettingSource.Environment,
                EnvironmentVariables.PreviousIntegrityKeys);
        yield return settings.DatabaseUrl is { } url
            ? new("DatabaseUrl", OpsSettings.IsKnownUrl(url) ? SecretMask.Address(url) : $"{SecretMask.Mask} ({OpsSettings.OtherUrl})",
                SettingSource.Environment, EnvironmentVariables.DatabaseUrl)
            : new("DatabaseUrl", "", SettingSource.Default, $"{EnvironmentVariables.DatabaseUrl} is not set");
    }

    private static bool IsCommand(string path) => path.EndsWith("Swap", StringComparison.Ordinal)
        || (path.StartsWith("jobs.", StringComparison.Ordinal)
            && (path.EndsWith(".command", StringComparison.Ordinal) || path.EndsWith(".before", StringComparison.Ordinal)
                || path.EndsWith(".after", StringComparison.Ordinal)));

    private IEnumerable<EffectiveSetting> Written()
    {
        foreach (var (path, value) in ConfigurationShape.File.Leaves(Configuration.Values, ""))
        {
            // The first is listed above as a full path; the second is for editors.
            if (path is "backupRoot" or "$schema") continue;
            yield return At(path, IsCommand(path) ? SecretMask.Command(value) : SecretMask.Text(value),
                Configuration.Origins.GetValueOrDefault(path));
            if (path.EndsWith(".urlVariable", StringComparison.Ordinal) && path.StartsWith("databases", StringComparison.Ordinal))
                yield return new(path[..^"Variable".Length], settings.Variable(value) is { } address ? SecretMask.Address(address) : "",
                    SettingSource.Environment, settings.Variable(value) is null ? $"{value} is not set" : value);
        }
    }

    private IEnumerable<EffectiveSetting> Variables() =>
        from name in OtherVariables let value = settings.Variable(name) where value
            is not null select new EffectiveSetting(name, SecretMask.Text(value), SettingSource.Environment, name);

    private static EffectiveSetting At(string name, string value, ConfigurationOrigin? origin) => origin is null
        ? new(name, value, SettingSource.Default, "")
        : new(name, value, origin.Source, origin.Line > 0 ? $"{Path.GetFileName(origin.Location)}, line {origin.Line}" : origin.Location);
}
