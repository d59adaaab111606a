using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server can create the extensions of an archive.</summary>
internal static class ExtensionCheck
{
    /// <summary>Adds the missing extensions.</summary>
    /// <param name="findings">Receives the problems.</param>
    /// <param name="session">Any session on the server.</param>
    /// <param name="live">A session on the live database, or null.</param>
    /// <param name="server">The server.</param>
    /// <param name="manifest">The backup.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task CheckAsync(Findings findings, PostgresSession session, PostgresSession? live, TargetServer server,
        BackupManifest manifest, CancellationToken cancellation)
    {
        // A backup of some schemas only has no extension in its archive. plpgsql comes with every database.
        var made = manifest.Contents.Schema.Where(entry => entry.Type == "extension").Select(entry => entry.Name)
            .ToHashSet(StringComparer.Ordinal);
        var wanted = manifest.Postgres!.Extensions.Where(extension => made.Contains(extension.Name) && extension.Name != "plpgsql")
            .ToList();
        if (wanted.Count == 0) return;
        var names = wanted.Select(extension => extension.Name).ToArray();
        var trusted = server.Major >= 13 ? "version.trusted" : "false";
        var available = (await session.RowsAsync($"""
            SELECT known.name::text, known.default_version, coalesce(version.superuser AND NOT {trusted}, false)::text
            FROM pg_catalog.pg_available_extensions AS known
            LEFT JOIN pg_catalog.pg_available_extension_versions AS version ON version.name = known.name
              AND version.version = known.default_version WHERE known.name = ANY ($1)
            """, cancellation, (object)names))
            .Select(row => (Name: row[0]!, Version: row[1] ?? "", ForSuperusers: row[2] == "true"))
            .ToDictionary(row => row.Name, StringComparer.Ordinal);
        var installed = live is null ? [] : (await live
            .RowsAsync("SELECT extname::text, extversion FROM pg_catalog.pg_extension WHERE extname = ANY ($1)", cancellation,
                (object)names)).ToDictionary(row => row[0]!, row => row[1]!, StringComparer.Ordinal);

        var missing = names.Where(name => !available.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            var problem = findings.Invalid($"The server does not have the extensions {Findings.List(missing)}, which the backup needs.",
                "Install their packages on the server, then run the command again.");
            AddWhereNeeded(findings, problem, missing, installed);
        }

        foreach (var extension in wanted)
        {
            if (!available.TryGetValue(extension.Name, out var here) || extension.Version.Length == 0 || here.Version == extension.Version)
                continue;
            findings.Notes
                .Add($"The extension {extension.Name} was at version {extension.Version}; a new database here gets {here.Version}.");
        }

        if (server.IsSuperuser) return;
        var refused = available.Values.Where(extension => extension.ForSuperusers).Select(extension => extension.Name)
            .Order(StringComparer.Ordinal).ToList();
        if (refused.Count == 0) return;
        if (server.IsHostingAdmin)
            findings.Notes.Add($"Only superusers make the extensions {Findings.List(refused)}, unless the hosting lets {server.Role}.");
        else
        {
            AddWhereNeeded(findings, findings.Denied(
                $"Only a superuser can make the extensions {Findings.List(refused)}, which the backup needs.",
                $"Use a superuser, or let one make them in the live database and use {OptionName.Strategy} Schema or " +
                    "InPlace."), refused, installed);
        }
    }

    // Into a database that has them they need not be made again.
    private static void AddWhereNeeded(Findings findings, OpsException problem, IEnumerable<string> names, Dictionary<string,
        string> installed)
    {
        findings.NoSwap.Add(problem);
        if (names.All(installed.ContainsKey)) return;
        findings.NoSchema.Add(problem);
        findings.NoInPlace.Add(problem);
    }
}
