using System.IO.Enumeration;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The jobs of postry.json.</summary>
internal static class JobShapes
{
    /// <summary>A regular expression for editors that every right name of a job fits.</summary>
    public const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

    // The keys that only some kinds of steps have.
    private static readonly (string Key, JobStepKind[] Kinds)[] Own =
    [
        ("databases", [JobStepKind.Backup, JobStepKind.Test, JobStepKind.Copy, JobStepKind.Prune, JobStepKind.Drill]),
        ("level", [JobStepKind.Test]),
        ("destinations", [JobStepKind.Copy]),
        ("checks", [JobStepKind.Smoke]),
        ("path", [JobStepKind.Metrics]),
        ("command", [JobStepKind.Command]),
    ];

    private static readonly ObjectShape<JobStepEntry> Step = new ObjectShape<JobStepEntry>(new(), "a step of a job")
        .Add("kind", new ChoiceShape<JobStepKind>(("backup", JobStepKind.Backup), ("test", JobStepKind.Test), ("copy", JobStepKind.Copy),
                ("prune", JobStepKind.Prune), ("drill", JobStepKind.Drill), ("metrics", JobStepKind.Metrics),
                ("smoke", JobStepKind.Smoke), ("command", JobStepKind.Command)), s => s.Kind, (s, v) => s with { Kind = v },
            "The work of the step.", required: true)
        .Add("name", ConfigTypes.Text, s => s.Name, (s, v) => s with { Name = v }, "The name of the step in results.")
        .Add("databases", ConfigTypes.List(ConfigTypes.Text, "names of databases"), s => s.Databases, (s, v) => s with { Databases = v },
            "Of backup, test, copy, prune and drill: the databases of this file, by name or with the wildcards * and ?. By default all.")
        .Add("level", new ChoiceShape<VerificationLevel>(("Signature", VerificationLevel.Signature),
                ("Artefact", VerificationLevel.Artefact), ("Contents", VerificationLevel.Contents),
                ("Restore", VerificationLevel.Restore)), s => s.Level,
            (s, v) => s with { Level = v }, "Of test: how far the backup is tested. By default Contents.")
        .Add("destinations", ConfigTypes.List(ConfigTypes.Text, "names of destinations"), s => s.Destinations,
            (s, v) => s with { Destinations = v }, "Of copy: the destinations of this file. By default all.")
        .Add("checks", ConfigTypes.List(ConfigTypes.Text, "names of smoke checks"), s => s.Checks, (s, v) => s with { Checks = v },
            "Of smoke: the smoke checks of this file, by name or with the wildcards * and ?. By default all.")
        .Add("path", ConfigTypes.Path, s => s.Path, (s, v) => s with { Path = v },
            "Of metrics: the file for the textfile collector of Prometheus' node exporter, relative to the repo root.")
        .Add("command", ConfigTypes.Text, s => s.Command, (s, v) => s with { Command = v },
            "Of command: a command for the system's shell, run in the repo root. Its exit code 0 is success.")
        .Add("before", ConfigTypes.Text, s => s.Before, (s, v) => s with { Before = v },
            "A command for the system's shell, run before the step. If it fails, the step does not begin.")
        .Add("after", ConfigTypes.Text, s => s.After, (s, v) => s with { After = v },
            "A command for the system's shell, run after the step, whatever its result. If it fails, the step has failed.")
        .Add("timeout", ConfigTypes.Duration, s => s.Timeout, (s, v) => s with { Timeout = v },
            "How long the step may take with the command before it; the command after it may take as long again. A number with s, m, " +
            "h, d or w, such as \"2h\".")
        .Add("onFailure", new ChoiceShape<StepFailureRule>(("stop", StepFailureRule.Stop), ("continue", StepFailureRule.Continue)),
            s => s.OnFailure, (s, v) => s with { OnFailure = v },
            "What a step that does not succeed means: stop ends the job; continue goes on, and the job fails at its end.")
        .Check(RequireOwnKeys);

    /// <summary>A job.</summary>
    public static readonly ObjectShape<JobEntry> Job = new ObjectShape<JobEntry>(new(), "a job")
        .Add("steps", ConfigTypes.List(Step, "steps", least: 1), j => j.Steps.Count == 0 ? null : j.Steps, (j, v) => j with { Steps = v },
            "The steps, which run one after another.", required: true);

    /// <summary>The problem of a name; null if it is right. The names become names of files and of units of a scheduler.</summary>
    public static string? NameProblem(string name) => name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? null
        : "is to begin with a letter or a digit, to hold only letters, digits, _ . and -, and to have at most 64 characters";

    /// <summary>Notes names of databases and destinations that the file does not have: they are found when it is read, and not in the
    /// night.</summary>
    public static void RequireKnownNames(ConfigurationValues _, JsonItem file, string path, ConfigurationReading reading)
    {
        var outer = reading.Section;
        reading.Section = ConfigurationSections.Jobs;
        foreach (var step in (file["jobs"]?.Members ?? []).SelectMany(job => job.Value["steps"]?.Items ?? []))
            foreach (var list in new[] { "databases", "destinations" })
            {
                var names = (file[list]?.Members ?? []).Select(member => member.Name).ToList();
                foreach (var named in (step[list]?.Items ?? []).Where(item => item.Kind == JsonKind.Text))
                    if (!names.Exists(name => name == named.Text || (list == "databases"
                        && FileSystemName.MatchesSimpleExpression(named.Text, name, ignoreCase: false))))
                        reading.Add(named.Origin, $"There is no '{NearestName.Shown(named.Text)}' in {list}"
                            + (NearestName.To(named.Text, names) is { } nearest ? $"; did you mean '{nearest}'?" : "."));
            }
        reading.Section = outer;
    }

    private static void RequireOwnKeys(JobStepEntry step, JsonItem item, string path, ConfigurationReading reading)
    {
        var kind = step.Kind.ToString().ToLowerInvariant();
        foreach (var (key, kinds) in Own)
            if (item[key] is { } given && !kinds.Contains(step.Kind))
                reading.Add(given.Origin, $"{path}.{key} has no meaning for a step of kind {kind}: leave it out.");
        if (step.Kind == JobStepKind.Command && string.IsNullOrWhiteSpace(step.Command))
            reading.Add(item.Origin, $"{path} needs the key 'command'.");
        if (step.Kind == JobStepKind.Metrics && step.Path is null) reading.Add(item.Origin, $"{path} needs the key 'path'.");
        if (step.Timeout <= TimeSpan.Zero)
            reading.Add((item["timeout"] ?? item).Origin, $"{path}.timeout must be longer than 0.");
    }
}
