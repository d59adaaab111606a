namespace Postry.Ops.Engine.Configuration.Values;

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
