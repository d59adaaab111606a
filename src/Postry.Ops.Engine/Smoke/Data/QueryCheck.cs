using System.Globalization;
using System.IO.Enumeration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A query whose value, number of rows or graded rows must be right.</summary>
internal sealed class QueryCheck(SqlCheck check, DataTarget target, SmokeTargets targets)
    : DataCheck(target, targets, SmokeKind.Sql, check.Name ?? ShortText.Middle(check.Query, LongestValue), check.Timeout, check.After)
{
    private const int MostShown = 5;
    private const int LongestCell = 40;

    private long Least => Math.Max(check.MinimumRows, check.ExpectRows == true ? 1 : 0);

    private long? Most => check.ExpectRows == false ? 0 : check.MaximumRows;

    private bool AsksValue => check.ExpectValue is not null || check.AtLeast is not null || check.AtMost is not null;

    /// <inheritdoc/>
    public override string Expected
    {
        get
        {
            string?[] wishes =
            [
                check.ExpectValue is { } value ? $"the value {ShortText.Middle(value, LongestValue)}" : null,
                check.AtLeast is { } least ? $"a number of at least {Text(least)}" : null,
                check.AtMost is { } most ? $"a number of at most {Text(most)}" : null,
                Least > 0 ? $"at least {Rows(Least)}" : null,
                Most is { } rows ? rows == 0 ? "no rows" : $"at most {Rows(rows)}" : null,
                check.GradeColumn is { } column ? $"no row whose {column} fits {check.FailWhen}" : null,
            ];
            var all = wishes.OfType<string>().ToList();
            return all.Count == 0 ? "the query works" : string.Join(", ", all);
        }
    }

    /// <inheritdoc/>
    protected override Task<SmokeAnswer> AskAsync(IDatabase database, ILiveDatabase live, CancellationToken cancellation) =>
        live.QueryAsync(check.Timeout, JudgeAsync, cancellation);

    private async Task<SmokeAnswer> JudgeAsync(IReadTransaction database)
    {
        var (count, failed, first) = (0L, 0L, (string?)null);
        var shown = new List<string>();
        // Rows that no expectation asks for are not counted: the table may have millions.
        var enough = check.GradeColumn is not null ? long.MaxValue : Math.Max(Math.Max(Least, (Most ?? 0) + 1), 1);
        var columns = await database.ReadAsync(check.Query, (names, values) =>
        {
            if (count++ == 0) first = values.Count > 0 ? values[0] : null;
            var fits = GradeOf(names, values) is { } grade && FileSystemName.MatchesSimpleExpression(check.FailWhen, grade);
            if (fits && ++failed <= MostShown)
                shown.Add($"({string.Join(", ", values.Select(value => Short(value, LongestCell)))})");
            return count < enough;
        });
        var isCut = count == enough;
        var actual = AsksValue ? Short(first, LongestValue) : $"{Rows(count)}{(isCut && check.GradeColumn is null ? " or more" : "")}";
        if (check.GradeColumn is { } column && !columns.Contains(column, StringComparer.OrdinalIgnoreCase))
            return Wrong(actual, $"The result has no column {column} to grade the rows by; it has {string.Join(", ", columns)}. Correct " +
                "'gradeColumn', or name the column in the query.");
        var problem = ValueProblem(count, first) ?? (count < Least ? $"The query found {Rows(count)}, fewer than {Least}."
            : count > Most ? $"The query found {Rows(count)}{(isCut ? " or more" : "")}, more than {Most}."
            : failed > 0 ? $"{failed} of {Rows(count)} {(failed == 1 ? "fits" : "fit")} {check.FailWhen}: " +
                $"{string.Join(", ", shown)}{(failed > shown.Count ? ", ..." : "")}." : null);
        return problem is null ? SmokeAnswer.Passed(actual) : Wrong(actual, problem);
    }

    private string? GradeOf(IReadOnlyList<string> names, IReadOnlyList<string?> values)
    {
        if (check.GradeColumn is null) return null;
        for (var i = 0; i < names.Count; i++)
            if (string.Equals(names[i], check.GradeColumn, StringComparison.OrdinalIgnoreCase)) return values[i] ?? "";
        return null;
    }

    private string? ValueProblem(long count, string? first)
    {
        if (!AsksValue) return null;
        if (count == 0) return "The query found no row, so that there is no value.";
        if (first is null) return "The value is NULL.";
        if (check.ExpectValue is { } expected && first != expected)
            return $"The value is {Short(first, LongestValue)}, and {Short(expected, LongestValue)} is expected.";
        if (check.AtLeast is null && check.AtMost is null) return null;
        if (!decimal.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return $"The value {Short(first, LongestValue)} is no number that can be compared.";
        return number < check.AtLeast ? $"{Text(number)} is less than {Text(check.AtLeast.Value)}."
            : number > check.AtMost ? $"{Text(number)} is more than {Text(check.AtMost.Value)}." : null;
    }

    private static string Short(string? value, int room) => value is null ? "NULL" : ShortText.Middle(value, room);

    private static string Rows(long count) => count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count} rows");

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
