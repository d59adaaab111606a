using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Rows of the live database that no backup of it holds, and what a restore does to them.</summary>
internal sealed class OmissionCheck : ITargetCheck
{
    /// <summary>The hint for rows that would be lost for good.</summary>
    public static string WayOut =>
        $"Use {OptionName.Strategy} Swap, which keeps the whole live database, or remove the tables from their extension first: ALTER " +
            "EXTENSION ... DROP TABLE ...";

    // An operator who skips the comparison does not want to wait for the live database either.
    private static readonly TimeSpan WithoutComparing = TimeSpan.FromSeconds(1);

    /// <summary>Counts them, whatever the backup was narrowed to, within the time that comparing may take.</summary>
    public static async Task<IReadOnlyList<Omission>> ReadAsync(PostgresSession live, RestoreRequest request,
        CancellationToken cancellation)
    {
        await live.ExecuteAsync("BEGIN READ ONLY", cancellation);
        var omissions = await new Omissions(live, BackupScope.Whole, request.SkipCompare ? WithoutComparing : request.CompareBudget)
            .ReadAsync([], cancellation);
        await live.ExecuteAsync("ROLLBACK", cancellation);
        return [.. omissions.Where(omission => omission.Lost)];
    }

    /// <inheritdoc/>
    public bool Applies(TargetContext target) => target.HasBoth;

    /// <summary>Refuses to replace the contents in place where that drops such rows with their extension: the backup that is made first,
    /// and that Undo restores, lacks them too.</summary>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (target.LostRows.Count == 0 || target.IsPart) yield break;
        var held = target.Description.Extensions.Select(extension => extension.Name);
        var dropped = (await target.Live!.TextsAsync(DatabaseDrop.ExtensionsNotHeld(held), cancellation))
            .ToHashSet(StringComparer.Ordinal);
        var gone = target.LostRows.Where(omission => omission.Extension is { } extension && dropped.Contains(extension)).ToList();
        if (gone.Count == 0) yield break;
        yield return TargetFinding.Against(target.Invalid(
            $"InPlace drops extensions that the backup does not have, and with them rows that no backup holds, so that Undo could " +
            $"not bring " +
                $"them back: {Omission.List(gone)}.",
            WayOut), RestoreStrategy.InPlace);
    }

    /// <summary>Says what a strategy does to these rows; empty if there are none.</summary>
    public static string[] Notes(TargetContext target, RestoreStrategy strategy) =>
        target.LostRows.Count == 0 ? []
        : strategy == RestoreStrategy.Swap
            ? ["ROWS THAT NO BACKUP HOLDS WILL BE MISSING IN THE LIVE DATABASE, and are then only in the previous copy: " +
                $"{Omission.List(target.LostRows)}."]
            : [$"Rows that no backup holds stay in the live database as they are: {Omission.List(target.LostRows)}."];
}
