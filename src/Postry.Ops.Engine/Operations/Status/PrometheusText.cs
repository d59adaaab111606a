using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>Metrics in the text format of Prometheus, as its node exporter reads them from files.</summary>
internal static class PrometheusText
{
    /// <summary>Writes the samples, of which those of one name stand together.</summary>
    public static string Of(IReadOnlyList<MetricSample> samples)
    {
        var text = new StringBuilder();
        string? before = null;
        foreach (var sample in samples)
        {
            if (sample.Name != before)
                text.Append(CultureInfo.InvariantCulture, $"# HELP {sample.Name} {sample.Help}\n# TYPE {sample.Name} gauge\n");
            before = sample.Name;
            text.Append(sample.Name);
            if (sample.Labels.Count > 0)
                text.Append('{').AppendJoin(',', sample.Labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\"")).Append('}');
            text.Append(CultureInfo.InvariantCulture, $" {sample.Value}\n");
        }

        return text.ToString();
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
