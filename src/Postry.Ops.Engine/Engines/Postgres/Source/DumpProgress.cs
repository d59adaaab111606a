
namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>The progress of pg_dump, by the sizes of the tables that it has finished.</summary>
internal sealed class DumpProgress
{
    private readonly Dictionary<string, Queue<long>> _sizes;
    private readonly Action<long, long> _report;
    private readonly long _total;
    private long _done;

    public DumpProgress(SourceSurvey survey, Action<long, long> report)
    {
        var tables = survey.Tables.Where(entry => entry.HasData).ToList();
        // pg_dump tells names without schemas.
        _sizes = tables.GroupBy(entry => entry.Table.Name)
            .ToDictionary(same => same.Key, same => new Queue<long>(same.Select(entry => entry.Table.Bytes)));
        _total = tables.Sum(entry => entry.Table.Bytes);
        _report = report;
        report(0, _total);
    }

    /// <summary>Counts a table as done.</summary>
    public void Finished(string table)
    {
        lock (_sizes)
        {
            if (_sizes.TryGetValue(table, out var sizes) && sizes.TryDequeue(out var bytes)) _report(_done += bytes, _total);
        }
    }
}
