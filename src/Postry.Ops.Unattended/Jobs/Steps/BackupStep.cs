using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Backs databases up. A backup that is Suspicious, or did not get to a destination, is no success.</summary>
internal sealed class BackupStep : IJobStep
{
    public string Plan(JobRun run) => $"Back up {run.InWords}: {string.Join(", ", run.Databases.Select(database => database.Name))}.";

    public Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation) => run.EachAsync(async database =>
    {
        run.Made[database.Name] = null;
        var set = await run.Engine.BackUpAsync(Request(run, database), cancellation);
        run.Made[database.Name] = set;
        run.Done($"{database.Name}: {set.Id}");
        foreach (var copy in set.Copies.Where(copy => copy.Status == CopyStatus.Failed))
            run.Add(copy.DestinationName ?? copy.Destination, copy.ErrorId ?? "CopyFailed", $"{set.Id} was not copied: {copy.Problem}",
                copy.Hint);
        if (set.Status != BackupStatus.Suspicious) return CheckStatus.Passed;
        run.Add(database.Name, null, $"The backup {set.Id} is Suspicious: {set.Plausibility}",
            $"Find out whether data was lost. If the database is meant to hold so little: {CommandName.BackUpDatabase} " +
                $"{OptionName.Database} {database.Name} {OptionName.AcceptSmaller}");
        return CheckStatus.Inconclusive;
    });

    private static BackupRequest Request(JobRun run, DatabaseEntry database)
    {
        try
        {
            var chosen = new DatabaseChoice { Name = database.Name }.Choose(run.Engine.Settings);
            return new BackupRequest
            {
                Source = chosen.Address,
                Database = chosen.BackupName(null),
                Postgres = chosen.Options(null, null, null, null),
            };
        }
        catch (OpsException e)
        {
            // The history counts this as a failed backup, as it does for a backup that is started by hand.
            run.Engine.RecordFailedChoice(database.Name, e);
            throw;
        }
    }
}
