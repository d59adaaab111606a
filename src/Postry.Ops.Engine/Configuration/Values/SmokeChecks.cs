namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The checks that must pass after a restore.</summary>
public sealed record SmokeChecks
{
    public IReadOnlyList<HttpCheck> Http { get; init; } = [];
    public IReadOnlyList<SqlCheck> Sql { get; init; } = [];
    public IReadOnlyList<TableCheck> Tables { get; init; } = [];
    public MonitoringCheck? Monitoring { get; init; }
}

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

/// <summary>A query that must work.</summary>
public sealed record SqlCheck
{
    public string Query { get; init; } = "";
    public string? Name { get; init; }

    /// <summary>The configured database that it concerns; null for every one.</summary>
    public string? Database { get; init; }

    /// <summary>The expected value of the first column of the first row, as text.</summary>
    public string? ExpectValue { get; init; }
    public int MinimumRows { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A table that must be there.</summary>
public sealed record TableCheck
{
    public string Table { get; init; } = "";
    public string? Database { get; init; }
    public IReadOnlyList<string> Columns { get; init; } = [];
    public int MinimumRows { get; init; } = 1;
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
