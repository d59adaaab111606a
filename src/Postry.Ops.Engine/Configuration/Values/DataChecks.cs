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

    /// <summary>The least number that the first column of the first row may be; null for any.</summary>
    public decimal? AtLeast { get; init; }

    /// <summary>The greatest number that the first column of the first row may be; null for any.</summary>
    public decimal? AtMost { get; init; }
    public int MinimumRows { get; init; }
    public int? MaximumRows { get; init; }

    /// <summary>True where the result must have rows, false where it must have none; null if that does not matter.</summary>
    public bool? ExpectRows { get; init; }

    /// <summary>The column that grades each row; null if rows are not graded.</summary>
    public string? GradeColumn { get; init; }

    /// <summary>The pattern, with * and ?, of the grades that fail.</summary>
    public string? FailWhen { get; init; }

    /// <summary>Names of the checks that must pass first.</summary>
    public IReadOnlyList<string> After { get; init; } = [];
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A table that must be there.</summary>
public sealed record TableCheck
{
    public string Table { get; init; } = "";
    public string? Database { get; init; }
    public IReadOnlyList<string> Columns { get; init; } = [];
    public int MinimumRows { get; init; } = 1;

    /// <summary>The share, in percent, of the rows in the backup that the table must have; null for no comparison.</summary>
    public int? AtLeastBackup { get; init; }

    /// <summary>Names of the checks that must pass first.</summary>
    public IReadOnlyList<string> After { get; init; } = [];
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>The newest value of a column, or the newest backup, which must not be too old.</summary>
public sealed record FreshnessCheck
{
    public string? Name { get; init; }
    public string? Table { get; init; }
    public string? Column { get; init; }
    public string? Database { get; init; }

    /// <summary>True for the newest good backup of the database instead of a column.</summary>
    public bool Backup { get; init; }
    public TimeSpan MaximumAge { get; init; }

    /// <summary>Names of the checks that must pass first.</summary>
    public IReadOnlyList<string> After { get; init; } = [];
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
