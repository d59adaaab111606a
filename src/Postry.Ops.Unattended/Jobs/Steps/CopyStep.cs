using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs.Steps;

/// <summary>Copies backups to destinations: those of this run, otherwise the newest good ones.</summary>
internal sealed class CopyStep : IJobStep
{
    public string Plan(JobRun run) => HasNone(run) ? "Nothing: postry.json names no destinations."
        : $"Copy the newest backup of {run.InWords} to " + string.Join(", ", Destinations(run).Select(one => one.ToString())) + ".";

    public async Task<CheckStatus> RunAsync(JobRun run, CancellationToken cancellation)
    {
        if (HasNone(run))
        {
            run.Done($"{OpsSettings.ConfigurationFileName} names no destinations");
            return CheckStatus.Skipped;
        }

        var destinations = Destinations(run);
        return await run.EachAsync(async database =>
        {
            var set = run.BackupOf(database);
            var results = new List<CheckStatus>();
            foreach (var destination in destinations)
            {
                var copy = await run.Engine.CopyBackupAsync(new BackupSelector { BackupFile = set.ManifestFile }, destination,
                    cancellation);
                results.Add(copy.Status == CopyStatus.Failed ? CheckStatus.Failed : CheckStatus.Passed);
                if (copy.Status == CopyStatus.Failed)
                    run.Add(destination.ToString(), copy.ErrorId ?? "CopyFailed", $"{set.Id} was not copied: {copy.Problem}", copy.Hint);
                else run.Done($"{set.Id} to {destination.Name ?? destination.Path}: {copy.Status}");
            }

            return Check.Worst(results);
        });
    }

    private static bool HasNone(JobRun run) =>
        run.Step.Destinations.Count == 0 && run.Engine.Settings.Configuration.Destinations.Count == 0;

    private static IReadOnlyList<CopyDestination> Destinations(JobRun run) => run.Engine.FindDestinations(
        run.Step.Destinations.Count == 0 ? null : run.Step.Destinations, path => Path.GetFullPath(path, run.Engine.Settings.RepoRoot));
}
