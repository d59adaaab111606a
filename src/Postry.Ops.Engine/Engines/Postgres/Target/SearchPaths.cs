using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The search paths under which sessions of a database have worked, where its functions find what they use.</summary>
internal static class SearchPaths
{
    /// <summary>Asks for the path that a session begins with.</summary>
    public const string OfSession = "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'";

    private const string Setting = "search_path";

    /// <summary>The path that a session on a database begins with. Errors: those of reaching the server.</summary>
    public static async Task<string> OfSessionAsync(PostgresAddress address, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(address, cancellation);
        return (await session.RowsAsync(OfSession, cancellation))[0][0] ?? "";
    }

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
            // For a session of the owner, this was the owner's schema.
            .Select(path => facts.Owner is { Length: > 0 } owner
                ? path.Replace("\"$user\"", $"\"$user\", {PostgresNames.Quote(owner)}", StringComparison.Ordinal) : path)
            .Select(path => $"pg_catalog, {path}").Distinct(StringComparer.Ordinal)];
    }
}
