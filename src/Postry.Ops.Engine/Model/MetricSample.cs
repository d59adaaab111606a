namespace Postry.Ops.Engine.Model;

/// <summary>One series of Prometheus with its value: a gauge. docs/monitoring.md lists all of them.</summary>
/// <param name="Name">The metric's name, with its unit at the end.</param>
/// <param name="Help">The meaning, in one line.</param>
/// <param name="Labels">The labels, in the order in which they are written.</param>
/// <param name="Value">The value, in the unit of the name. Times are seconds since 1970 in UTC.</param>
public sealed record MetricSample(string Name, string Help, IReadOnlyList<MetricLabel> Labels, double Value)
{
    /// <inheritdoc cref="MetricSample"/>
    public IReadOnlyList<MetricLabel> Labels { get; init => field = Indexable.Of(value); } = Indexable.Of(Labels);
}

/// <summary>A label of a series.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value, as it is; the text format escapes it.</param>
public sealed record MetricLabel(string Name, string Value);
