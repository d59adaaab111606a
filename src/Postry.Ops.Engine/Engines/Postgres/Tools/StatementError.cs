using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>The server's error for a statement that psql sent.</summary>
/// <param name="SqlState">The five characters of the error's code.</param>
/// <param name="Message">The message, on one line.</param>
/// <param name="Detail">The detail, such as a duplicate key; null if the server gave none.</param>
internal sealed record StatementError(string SqlState, string Message, string? Detail)
{
    private const string DetailLabel = "DETAIL: ";

    /// <summary>True where something that the statement names is not there.</summary>
    public bool IsMissingObject => SqlState is "42P01" or "42704" or "42883" or "3F000";

    /// <summary>True where rows are there twice, or refer to rows that are not there.</summary>
    public bool IsAboutKeys => SqlState is "23503" or "23505" or "23P01";

    /// <summary>The message and its detail in one sentence, without the last full stop.</summary>
    public string Summary => Detail is null ? Message : $"{Message} ({Detail.TrimEnd('.')})";

    /// <summary>
    /// Returns the first error among lines of psql's error output. An error without a code is one of the server itself (XX000).
    /// </summary>
    public static StatementError Parse(IReadOnlyList<string> lines)
    {
        var reader = new ComplaintReader(SecretMask.Statement);
        foreach (var complaint in lines.Select(line => reader.Add(line, out _)).Append(reader.Finish()))
        {
            if (complaint is not { IsWarning: false, SqlState: { } state }) continue;
            var detail = complaint.Details.FirstOrDefault(text => text.StartsWith(DetailLabel, StringComparison.Ordinal));
            var message = complaint.Text[(complaint.Text.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            return new StatementError(state, message, detail?[DetailLabel.Length..]);
        }

        return new StatementError("XX000", lines.Count > 0 ? lines[0] : "psql did not say what went wrong", null);
    }
}
