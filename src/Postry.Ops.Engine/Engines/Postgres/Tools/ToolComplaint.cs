
namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>The entry of an archive that pg_restore was at.</summary>
/// <param name="DumpId">The number in the archive's list (pg_restore -l).</param>
/// <param name="Description">Kind, name and owner, for example "INDEX t_i_idx postgres".</param>
internal sealed record ComplaintEntry(int DumpId, string Description);

/// <summary>An error or warning of a program of PostgreSQL, with all that the program or the server said about it.</summary>
/// <param name="IsWarning">True if the work went on.</param>
/// <param name="Text">The first line, with its rank ("pg_restore: error: could not execute query: ERROR:  ...").</param>
/// <param name="Entry">The entry of the archive that it concerns; null where pg_restore named none. Parallel workers may mix up each
/// other's entries.</param>
/// <param name="SqlState">The server's error code; null where the program does not tell it (only psql does).</param>
/// <param name="Details">The further lines, each with its label ("DETAIL: Key (i)=(1) is duplicated.").</param>
internal sealed record ToolComplaint(bool IsWarning, string Text, ComplaintEntry? Entry, string? SqlState, IReadOnlyList<string> Details)
{
    /// <summary>All of it on one line.</summary>
    public string Summary => string.Join(" | ", [.. Entry is null ? Array.Empty<string>() : [$"at the archive's entry {Entry.Description}"],
        Text, .. Details]);
}

/// <summary>A program's complaints, as the cause of an error, for callers that can act on them. Its text holds no secret.</summary>
/// <param name="program">The program.</param>
/// <param name="complaints">The first ones, in their order.</param>
internal sealed class ToolComplaintsException(string program, IReadOnlyList<ToolComplaint> complaints)
    : Exception($"{program}: {string.Join(" | ", complaints.Select(complaint => complaint.Summary))}")
{
    /// <summary>The complaints.</summary>
    public IReadOnlyList<ToolComplaint> Complaints { get; } = complaints;

    /// <summary>The complaints behind an error; none where no program made it.</summary>
    public static IReadOnlyList<ToolComplaint> Behind(Exception? error) =>
        error is null ? [] : error is ToolComplaintsException ofTool ? ofTool.Complaints : Behind(error.InnerException);

    /// <summary>True where a server refused a statement. A program that was ended, or an archive that cannot be read, fails in any other
    /// order as well.</summary>
    public static bool IsOfServer(Exception error) =>
        Behind(error).Any(complaint => complaint is { IsWarning: false, SqlState: not null });
}
