using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>The differences to ignore when two schemas are compared.</summary>
/// <param name="IgnoreOwners">True to leave out owners and privileges.</param>
/// <param name="IgnoreSubscriptions">True to leave out subscriptions.</param>
/// <param name="IgnoreQuotes">True to leave out the quotes of names, which an option of pg_dump, and a setting of the database, put around
/// all of them.</param>
/// <param name="Held">The definitions of a set, which an earlier version may have read with U+FFFD for bytes that are no UTF-8: such text
/// is described in the same way.</param>
internal sealed record SchemaRules(bool IgnoreOwners = false, bool IgnoreSubscriptions = false, bool IgnoreQuotes = false,
    IReadOnlyList<SchemaObject>? Held = null);

/// <summary>
/// Takes the script of pg_dump --schema-only, or of pg_restore --schema-only, apart at its headers, so that two of them can be compared as
/// sets. The order of the entries, the random words of \restrict and the settings between the entries do not count.
/// </summary>
internal static partial class SchemaScript
{
    // pg_restore prints these for data under --schema-only; pg_dump prints nothing.
    private static readonly HashSet<string> Data =
        ["TABLE DATA", "MATERIALIZED VIEW DATA", "SEQUENCE SET", "BLOB", "BLOBS", "BLOB METADATA", "STATISTICS DATA", "LARGE OBJECT",
            "LARGE OBJECTS"];

    private static readonly HashSet<string> Privileges = ["ACL", "DEFAULT ACL"];

    /// <summary>True for a subscription and what is said about one.</summary>
    public static bool IsAboutSubscription(SchemaObject entry) => IsAboutSubscription(entry.Type, entry.Name);

    /// <summary>The entries of a script, by type and name.</summary>
    public static IReadOnlyList<SchemaObject> Parse(TextReader script, SchemaRules rules) =>
        [.. Distinct([.. Split(script).Select(entry => Describe(entry, rules)).OfType<SchemaObject>()])
            .OrderBy(e => e.Type, StringComparer.Ordinal).ThenBy(e => e.Name, StringComparer.Ordinal)];

    /// <summary>The entries of a script, in its order.</summary>
    public static IEnumerable<ScriptEntry> Split(TextReader script)
    {
        var body = new List<string>();
        Match? header = null;
        while (script.ReadLine() is { } line)
        {
            if (line.StartsWith("-- Name: ", StringComparison.Ordinal) && Header().Match(line) is { Success: true } next)
            {
                if (header is not null) yield return Entry(header, body);
                (header, body) = (next, []);
            }
            else if (header is not null)
            {
                body.Add(line);
            }
        }

        if (header is not null) yield return Entry(header, body);
    }

    private static ScriptEntry Entry(Match header, List<string> body) =>
        new(header.Groups["type"].Value, header.Groups["schema"].Value, header.Groups["name"].Value, body);

    private static SchemaObject? Describe(ScriptEntry entry, SchemaRules rules)
    {
        var (type, schema, name) = (entry.Type, entry.Schema, entry.Name);
        if (Data.Contains(type)) return null;
        if (rules.IgnoreOwners && Privileges.Contains(type)) return null;
        // Every database has this schema; a dump mentions it only for an owner or privileges of its own.
        if (rules.IgnoreOwners && (type, name) is ("SCHEMA", "public")) return null;
        if (rules.IgnoreSubscriptions && IsAboutSubscription(type, name)) return null;

        var text = InOrder(Statement(rules.IgnoreOwners ? [.. entry.Body.Where(line => !Owner().IsMatch(line))] : entry.Body));
        var fullName = entry.FullName;
        if (rules.IgnoreQuotes) (fullName, schema, text) = (WithoutQuotes(fullName), WithoutQuotes(schema), WithoutQuotes(text));
        if (rules.Held is { } held && ByteKeepingEncoding.HasBytes(fullName + text))
        {
            var earlier = Describe(type, Replaced(fullName), Replaced(schema), Replaced(text), Encoding.UTF8);
            if (held.Any(entry => entry.Type == earlier.Type && entry.Sha256 == earlier.Sha256
                && (entry.Name == earlier.Name || entry.Name.StartsWith(earlier.Name + "#", StringComparison.Ordinal))))
                return earlier;
        }

        return Describe(type, fullName, schema, text, ByteKeepingEncoding.Instance);
    }

