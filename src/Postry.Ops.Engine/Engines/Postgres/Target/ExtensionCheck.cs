using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server can create the extensions of an archive.</summary>
internal sealed class ExtensionCheck : ITargetCheck
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (manifest, server) = (target.Manifest!, target.Server);
        // A backup of some schemas only has no extension in its archive. plpgsql comes with every database.
        var made = manifest.Contents.Schema.Where(entry => entry.Type == "extension").Select(entry => entry.Name)
            .ToHashSet(StringComparer.Ordinal);
        var wanted = manifest.Postgres!.Extensions.Where(extension => made.Contains(extension.Name) && extension.Name != "plpgsql")
            .ToList();
        if (wanted.Count == 0) yield break;
        var names = wanted.Select(extension => extension.Name).ToArray();
        var trusted = server.Major >= 13 ? "version.trusted" : "false";
        var available = (await target.Any.RowsAsync($"""
            SELECT known.name::text, known.default_version, coalesce(version.superuser AND NOT {trusted}, false)::text
            FROM pg_catalog.pg_available_extensions AS known
            LEFT JOIN pg_catalog.pg_available_extension_versions AS version ON version.name = known.name
              AND version.version = known.default_version WHERE known.name = ANY ($1)
            """, cancellation, (object)names))
            .Select(row => (Name: row[0]!, Version: row[1] ?? "", ForSuperusers: row[2] == "true"))
            .ToDictionary(row => row.Name, StringComparer.Ordinal);
        var installed = target.Live is not { } live ? [] : (await live
            .RowsAsync("SELECT extname::text, extversion FROM pg_catalog.pg_extension WHERE extname = ANY ($1)", cancellation,
                (object)names)).ToDictionary(row => row[0]!, row => row[1]!, StringComparer.Ordinal);

        var missing = names.Where(name => !available.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            var problem = target.Invalid($"The server does not have the extensions {TargetContext.List(missing)}, which the backup needs.",
                "Install their packages on the server, then run the command again.");
            yield return TargetFinding.Against(problem, WhereNeeded(missing, installed));
        }

        foreach (var extension in wanted)
        {
            if (!available.TryGetValue(extension.Name, out var here) || extension.Version.Length == 0 || here.Version == extension.Version)
                continue;
            yield return TargetFinding.Noted(
                $"The extension {extension.Name} was at version {extension.Version}; a new database here gets {here.Version}.");
        }

        if (server.IsSuperuser) yield break;
        var refused = available.Values.Where(extension => extension.ForSuperusers).Select(extension => extension.Name)
            .Order(StringComparer.Ordinal).ToList();
        if (refused.Count == 0) yield break;
        if (server.IsHostingAdmin)
            yield return TargetFinding.Noted(
                $"Only superusers can create the extensions {TargetContext.List(refused)}, unless the hosting service lets {server.Role}.");
        else
        {
            var problem = target.Denied(
                $"Only a superuser can create the extensions {TargetContext.List(refused)}, which the backup needs.",
                $"Use a superuser, or let one create them in the live database and use {OptionName.Strategy} Schema or InPlace.");
            yield return TargetFinding.Against(problem, WhereNeeded(refused, installed));
        }
    }

    // Into a database that has them they need not be made again.
    private static RestoreStrategy[] WhereNeeded(IEnumerable<string> names, Dictionary<string, string> installed) =>
        names.All(installed.ContainsKey) ? [RestoreStrategy.Swap]
            : [RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace];
}
