using System.Text;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Scope;

/// <summary>A pattern of names as pg_dump and psql read it: * and ? stand for any text and any letter, what is in double quotes is taken as
/// it is.</summary>
/// <param name="Schema">Regular expression of the part before the dot, or null where there is none.</param>
/// <param name="Name">Regular expression of the last part.</param>
internal sealed record NamePattern(string? Schema, string Name)
{
    private const string Special = @"|*+?()[]{}.^$\";

    /// <summary>Reads a pattern. Null where it has more parts than schema and name, or an open quote.</summary>
    public static NamePattern? Parse(string pattern)
    {
        var parts = new List<StringBuilder> { new() };
        var quoted = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            var part = parts[^1];
            if (c == '"' && quoted && i + 1 < pattern.Length && pattern[i + 1] == '"') part.Append(pattern[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted) part.Append(Special.Contains(c, StringComparison.Ordinal) ? $@"\{c}" : c);
            else if (c == '.') parts.Add(new StringBuilder());
            else part.Append(c switch { '*' => ".*", '?' => ".", '$' => @"\$", _ => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c)
                : c });
        }

        if (quoted || parts.Any(part => part.Length == 0)) return null;
        return parts.Count switch
        {
            1 => new NamePattern(null, Whole(parts[0])),
            2 => new NamePattern(Whole(parts[0]), Whole(parts[1])),
            _ => null,
        };
    }

    /// <summary>SQL that is true where a column of names matches a regular expression.</summary>
    public static string Sql(string column, string expression) =>
        $"{column} OPERATOR(pg_catalog.~) {PostgresNames.Literal(expression)} COLLATE pg_catalog.default";

    private static string Whole(StringBuilder part) => $"^({part})$";
}
