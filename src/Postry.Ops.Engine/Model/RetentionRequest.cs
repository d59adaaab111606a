namespace Postry.Ops.Engine.Model;

/// <summary>The backups that a retention policy is asked about, and the rules that a command gives. If a command gives any rule that keeps
/// backups, those rules take the place of all such rules of postry.json.</summary>
public sealed record RetentionRequest
{
    /// <summary>Logical name of the database; * and ? are wildcards. Null for all.</summary>
    public string? Database { get; init; }

    /// <summary>The newest so many.</summary>
    public int? KeepLast { get; init; }

    /// <summary>The newest of each of so many hours, days, weeks, months and years that have any.</summary>
    public int? KeepHourly { get; init; }
    public int? KeepDaily { get; init; }
    public int? KeepWeekly { get; init; }
    public int? KeepMonthly { get; init; }
    public int? KeepYearly { get; init; }

    /// <summary>Every one that is at most so much older than the newest.</summary>
    public TimeSpan? KeepWithin { get; init; }

    /// <summary>The newest of each hour, day, week, month and year in such a time before the newest.</summary>
    public TimeSpan? KeepWithinHourly { get; init; }
    public TimeSpan? KeepWithinDaily { get; init; }
    public TimeSpan? KeepWithinWeekly { get; init; }
    public TimeSpan? KeepWithinMonthly { get; init; }
    public TimeSpan? KeepWithinYearly { get; init; }

    /// <summary>How much older than the newest good backup one must be before it may go.</summary>
    public TimeSpan? MinimumAge { get; init; }

    /// <summary>How much older than the newest good backup a copy that a restore or an undo kept must be before it may go; zero for
    /// never.</summary>
    public TimeSpan? PreviousCopies { get; init; }

    /// <summary>The time zone of the calendar.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The one database that is meant, by its identity; null where <see cref="Database"/> says which.</summary>
    internal (DatabaseMode Mode, string Identity)? Source { get; init; }

    /// <summary>True where the command gives a rule that keeps backups.</summary>
    internal bool KeepsAny => KeepLast is not null || KeepHourly is not null || KeepDaily is not null || KeepWeekly is not null
        || KeepMonthly is not null || KeepYearly is not null || KeepWithin is not null || KeepWithinHourly is not null
        || KeepWithinDaily is not null || KeepWithinWeekly is not null || KeepWithinMonthly is not null || KeepWithinYearly is not null;
}
