using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>The results of reading a configuration: its problems, and the place of each value.</summary>
internal sealed class ConfigurationReading
{
    private readonly List<ConfigurationProblem> _problems = [];

    /// <summary>Problems in the order in which they were found.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => _problems;

    /// <summary>The place of each value, by its path ("objectives.rpo").</summary>
    public Dictionary<string, ConfigurationOrigin> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>The part of the configuration that is being read.</summary>
    public ConfigurationSections Section { get; set; } = ConfigurationSections.All;

    /// <summary>Notes a problem.</summary>
    public void Add(ConfigurationOrigin origin, string message) => _problems.Add(new ConfigurationProblem(origin, message, Section));
}
