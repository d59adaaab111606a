using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Finds the reasons why the contents of a live database cannot be replaced within it: schema by schema, or all at once.</summary>
internal sealed class SchemaCheck : ITargetCheck
{
    /// <summary>The hint if the schemas cannot be replaced by themselves.</summary>
    public static string Hint => $"Use {OptionName.Strategy} Swap with a role that may create databases, or {OptionName.Strategy} InPlace.";

    private const string NotOfExtension =
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = '{0}'::pg_catalog.regclass AND d.objid = {1} AND d.deptype " +
        "= 'e')";

    /// <inheritdoc/>
    public bool Applies(TargetContext target) => target.HasBoth;

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (live, archive) = (target.Live!, target.Archive!);
        var schemas = archive.Schemas.ToArray();
        var (_, refusals) = await ChooseAsync(live, archive, cancellation);
        foreach (var refusal in refusals) yield return TargetFinding.Against(target.Invalid(refusal, Hint), RestoreStrategy.Schema);
        var all = target.Description.Scope.IsWhole;
        if (NotOwned(target, await OthersAsync(live, schemas, all: false, cancellation)) is { } ofSchemas)
            yield return TargetFinding.Against(ofSchemas, RestoreStrategy.Schema);
        if (NotOwned(target, await OthersAsync(live, schemas, all, cancellation)) is { } ofAll)
            yield return TargetFinding.Against(ofAll, RestoreStrategy.InPlace);
        if (all && NotOwned(target, await OutsideAsync(live, cancellation)) is { } outside)
            yield return TargetFinding.Against(outside, RestoreStrategy.InPlace);
    }

    /// <summary>The live schemas that a backup replaces, and why they cannot be replaced by themselves; a sentence for each reason, naming
    /// what is in the way.</summary>
    public static async Task<(IReadOnlyList<LiveSchema> Replaced, IReadOnlyList<string> Refusals)> ChooseAsync(PostgresSession session,
        PostgresArchive archive, CancellationToken cancellation)
    {
        var refusals = new List<string>();
        var wanted = archive.Schemas.ToHashSet(StringComparer.Ordinal);
        // A schema that extensions have to themselves stays as it is. Publications that name tables or schemas are among the dependents.
        var chosen = (await LiveSchemas.ReadAsync(session, cancellation))
            .Where(schema => wanted.Contains(schema.Name)
                && (!schema.HasExtension || schema.HasObjects || archive.HasObjectsIn(schema.Name))).ToList();
        Add(refusals, chosen.Where(schema => schema.HasExtension).Select(schema => schema.Name),
            "Extensions live in the schemas {0}, and would be left without them.");
        Add(refusals, await session.TextsAsync(PlacedObjects.Dependents(chosen.Select(schema => schema.Name), session.ServerMajor),
            cancellation), "These connect the schemas that would be replaced with the rest of the database: {0}.");
        if (archive.Description.LargeObjects is { Count: > 0 } large)
            refusals.Add($"The backup holds {large.Count} large objects, which are in no schema.");
        Add(refusals, archive.Manifest.Contents.Schema.Where(entry => entry.Type == "event trigger").Select(entry => entry.Name),
            "The backup holds event triggers, which are in no schema: {0}.");
        return (chosen, refusals);
    }

    private static AccessDeniedException? NotOwned(TargetContext target, IReadOnlyList<string> others) => others.Count == 0 ? null
        : target.Denied($"{target.Server.Role} does not own all that would be replaced: {TargetContext.List(others)}.",
            "Use their owner or a superuser, or have their owner's role granted.");

    private static void Add(List<string> refusals, IEnumerable<string> names, string sentence)
    {
        var all = names.ToList();
        if (all.Count > 0) refusals.Add(string.Format(null, sentence, TargetContext.List(all)));
    }

    private static Task<IReadOnlyList<string>> OthersAsync(
        PostgresSession live, string[] schemas, bool all, CancellationToken cancellation) =>
        live.TextsAsync($"""
        WITH chosen AS (SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace
                        WHERE nspname::text = ANY ($1) OR ($2 AND nspname::text !~ '^(pg_|postry_|information_schema$)'))
        SELECT pg_catalog.format('schema %I', nspname) FROM chosen
        WHERE NOT pg_catalog.pg_has_role(nspowner, 'USAGE')
          AND {string.Format(null, NotOfExtension, "pg_catalog.pg_namespace", "chosen.oid")}
        UNION ALL
        SELECT pg_catalog.format('%I.%I', nspname, relname) FROM pg_catalog.pg_class JOIN chosen ON chosen.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT pg_catalog.pg_has_role(relowner, 'USAGE')
          AND {string.Format(null, NotOfExtension, "pg_catalog.pg_class", "pg_class.oid")}
        ORDER BY 1
        """, cancellation, schemas, all);

    private static Task<IReadOnlyList<string>> OutsideAsync(PostgresSession live, CancellationToken cancellation) =>
        live.TextsAsync($"""
        SELECT pg_catalog.format('event trigger %I', evtname) FROM pg_catalog.pg_event_trigger AS t
        WHERE NOT pg_catalog.pg_has_role(evtowner, 'USAGE')
          AND {string.Format(null, NotOfExtension, "pg_catalog.pg_event_trigger", "t.oid")}
        UNION ALL
        SELECT pg_catalog.format('publication %I', pubname) FROM pg_catalog.pg_publication
          WHERE NOT pg_catalog.pg_has_role(pubowner, 'USAGE')
        UNION ALL
        SELECT pg_catalog.format('server %I', srvname) FROM pg_catalog.pg_foreign_server AS s
        WHERE NOT pg_catalog.pg_has_role(srvowner, 'USAGE')
          AND {string.Format(null, NotOfExtension, "pg_catalog.pg_foreign_server", "s.oid")}
        UNION ALL
        SELECT pg_catalog.format('foreign data wrapper %I', fdwname) FROM pg_catalog.pg_foreign_data_wrapper AS w
        WHERE NOT pg_catalog.pg_has_role(fdwowner, 'USAGE')
          AND {string.Format(null, NotOfExtension, "pg_catalog.pg_foreign_data_wrapper", "w.oid")}
        """, cancellation);
}
