using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Supplies the properties of the database itself, which a plain dump lacks for its restore. The properties of a live database stay; a new
/// one gets those of the server's template.
/// </summary>
internal static class LegacyTarget
{
    // A restore of schemas alone would leave out these types (SchemaScript's names).
    private static readonly HashSet<string> InNoSchema =
        ["publication", "publication table", "publication tables in schema", "server", "foreign data wrapper", "user mapping", "cast",
            "language", "procedural language", "access method", "transform"];

    /// <summary>The manifest with these properties; that of any other set as it is.</summary>
    public static async Task<BackupManifest> CompleteAsync(BackupManifest manifest, PostgresAddress address, PostgresSession server,
        CancellationToken cancellation)
    {
        if (!manifest.Legacy) return manifest;
        NpgsqlSession? live = null;
        try
        {
            live = await PostgresConnector.OpenAsync(address, Findings.Operation, cancellation);
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

    /// <summary>Adds the reasons why a plain dump cannot be restored by the strategies that leave the database in place.</summary>
    /// <param name="findings">Receives the problems.</param>
    /// <param name="live">A session on the live database.</param>
    /// <param name="manifest">The set.</param>
    /// <param name="noOwner">True where owners and privileges are left out.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task CheckAsync(Findings findings, PostgresSession live, BackupManifest manifest, bool noOwner,
        CancellationToken cancellation)
    {
        var outside = manifest.Contents.Schema.Where(entry => InNoSchema.Contains(entry.Type)).Select(entry => $"{entry.Type} {entry.Name}")
            .ToList();
        if (outside.Count > 0)
            findings.NoSchema.Add(findings.Invalid(
                $"The dump makes what is in no schema, and a plain dump is run whole: {Findings.List(outside)}.", SchemaRefusals.Hint));
        Beside(findings, manifest, noOwner);
        var made = manifest.Contents.Schema.Where(entry => entry.Type == "schema").Select(entry => entry.Name)
            .ToHashSet(StringComparer.Ordinal);
        var stay = (await LiveSchemas.ReadAsync(live, cancellation))
            .Where(schema => schema.HasExtension && schema.Name != PublicSchema.Name && made.Contains(schema.Name))
                .Select(schema => schema.Name).ToList();
        if (stay.Count == 0) return;
        var problem = findings
            .Invalid($"Extensions live in schemas that the dump makes anew, and that therefore cannot be dropped: {Findings.List(stay)}.",
            $"Use {OptionName.Strategy} Swap with a role that may create databases.");
        findings.NoSchema.Add(problem);
        findings.NoInPlace.Add(problem);
    }

    // The dump is checked once more in the same way while it is restored.
    private static void Beside(Findings findings, BackupManifest manifest, bool noOwner)
    {
        var own = LiveSchemas.Of(manifest).ToHashSet(StringComparer.Ordinal);
        // Objects with a header of their own that are in no schema have been named before.
        var beside = manifest.Postgres!.Targets.Where(target => target.Schema is null ? findings.NoSchema.Count == 0
            : !own.Contains(target.Schema))
            .Where(target => !(noOwner && target.IsPrivilege)).OrderBy(target => target.Line).DistinctBy(target => target.Schema)
            .Select(target => $"{target.Schema ?? "what is in no schema"} (line {target.Line})").ToList();
        if (beside.Count > 0)
            findings.NoSchema.Add(findings.Invalid(
                $"The dump changes something beside the schemas that it holds, and that would stay changed: {Findings.List(beside)}.",
                SchemaRefusals.Hint));
    }
}
