namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>An address that must answer.</summary>
public sealed record HttpCheck
{
    public string Url { get; init; } = "";
    public string? Name { get; init; }

    /// <summary>A status such as 200, or a class of them such as 2xx.</summary>
    public string ExpectStatus { get; init; } = "2xx";
    public string? ExpectText { get; init; }

    /// <summary>Name of the environment variable that holds a bearer token.</summary>
    public string? BearerTokenVariable { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>The monitoring summary that must be no worse than before the restore.</summary>
public sealed record MonitoringCheck
{
    public string Url { get; init; } = "";
    public string? BearerTokenVariable { get; init; }

    /// <summary>Errors among requests, in percent.</summary>
    public int MaximumErrorRate { get; init; } = 1;
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
