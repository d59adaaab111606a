using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry metrics`: the recovery status for Prometheus.</summary>
internal sealed class MetricsVerb : Verb
{
    private readonly Option<string> _path = NewOption.Text("--path", "file",
        "The file for the textfile collector of Prometheus' node exporter, which reads *.prom. Without it the metrics are printed.");

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Report only on this database; * and ? are wildcards.").WithDatabases();

    public MetricsVerb() : base("metrics", "Write how well each database could be recovered as metrics for Prometheus.")
    {
        Add(_path);
        Add(_database);
    }

    protected override ConfigurationSections Needs(ParseResult input) => ConfigurationSections.Databases | ConfigurationSections.Objectives;

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var statuses = await session.Engine.StatusAsync(input.GetValue(_database), session.Cancellation);
        var samples = OpsEngine.Metrics(statuses);
        var path = input.GetValue(_path) is { } given ? Path.GetFullPath(given) : null;
        if (path is not null) OpsEngine.WriteMetrics(samples, path);
        session.Show(samples, () => ResultJson.Instance.IReadOnlyListMetricSample, (writer, metrics) => Write(writer, metrics, path));
        return ExitCode.Done;
    }

    private static void Write(TextWriter writer, IReadOnlyList<MetricSample> samples, string? path)
    {
        if (path is null) writer.Write(OpsEngine.MetricsText(samples));
        else writer.WriteLine($"{samples.Count} series written to {Printable.Line(path)}.");
    }
}
