using System.Text;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Takes COPY text apart into rows and columns.</summary>
internal static class CopyRows
{
    /// <summary>The rows; a null is \N.</summary>
    public static IReadOnlyList<string?[]> Parse(string text) =>
        text.Length == 0 ? [] : [.. (text[^1] == '\n' ? text[..^1] : text).Split('\n')
            .Select(line => line.Split('\t').Select(Value).ToArray())];

    private static string? Value(string field)
    {
        if (field == "\\N") return null;
        if (!field.Contains('\\', StringComparison.Ordinal)) return field;
        var value = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] != '\\' || ++i == field.Length)
            {
                value.Append(field[Math.Min(i, field.Length - 1)]);
                continue;
            }

            value.Append(field[i] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', 'v' => '\v', var other =>
                other });
        }

        return value.ToString();
    }
}
