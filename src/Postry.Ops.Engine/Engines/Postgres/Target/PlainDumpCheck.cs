using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Finds the reasons why a plain dump cannot be restored by the strategies that leave the database in place.</summary>
internal sealed class PlainDumpCheck : ITargetCheck
{
    // A restore of schemas alone would leave out these types (SchemaScript's names).
    private static readonly HashSet<string> InNoSchema =
        ["publication", "publication table", "publication tables in schema", "server", "foreign data wrapper", "user mapping", "cast",
            "language", "procedural language", "access method", "transform"];

    /// <inheritdoc/>
    public bool Applies(TargetContext target) => target is { HasBoth: true, Archive.IsOneScript: true };

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (archive, manifest) = (target.Archive!, target.Manifest!);
        var outside = manifest.Contents.Schema.Where(entry => InNoSchema.Contains(entry.Type)).Select(entry => $"{entry.Type} {entry.Name}")
            .ToList();
        if (outside.Count > 0)
            yield return TargetFinding.Against(target.Invalid(
                $"The dump makes what is in no schema, and a plain dump is run whole: {TargetContext.List(outside)}.",
                SchemaCheck.Hint), RestoreStrategy.Schema);
        // Objects with a header of their own that are in no schema have just been named.
        var beside = Beside(archive, target.Options.NoOwner, nameUnplaced: outside.Count == 0);
        if (beside.Count > 0)
            yield return TargetFinding.Against(target.Invalid(
                $"The dump changes something beside the schemas that it holds, and that would stay changed: {TargetContext.List(beside)}.",
                SchemaCheck.Hint), RestoreStrategy.Schema);
        var made = manifest.Contents.Schema.Where(entry => entry.Type == "schema").Select(entry => entry.Name)
            .ToHashSet(StringComparer.Ordinal);
        var stay = (await LiveSchemas.ReadAsync(target.Live!, cancellation))
            .Where(schema => schema.HasExtension && schema.Name != PublicSchema.Name && made.Contains(schema.Name))
                .Select(schema => schema.Name).ToList();
        if (stay.Count == 0) yield break;
        var problem = target.Invalid(
            $"Extensions live in schemas that the dump creates again, and that therefore cannot be dropped: {TargetContext.List(stay)}.",
            $"Use {OptionName.Strategy} Swap with a role that may create databases.");
        yield return TargetFinding.Against(problem, RestoreStrategy.Schema, RestoreStrategy.InPlace);
    }

    // The dump is checked once more in the same way while it is restored.
    private static List<string> Beside(PostgresArchive archive, bool noOwner, bool nameUnplaced)
    {
        var own = archive.Schemas.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. archive.Description.Targets.Where(target => target.Schema is null ? nameUnplaced : !own.Contains(target.Schema))
                .Where(target => !(noOwner && target.IsPrivilege)).OrderBy(target => target.Line).DistinctBy(target => target.Schema)
                .Select(target => $"{target.Schema ?? "what is in no schema"} (line {target.Line})"),
        ];
    }
}
