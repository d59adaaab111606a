using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Supplies the properties of the database itself, which a plain dump lacks for its restore. The properties of a live database stay; a new
/// one gets those of the server's template.
/// </summary>
internal static class LegacyTarget
{
    /// <summary>The manifest with these properties; that of any other set as it is.</summary>
    public static async Task<BackupManifest> CompleteAsync(BackupManifest manifest, PostgresAddress address, PostgresSession server,
        CancellationToken cancellation)
    {
        if (!manifest.Legacy) return manifest;
        NpgsqlSession? live = null;
        try
        {
            live = await PostgresConnector.OpenAsync(address, cancellation);
        }
        catch (SourceNotFoundException)
        {
            // The dump creates it.
        }

        try
        {
            return await CompleteAsync(manifest, live, server, cancellation);
        }
        finally
        {
            if (live is not null) await live.DisposeAsync();
        }
    }

    /// <summary>Completes the manifest through open sessions.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="live">A session on the live database; null if there is none.</param>
    /// <param name="any">Any session on the server.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<BackupManifest> CompleteAsync(BackupManifest manifest, PostgresSession? live, PostgresSession any,
        CancellationToken cancellation)
    {
        if (manifest is not { Legacy: true, Postgres: { } description }) return manifest;
        var version = (await SourceSurvey.ServerAsync(any, cancellation)).VersionNumber;
        // A manifest leaves values out that may be secrets; this one is not written down, and the new database must have them.
        var database = await SourceSurvey.DatabaseAsync(live ?? any, version, cancellation, withSecrets: true);
        if (live is null)
        {
            var template = (await any.RowsAsync(
                "SELECT pg_catalog.pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, CURRENT_USER::text FROM " +
                "pg_catalog.pg_database WHERE datname = 'template1'", cancellation))[0];
            database = description.Database with { Encoding = template[0]!, Collate = template[1]!, CType = template[2]!, Owner =
                template[3]!, ConnectedAs = template[3]! };
        }

        return manifest with { Postgres = description with { Database = database } };
    }
}
