namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The checks that must pass after a restore.</summary>
public sealed record SmokeChecks
{
    /// <summary>How long all checks together may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);
    public IReadOnlyList<HttpCheck> Http { get; init; } = [];
    public IReadOnlyList<HttpCheck> Pages { get; init; } = [];
    public IReadOnlyList<TcpCheck> Tcp { get; init; } = [];
    public IReadOnlyList<ProcessCheck> Processes { get; init; } = [];
    public IReadOnlyList<SqlCheck> Sql { get; init; } = [];
    public IReadOnlyList<TableCheck> Tables { get; init; } = [];
    public IReadOnlyList<FreshnessCheck> Freshness { get; init; } = [];
    public MonitoringCheck? Monitoring { get; init; }
}
