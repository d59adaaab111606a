using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Source;

/// <summary>Role definitions as SQL that can be run again and again: it makes what is missing and changes no role that is there.</summary>
internal static partial class RoleScript
{
    /// <summary>The file's name in the archive's folder; pg_restore takes no notice of it.</summary>
    public const string FileName = "postry-roles.sql";

    /// <summary>The whole script.</summary>
    public static string Write(RoleDefinitions definitions, string database)
    {
        var script = new StringBuilder();
        script.Append("-- The roles that the backup of ").Append(OneLine(database))
            .Append(" relies on. Passwords are not kept: set them with \\password or ALTER ROLE.\n");
        script.Append("-- A role that exists is left as it is. For a new host: psql -X -v ON_ERROR_STOP=1 -d postgres -f ").Append(FileName)
            .Append("\n\n");
        var start = script.Length;
        foreach (var role in definitions.Roles) Append(script, role, role.Name == definitions.Bootstrap);
        foreach (var membership in definitions.Memberships) Append(script, membership, definitions);
        if (ByteKeepingEncoding.HasBytes(script.ToString()))
            script.Insert(start, "-- Some names or comments are no UTF-8: instead of postgres name a database of encoding SQL_ASCII.\n"
                + "SET client_encoding = 'SQL_ASCII';\n\n");
        return script.ToString();
    }

    private static void Append(StringBuilder script, PostgresRole role, bool bootstrap)
    {
        var name = PostgresNames.Quote(role.Name);
        var statements = new List<string> { $"CREATE ROLE {name}{(bootstrap ? "" : Attributes(role))};" };
        if (!bootstrap)
        {
            if (role.Comment is not null) statements.Add($"COMMENT ON ROLE {name} IS {PostgresNames.Literal(role.Comment)};");
            statements.AddRange(role.Settings.Where(s => s.Value is not null)
                .Select(s => $"ALTER ROLE {name} SET {Parameter(s.Name)} TO {Value(s)};"));
        }

        var body = string.Concat(statements.Select(statement => $"    {statement}\n"));
        var tag = Tag(body + role.Name);
        script.Append(CultureInfo.InvariantCulture,
            $"DO {tag} BEGIN\n  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {PostgresNames.Literal(role.Name)}) " +
            $"THEN\n{body}  END IF;\nEND {tag};\n");
        foreach (var kept in bootstrap ? [] : role.Settings.Where(s => s.Value is null))
            script.Append(CultureInfo.InvariantCulture,
                $"-- ALTER ROLE {OneLine(name)} SET {OneLine(kept.Name)} TO ...; not kept here: by its name it may be a secret.\n");
        script.Append('\n');
    }

    private static string Attributes(PostgresRole role)
    {
        var words = new StringBuilder(" WITH");
        words.Append(role.Login ? " LOGIN" : " NOLOGIN").Append(role.Inherit ? " INHERIT" : " NOINHERIT");
        if (role.Superuser) words.Append(" SUPERUSER");
        if (role.CreateDatabase) words.Append(" CREATEDB");
        if (role.CreateRole) words.Append(" CREATEROLE");
        if (role.Replication) words.Append(" REPLICATION");
        if (role.BypassRowSecurity) words.Append(" BYPASSRLS");
        if (role.ConnectionLimit >= 0) words.Append(CultureInfo.InvariantCulture, $" CONNECTION LIMIT {role.ConnectionLimit}");
        if (role.ValidUntil is not null)
            words.Append(CultureInfo.InvariantCulture, $" VALID UNTIL {PostgresNames.Literal(role.ValidUntil)}");
        return words.ToString();
    }

    private static void Append(StringBuilder script, PostgresMembership membership, RoleDefinitions definitions)
    {
        // Members of the bootstrap superuser's making are its own affair.
        if (membership.Member == definitions.Bootstrap) return;
        var inherits = definitions.Roles.FirstOrDefault(role => role.Name == membership.Member)?.Inherit ?? true;
        var options = new List<string>();
        if (membership.Admin) options.Add("ADMIN OPTION");
        // Said only where it is not what the server takes by itself, so that older servers understand the rest.
        if (membership.InheritOption is { } inherit && inherit != inherits) options.Add(inherit ? "INHERIT TRUE" : "INHERIT FALSE");
        if (membership.SetOption == false) options.Add("SET FALSE");
        script.Append(CultureInfo.InvariantCulture,
            $"GRANT {PostgresNames.Quote(membership.Role)} TO {PostgresNames.Quote(membership.Member)}" +
            $"{(options.Count == 0 ? "" : " WITH " + string.Join(", ", options))};\n");
    }

    // A setting of an extension has a dot in its name.
    private static string Parameter(string name) => string.Join('.', name.Split('.').Select(PostgresNames.Quote));

    // The server keeps lists of names as text in which each name that needs quotes has them.
    private static string Value(PostgresSetting setting) => setting.Name.ToLowerInvariant() is "search_path" or "temp_tablespaces"
        || setting.Name.EndsWith("_preload_libraries", StringComparison.OrdinalIgnoreCase)
        ? string.Join(", ", ListItem().Matches(setting.Value!).Select(item => PostgresNames.Literal(
            item.Groups["quoted"].Success ? item.Groups["quoted"].Value.Replace("\"\"", "\"", StringComparison.Ordinal)
                : item.Value.Trim())))
        : PostgresNames.Literal(setting.Value!);

    private static string Tag(string body)
    {
        var tag = "$postry$";
        for (var i = 1; body.Contains(tag, StringComparison.Ordinal); i++) tag = $"$postry{i}$";
        return tag;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    [GeneratedRegex("\"(?<quoted>([^\"]|\"\")*)\"|[^,\\s\"][^,]*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ListItem();
}
