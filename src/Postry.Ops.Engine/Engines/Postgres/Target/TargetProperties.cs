using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Supplies the properties of the database itself for the restore of an archive that does not hold them. The properties of a live database
/// stay; a new one gets those of the server's template.
/// </summary>
internal static class TargetProperties
{
    /// <summary>The archive with these properties; one that holds them as it is.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="address">The live database, which may not exist.</param>
    /// <param name="server">A session on the server.</param>
    /// <param name="journal">The server's part of the journal: a freeze of the restore itself is no setting of the database.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<PostgresArchive> CompleteAsync(PostgresArchive archive, PostgresAddress address, PostgresSession server,
        ServerJournal? journal, CancellationToken cancellation)
    {
        if (archive.HoldsDatabaseProperties) return archive;
        await using var live = await TryOpenAsync(address, cancellation);
        var completed = await CompleteAsync(archive, live, server, cancellation);
        return journal is not { Frozen: true } frozen ? completed
            : completed with { Manifest = completed.Manifest with { Postgres = WriteFreeze.Without(completed.Description, frozen) } };
    }

    /// <summary>Completes the archive through open sessions.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="live">A session on the live database; null if there is none.</param>
    /// <param name="any">Any session on the server.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<PostgresArchive> CompleteAsync(PostgresArchive archive, PostgresSession? live, PostgresSession any,
        CancellationToken cancellation)
    {
        if (archive.HoldsDatabaseProperties || archive.Manifest.Postgres is not { } description) return archive;
        var database = live is null ? await OfTemplateAsync(description.Database, any, cancellation)
            // A manifest leaves values out that may be secrets; this one is not written down, and the new database must have them.
            : await SourceSurvey.DatabaseAsync(live, (await SourceSurvey.ServerAsync(any, cancellation)).VersionNumber, cancellation,
                withSecrets: true);
        return archive with { Manifest = archive.Manifest with { Postgres = description with { Database = database } } };
    }

    private static async Task<NpgsqlSession?> TryOpenAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            return await PostgresConnector.OpenAsync(address, cancellation);
        }
        catch (SourceNotFoundException)
        {
            // The restore creates it.
            return null;
        }
    }

    private static async Task<PostgresDatabaseFacts> OfTemplateAsync(PostgresDatabaseFacts unknown, PostgresSession any,
        CancellationToken cancellation)
    {
        var template = (await any.RowsAsync(
            "SELECT pg_catalog.pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, CURRENT_USER::text FROM " +
            "pg_catalog.pg_database WHERE datname = 'template1'", cancellation))[0];
        return unknown with { Encoding = template[0]!, Collate = template[1]!, CType = template[2]!, Owner = template[3]!,
            ConnectedAs = template[3]! };
    }
}