    private static SchemaObject Describe(string type, string fullName, string schema, string text, Encoding encoding) =>
        new(type.ToLowerInvariant(), fullName, schema == "-" ? "" : schema,
            text.Length == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(encoding.GetBytes(text))));

    private static string Replaced(string text) => Encoding.UTF8.GetString(ByteKeepingEncoding.Instance.GetBytes(text));

    private static string WithoutQuotes(string text) => text.Replace("\"", "", StringComparison.Ordinal);

    private static bool IsAboutSubscription(string type, string name) =>
        type.StartsWith("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) || name.StartsWith("SUBSCRIPTION ", StringComparison.Ordinal);

    /// <summary>The lines between the header and what stands between two entries.</summary>
    public static string Statement(IReadOnlyList<string> body)
    {
        var lines = body.ToList();
        var first = lines.FindIndex(line => !IsFrame(line));
        var last = lines.FindLastIndex(line => !IsFrame(line));
        return first < 0 ? "" : string.Join('\n', lines[first..(last + 1)]);
    }

    /// <summary>
    /// Returns the statement without line breaks, so that it can be copied from a list and run. A statement whose line breaks may be in a
    /// text or a name keeps them.
    /// </summary>
    public static string OnOneLine(string statement)
    {
        var (line, quote) = (new StringBuilder(statement.Length), '\0');
        for (var i = 0; i < statement.Length; i++)
        {
            var c = statement[i];
            if (c == '$' || (c == '\n' && quote != '\0')) return statement;
            if (c is '\'' or '"') quote = quote == '\0' ? c : quote == c ? '\0' : quote;
            if (c == '\n')
            {
                while (i + 1 < statement.Length && statement[i + 1] is ' ' or '\n') i++;
                c = ' ';
            }

            line.Append(c);
        }

        return line.ToString();
    }

    // pg_dump names the roles of a policy in the order in which the server happens to find them, and the columns of an inheriting table
    // come back after those of its parents.
    private static string InOrder(string statement)
    {
        if (Inheriting().Match(statement) is { Success: true } table)
        {
            var columns = table.Groups["columns"];
            return $"{statement[..columns.Index]}" +
                $"{string.Join('\n', columns.Value.Split('\n').Select(line => line.TrimEnd(',')).Order(StringComparer.Ordinal))}" +
                $"{statement[(columns.Index + columns.Length)..]}";
        }

        if (!statement.StartsWith("CREATE POLICY ", StringComparison.Ordinal)
            || PolicyRoles().Match(statement) is not { Success: true } match)
            return statement;
        var roles = match.Groups["role"];
        var end = roles.Index + roles.Length;
        return $"{statement[..roles.Captures[0].Index]}" +
            $"{string.Join(", ", roles.Captures.Select(role => role.Value).Order(StringComparer.Ordinal))}{statement[end..]}";
    }

    // pg_dump writes empty and framing lines between two statements. Only whole lines count as such, because the last line of a comment on
    // a table may begin with two dashes.
    private static bool IsFrame(string line) => line is "" or "--" || Frame().IsMatch(line);

    // The default privileges of two roles have one name, and their order is that of numbers that a restore changes.
    private static IEnumerable<SchemaObject> Distinct(List<SchemaObject> entries) =>
        from entry in entries
        group entry by (entry.Type, entry.Name) into same
        from item in same.OrderBy(e => e.Sha256, StringComparer.Ordinal)
            .Select((entry, i) => i == 0 ? entry : entry with { Name = $"{entry.Name}#{i + 1}" })
        select item;

    [GeneratedRegex(@"^-- Name: (?<name>.*); Type: (?<type>[A-Z][A-Z ]*); Schema: (?<schema>.*?); Owner: (?<owner>.*)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(
        @"^(SET (default_tablespace|default_table_access_method|default_with_oids) = [^;]*;|-- (PostgreSQL database dump complete|Completed on .*)|\\(un)?restrict .*)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Frame();

    [GeneratedRegex(
        @"^CREATE POLICY (""([^""]|"""")*""|[^\s"".]+) ON ((""([^""]|"""")*""|[^\s"".]+)\.?)+( AS RESTRICTIVE)?( FOR [A-Z]+)? TO (?<role>""([^""]|"""")*""|[^\s"",;]+)(, (?<role>""([^""]|"""")*""|[^\s"",;]+))+",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PolicyRoles();

    [GeneratedRegex(@"^CREATE (UNLOGGED )?TABLE .* \((?<columns>(\n    .*)*)\n\)\nINHERITS \(",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Inheriting();

    [GeneratedRegex(@"^ALTER [A-Z ]+ .* OWNER TO .*;$", RegexOptions.CultureInvariant)]
    private static partial Regex Owner();
}

/// <summary>An entry of a script of pg_dump or pg_restore.</summary>
/// <param name="Type">The type in capitals, as in the archive's list.</param>
/// <param name="Schema">"-" for none.</param>
/// <param name="Name">The name as in the header; for an object of a table, the table's name stands before its own.</param>
/// <param name="Body">The lines that follow the header.</param>
internal sealed record ScriptEntry(string Type, string Schema, string Name, IReadOnlyList<string> Body)
{
    /// <summary>The name as schema objects have it.</summary>
    public string FullName => Schema == "-" ? Name : $"{Schema}.{Name}";
}
