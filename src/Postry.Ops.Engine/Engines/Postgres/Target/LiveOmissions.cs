using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Rows of the live database that no backup of it holds, and what a restore does to them.</summary>
internal sealed class LiveOmissions
{
    /// <summary>The hint for rows that would be lost for good.</summary>
    public static string WayOut =>
        $"Use {OptionName.Strategy} Swap, which keeps the whole live database, or take the tables out of their extension first: ALTER " +
            "EXTENSION ... DROP TABLE ...";

    // An operator who skips the comparison does not want to wait for the live database either.
    private static readonly TimeSpan WithoutComparing = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<Omission> _rows;

    private LiveOmissions(IReadOnlyList<Omission> rows) => _rows = rows;

    /// <summary>Counts them, whatever the backup was narrowed to, within the time that comparing may take.</summary>
    public static async Task<LiveOmissions> ReadAsync(PostgresSession live, RestoreRequest request, CancellationToken cancellation)
    {
        await live.ExecuteAsync("BEGIN READ ONLY", cancellation);
        var omissions = await new Omissions(live, BackupScope.Whole, request.SkipCompare ? WithoutComparing : request.CompareBudget)
            .ReadAsync([], cancellation);
        await live.ExecuteAsync("ROLLBACK", cancellation);
        return new LiveOmissions([.. omissions.Where(omission => omission.Lost)]);
    }

    /// <summary>Refuses to replace the contents in place where that drops such rows with their extension: the backup that is made first,
    /// and that Undo restores, lacks them too.</summary>
    public async Task CheckAsync(Findings findings, PostgresSession live, BackupManifest manifest, CancellationToken cancellation)
    {
        if (_rows.Count == 0 || manifest.Postgres!.Scope is not { Schemas.Count: 0, ExcludedSchemas.Count: 0 }) return;
        var held = manifest.Postgres.Extensions.Select(extension => extension.Name);
        var dropped = (await live.TextsAsync(DatabaseDrop.ExtensionsNotHeld(held), cancellation))
            .ToHashSet(StringComparer.Ordinal);
        var gone = _rows.Where(omission => omission.Extension is { } extension && dropped.Contains(extension)).ToList();
        if (gone.Count == 0) return;
        findings.NoInPlace.Add(findings.Invalid(
            $"InPlace drops extensions that the set does not have, and with them rows that no backup holds, so that Undo could not bring " +
                $"them back: {Omission.List(gone)}.",
            WayOut));
    }

    /// <summary>Says what becomes of them.</summary>
    public void Note(Findings findings, RestoreStrategy strategy)
    {
        if (_rows.Count == 0) return;
        findings.Notes.Add(strategy == RestoreStrategy.Swap
            ? $"ROWS THAT NO BACKUP HOLDS ARE GONE FROM THE LIVE NAME after this, and are only in the copy that is kept: " +
                $"{Omission.List(_rows)}."
            : $"Rows that no backup holds stay in the live database as they are: {Omission.List(_rows)}.");
    }
}
