namespace Postry.Ops.Engine.Model;

/// <summary>The smoke checks to make, and how long they may take together.</summary>
public sealed record SmokeRequest
{
    /// <summary>Addresses that must answer with a status of 2xx. Without names and a file they are the only checks.</summary>
    public IReadOnlyList<string> Urls { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Full path of a file with checks, in the form of the section "smoke" of postry.json; null for postry.json itself.</summary>
    public string? File { get; init; }

    /// <summary>Names of checks, which may have the wildcards * and ?; empty for all.</summary>
    public IReadOnlyList<string> Names { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The database that checks of data ask; null for the databases that they name, or all of postry.json.</summary>
    public DatabaseAddress? Database { get; init; }

    /// <summary>The database that <see cref="Database"/> is a copy of; null where that is no copy. Of a copy only checks of data are
    /// meant: applications, their monitoring and the backups know nothing of it.</summary>
    internal CopiedDatabase? StandsFor { get; init; }

    /// <summary>How long all checks together may take; null for STARTUP_SMOKE_TIMEOUT_SECONDS, else the deadline of the file, else a
    /// minute.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Full path of a file with critical alerts from before, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>Full path of the file that receives the critical alerts that there are now, which then count as from before; or
    /// null.</summary>
    public string? SaveBaseline { get; init; }
}

/// <summary>The database that a copy stands for in smoke checks.</summary>
/// <param name="Address">The address of the database; null where that is not known.</param>
/// <param name="Entry">The name of the entry of the database in postry.json, or null.</param>
internal sealed record CopiedDatabase(DatabaseAddress? Address, string? Entry = null);

/// <summary>A smoke check that would be made.</summary>
/// <param name="Name">The name of the check.</param>
/// <param name="Kind">The kind of the check.</param>
/// <param name="Target">The address, file, table or command that would be asked, without secrets.</param>
/// <param name="Expected">The answer that is expected.</param>
/// <param name="After">Names of the checks that must pass first.</param>
public sealed record SmokePlan(string Name, SmokeKind Kind, string Target, string Expected, IReadOnlyList<string> After)
{
    /// <inheritdoc cref="SmokePlan"/>
    public IReadOnlyList<string> After { get; init => field = Indexable.Of(value); } = Indexable.Of(After);

    /// <summary>One line for a person.</summary>
    public override string ToString() => $"{Name} ({Kind}): {(Target == Name ? "" : $"{Target}, ")}expected: {Expected}"
        + (After.Count == 0 ? "" : $", after {string.Join(", ", After)}");
}
