using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Engine.Postgres.Contents;

/// <summary>What does not count when two schemas are compared.</summary>
/// <param name="IgnoreOwners">True to leave out owners and privileges.</param>
/// <param name="IgnoreSubscriptions">True to leave out subscriptions.</param>
internal sealed record SchemaRules(bool IgnoreOwners = false, bool IgnoreSubscriptions = false);

/// <summary>
/// Takes the script of pg_dump --schema-only, or of pg_restore --schema-only, apart at its headers, so that two of them can be compared as sets.
/// The order of the entries, the random words of \restrict and the settings between the entries do not count.
/// </summary>
internal static partial class SchemaScript
{
    // What pg_restore prints of them under --schema-only is about data; pg_dump prints nothing.
    private static readonly HashSet<string> Data =
        ["TABLE DATA", "MATERIALIZED VIEW DATA", "SEQUENCE SET", "BLOB", "BLOBS", "BLOB METADATA", "STATISTICS DATA", "LARGE OBJECT", "LARGE OBJECTS"];

    private static readonly HashSet<string> Privileges = ["ACL", "DEFAULT ACL"];

    /// <summary>True for a subscription and what is said about one.</summary>
    public static bool IsAboutSubscription(SchemaObject entry) => IsAboutSubscription(entry.Type, entry.Name);

    /// <summary>The entries of a script, by type and name.</summary>
    public static IReadOnlyList<SchemaObject> Parse(TextReader script, SchemaRules rules)
    {
        var entries = new List<SchemaObject>();
        var body = new List<string>();
        Match? header = null;
        while (script.ReadLine() is { } line)
        {
            if (line.StartsWith("-- Name: ", StringComparison.Ordinal) && Header().Match(line) is { Success: true } next)
            {
                Add(entries, header, body, rules);
                (header, body) = (next, []);
            }
            else if (header is not null)
            {
                body.Add(line);
            }
        }

        Add(entries, header, body, rules);
        return [.. Distinct(entries).OrderBy(e => e.Type, StringComparer.Ordinal).ThenBy(e => e.Name, StringComparer.Ordinal)];
    }

    private static void Add(List<SchemaObject> entries, Match? header, List<string> body, SchemaRules rules)
    {
        if (header is null) return;
        var (type, schema, name) = (header.Groups["type"].Value, header.Groups["schema"].Value, header.Groups["name"].Value);
        if (Data.Contains(type)) return;
        if (rules.IgnoreOwners && Privileges.Contains(type)) return;
        // It is in every database; a dump mentions it only for an owner or privileges of its own.
        if (rules.IgnoreOwners && (type, name) is ("SCHEMA", "public")) return;
        if (rules.IgnoreSubscriptions && IsAboutSubscription(type, name)) return;

        var text = Statement(body, rules);
        entries.Add(new SchemaObject(
            type.ToLowerInvariant(),
            schema == "-" ? name : $"{schema}.{name}",
            schema == "-" ? "" : schema,
            text.Length == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))));
    }

    private static bool IsAboutSubscription(string type, string name) =>
        type.StartsWith("SUBSCRIPTION", StringComparison.OrdinalIgnoreCase) || name.StartsWith("SUBSCRIPTION ", StringComparison.Ordinal);

    private static string Statement(List<string> body, SchemaRules rules)
    {
        var lines = rules.IgnoreOwners ? body.Where(line => !Owner().IsMatch(line)).ToList() : body;
        var first = lines.FindIndex(line => !IsFrame(line));
        var last = lines.FindLastIndex(line => !IsFrame(line));
        return first < 0 ? "" : InOrder(string.Join('\n', lines[first..(last + 1)]));
    }

    // pg_dump names the roles of a policy in the order in which the server happens to find them, and the columns of an inheriting table come back after those of its parents.
    private static string InOrder(string statement)
    {
        if (Inheriting().Match(statement) is { Success: true } table)
        {
            var columns = table.Groups["columns"];
            return $"{statement[..columns.Index]}{string.Join('\n', columns.Value.Split('\n').Select(line => line.TrimEnd(',')).Order(StringComparer.Ordinal))}{statement[(columns.Index + columns.Length)..]}";
        }

        if (!statement.StartsWith("CREATE POLICY ", StringComparison.Ordinal) || PolicyRoles().Match(statement) is not { Success: true } match) return statement;
        var roles = match.Groups["role"];
        var end = roles.Index + roles.Length;
        return $"{statement[..roles.Captures[0].Index]}{string.Join(", ", roles.Captures.Select(role => role.Value).Order(StringComparer.Ordinal))}{statement[end..]}";
    }

    // What stands between two statements. Whole lines only: the last line of a comment on a table may well begin with two dashes.
    private static bool IsFrame(string line) => line is "" or "--" || Frame().IsMatch(line);

    // Default privileges of two roles have one name. Their order is that of numbers that a restore changes.
    private static IEnumerable<SchemaObject> Distinct(List<SchemaObject> entries) =>
        from entry in entries
        group entry by (entry.Type, entry.Name) into same
        from item in same.OrderBy(e => e.Sha256, StringComparer.Ordinal).Select((entry, i) => i == 0 ? entry : entry with { Name = $"{entry.Name}#{i + 1}" })
        select item;

    [GeneratedRegex(@"^-- Name: (?<name>.*); Type: (?<type>[A-Z][A-Z ]*); Schema: (?<schema>.*?); Owner: (?<owner>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(
        @"^(SET (default_tablespace|default_table_access_method|default_with_oids) = [^;]*;|-- (PostgreSQL database dump complete|Completed on .*)|\\(un)?restrict .*)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Frame();

    [GeneratedRegex(
        @"^CREATE POLICY (""([^""]|"""")*""|[^\s"".]+) ON ((""([^""]|"""")*""|[^\s"".]+)\.?)+( AS RESTRICTIVE)?( FOR [A-Z]+)? TO (?<role>""([^""]|"""")*""|[^\s"",;]+)(, (?<role>""([^""]|"""")*""|[^\s"",;]+))+",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PolicyRoles();

    [GeneratedRegex(@"^CREATE (UNLOGGED )?TABLE .* \((?<columns>(\n    .*)*)\n\)\nINHERITS \(", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Inheriting();

    [GeneratedRegex(@"^ALTER [A-Z ]+ .* OWNER TO .*;$", RegexOptions.CultureInvariant)]
    private static partial Regex Owner();
}
