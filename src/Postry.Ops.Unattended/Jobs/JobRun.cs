using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Unattended.Jobs;

/// <summary>A step as it runs: what it works with, and what it has found so far.</summary>
/// <param name="engine">Does the work.</param>
/// <param name="step">The step as postry.json describes it.</param>
/// <param name="made">The backups that this run of the job has made, by database; null for one that failed. Steps add to it.</param>
internal sealed class JobRun(OpsEngine engine, JobStepEntry step, Dictionary<string, BackupSet?> made)
{
    private readonly List<JobProblem> _problems = [];
    private readonly List<string> _done = [];

    public OpsEngine Engine => engine;

    public JobStepEntry Step => step;

    public Dictionary<string, BackupSet?> Made => made;

    public IReadOnlyList<JobProblem> Problems => _problems;

    /// <summary>The variables that every command of the step gets.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <summary>The work that was done, in a few words.</summary>
    public string Detail => _done.Count > 0 ? string.Join("; ", _done) : _problems.Count > 0 ? "not done" : "nothing to do";

    /// <summary>The databases that the step means. Errors: InvalidRequest where postry.json names none of them.</summary>
    public IReadOnlyList<DatabaseEntry> Databases
    {
        get
        {
            var entries = new DatabaseEntries(engine.Settings);
            if (!entries.Any)
                throw new InvalidRequestException("databases", $"{OpsSettings.ConfigurationFileName} names no database.",
                    $"Describe the databases under \"databases\" in {OpsSettings.ConfigurationFileName}.");
            IReadOnlyList<string> names = step.Databases.Count > 0 ? step.Databases : ["*"];
            return [.. names.SelectMany(entries.Matching).DistinctBy(entry => entry.Name)];
        }
    }

    /// <summary>Notes what was done.</summary>
    public void Done(string what) => _done.Add(what);

    /// <summary>Notes what went wrong.</summary>
    public void Add(string? subject, string? errorId, string message, string? next) =>
        _problems.Add(new JobProblem(subject, errorId, message, next));

    /// <summary>Notes what went wrong.</summary>
    public void Add(string? subject, OpsException error) => Add(subject, error.ErrorId, error.Message, error.Hint);

    /// <summary>Does the same for each database; one that fails does not keep the others from it. Returns the worst result.</summary>
    public async Task<CheckStatus> EachAsync(Func<DatabaseEntry, Task<CheckStatus>> work)
    {
        var results = new List<CheckStatus>();
        foreach (var database in Databases)
        {
            try
            {
                results.Add(await work(database));
            }
            catch (OpsException e)
            {
                results.Add(CheckStatus.Failed);
                Add(database.Name, e);
            }
        }

        return Check.Worst(results);
    }

    /// <summary>The backup that this run of the job has made of a database, otherwise its newest good one. Errors: SourceNotFound, also
    /// where this run could not make one: the backup of the day before, tested once more, would look like success; SuspiciousBackup where
    /// a newer one is Suspicious.</summary>
    public BackupSet BackupOf(DatabaseEntry database) => !made.TryGetValue(database.Name, out var set)
        ? engine.ListBackups(new BackupQuery { Database = database.Name, Latest = true })[0]
        : set ?? throw new SourceNotFoundException(database.Name, $"This run of the job has made no backup of {database.Name}.",
            "Look at the step that was to make it.");

    /// <summary>The databases in words.</summary>
    public string InWords => step.Databases.Count == 0 ? "every database" : string.Join(", ", step.Databases);
}
