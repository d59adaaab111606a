using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Model.PostgresNames;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>The properties of a database itself and not of its contents: set when it is created, or applied before it goes live.</summary>
internal static class DatabaseProperties
{
    // The values of these are lists whose elements are quoted one by one; as one quoted text they would be a list of one.
    private static readonly HashSet<string> Lists = new(StringComparer.OrdinalIgnoreCase)
    {
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces",
            "unix_socket_directories",
    };

    /// <summary>The statement that makes an empty database with the encoding and locale of the one that was backed up.</summary>
    public static string Create(string name, PostgresDatabaseFacts facts, int serverMajor, PostgresRestoreOptions options)
    {
        var sql =
            new StringBuilder(
            $"CREATE DATABASE {Quote(name)} TEMPLATE template0 ENCODING {Literal(facts.Encoding)} LC_COLLATE {Literal(facts.Collate)} " +
            $"LC_CTYPE {Literal(facts.CType)}");
        if (serverMajor >= 15 && facts.LocaleProvider != "libc")
        {
            sql.Append(CultureInfo.InvariantCulture, $" LOCALE_PROVIDER {facts.LocaleProvider}");
            if (facts.Locale is { } locale)
                sql.Append(CultureInfo.InvariantCulture,
                    $" {(facts.LocaleProvider == "icu" ? "ICU_LOCALE" : "BUILTIN_LOCALE")} {Literal(locale)}");
            if (serverMajor >= 16 && facts.IcuRules is { } rules) sql.Append(CultureInfo.InvariantCulture, $" ICU_RULES {Literal(rules)}");
        }
        else if (serverMajor >= 15)
        {
            // The template's own provider may be another one.
            sql.Append(" LOCALE_PROVIDER libc");
        }

        if (!options.NoOwner && !IsOwnedFromInside(facts)) sql.Append(CultureInfo.InvariantCulture, $" OWNER {Quote(facts.Owner)}");
        if (!options.NoTablespaces && facts.Tablespace != "pg_default")
            sql.Append(CultureInfo.InvariantCulture, $" TABLESPACE {Quote(facts.Tablespace)}");
        return sql.ToString();
    }

    /// <summary>True where another database, of encoding UTF8, does not take the owner's name, so that the new one is given to its owner
    /// from within.</summary>
    public static bool IsOwnedFromInside(PostgresDatabaseFacts facts) => ByteKeepingEncoding.HasBytes(facts.Owner);

    /// <summary>The statement that gives a database to its owner.</summary>
    public static string Own(string name, PostgresDatabaseFacts facts) => $"ALTER DATABASE {Quote(name)} OWNER TO {Quote(facts.Owner)}";

    /// <summary>The properties without the settings that name tablespaces.</summary>
    public static PostgresDatabaseFacts WithoutTablespaces(PostgresDatabaseFacts facts) =>
        facts with { Settings = [.. facts.Settings.Where(setting => setting.Name is not ("default_tablespace" or "temp_tablespaces"))] };

    /// <summary>
    /// Gives a database the comment, the connection limit, the privileges and the settings of the one that was backed up. The session is
    /// one in that database: in another one, of another encoding, the same text would be other bytes, or none.
    /// </summary>
    public static async Task ApplyAsync(NpgsqlSession inside, string name, PostgresDatabaseFacts facts, bool noOwner,
        CancellationToken cancellation)
    {
        foreach (var statement in Statements(name, facts, noOwner))
            await inside.ExecuteAsync(statement, cancellation);
    }

    private static IEnumerable<string> Statements(string name, PostgresDatabaseFacts facts, bool noOwner)
    {
        var database = Quote(name);
        yield return $"COMMENT ON DATABASE {database} IS {(facts.Comment is { } comment ? Literal(comment) : "NULL")}";
        yield return $"ALTER DATABASE {database} CONNECTION LIMIT {facts.ConnectionLimit}";
        foreach (var setting in facts.Settings)
        {
            if (setting.Value is not { } value || (noOwner && setting.Role is not null)) continue;
            var target = setting.Role is { } role ? $"ROLE {Quote(role)} IN DATABASE {database}" : $"DATABASE {database}";
            yield return $"ALTER {target} SET {SettingName(setting.Name)} TO " +
                $"{(Lists.Contains(setting.Name) ? value.Length == 0 ? "''" : value : Literal(value))}";
        }

        if (noOwner || facts.Acl is not { } acl) yield break;
        yield return $"REVOKE ALL ON DATABASE {database} FROM PUBLIC";
        yield return $"REVOKE ALL ON DATABASE {database} FROM {Quote(facts.Owner)}";
        foreach (var privilege in acl.OrderBy(p => p.Grantor != facts.Owner))
            yield return $"GRANT {privilege.Privilege} ON DATABASE {database} TO " +
                $"{(privilege.Grantee == "PUBLIC" ? "PUBLIC" : Quote(privilege.Grantee))}" +
                $"{(privilege.Grantable ? " WITH GRANT OPTION" : "")}";
    }

    // A customised parameter is "extension.name", and each part is an identifier.
    private static string SettingName(string name) => string.Join('.', name.Split('.').Select(Quote));
}
