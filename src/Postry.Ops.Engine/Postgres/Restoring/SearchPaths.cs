using Postry.Ops.Engine.Manifests;

namespace Postry.Ops.Engine.Postgres.Restoring;

/// <summary>The search paths under which sessions of a database have worked, where its functions find what they use.</summary>
internal static class SearchPaths
{
    private const string Setting = "search_path";

    /// <summary>The statement that sets one for a session.</summary>
    public static string Set(string path) => $"SELECT pg_catalog.set_config('search_path', {PostgresNames.Literal(path)}, false);\n";

    /// <summary>
    /// The likeliest first: the database's own, those of its owner and of the role that made the backup, those of other roles, and the one
    /// that the restoring session has. pg_catalog comes first in each, as in every session that does not put it elsewhere: what the archive
    /// leaves unqualified is there.
    /// </summary>
    /// <param name="manifest">The backup.</param>
    /// <param name="session">The path of a new session of the restoring role, as the address, the role and the server set it.</param>
    public static IReadOnlyList<string> Of(BackupManifest manifest, string session)
    {
        var (facts, roles) = (manifest.Postgres!.Database, manifest.Postgres.Roles);
        string[] first = [facts.Owner, facts.ConnectedAs];
        var ofRoles = facts.Settings.Where(setting => setting.Role is not null)
            .Concat(roles.SelectMany(role => role.Settings.Select(setting => setting with { Role = role.Name })))
            .OrderBy(setting => Array.IndexOf(first, setting.Role) is >= 0 and var at ? at : first.Length);
        return [.. facts.Settings.Where(setting => setting.Role is null).Concat(ofRoles)
            .Where(setting => setting.Name == Setting).Select(setting => setting.Value).Append(session)
            .OfType<string>().Where(path => path.Trim() is not ("" or "\"\""))
            // Of a session of the owner it was the owner's schema.
            .Select(path => path.Replace("\"$user\"", $"\"$user\", {PostgresNames.Quote(facts.Owner)}", StringComparison.Ordinal))
            .Select(path => $"pg_catalog, {path}").Distinct(StringComparer.Ordinal)];
    }
}
