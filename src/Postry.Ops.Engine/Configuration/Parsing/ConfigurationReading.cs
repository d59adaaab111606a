using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>What has been found while a configuration is read: its problems, and where each value stands.</summary>
internal sealed class ConfigurationReading
{
    private readonly List<ConfigurationProblem> _problems = [];

    /// <summary>Problems in the order in which they were found.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => _problems;

    /// <summary>Where each value stands, by its path ("objectives.rpo").</summary>
    public Dictionary<string, ConfigurationOrigin> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>The part of the configuration that is being read.</summary>
    public ConfigurationSections Section { get; set; } = ConfigurationSections.All;

    /// <summary>Notes a problem.</summary>
    public void Add(ConfigurationOrigin origin, string message) => _problems.Add(new ConfigurationProblem(origin, message, Section));
}
