using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Schema;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Configuration;

/// <summary>
/// The effective configuration: environment over postry.json over defaults. A part of it that has a problem throws ConfigurationInvalid
/// when it is read, so that nothing a command needs is silently its default, and nothing that it does not need is in its way.
/// </summary>
public sealed class OpsConfiguration
{
    // All these variables have the prefix of settings, but are no settings of postry.json.
    private static readonly string[] ToolVariables = [EnvironmentVariables.PostgresPrograms, EnvironmentVariables.EvidenceKeyFile];

    private readonly ConfigurationValues _values;

    private OpsConfiguration(string? file, ConfigurationValues values, IReadOnlyList<ConfigurationProblem> problems,
        IReadOnlyDictionary<string, ConfigurationOrigin> origins)
    {
        File = file;
        _values = values;
        Problems = problems;
        Origins = origins;
    }

    /// <summary>The configuration that applies if there is neither a file nor a variable.</summary>
    public static OpsConfiguration Default { get; } = new(null, new(), [], new Dictionary<string, ConfigurationOrigin>());

    /// <summary>Full path of the file that was read, or null.</summary>
    public string? File { get; }

    /// <summary>All that is wrong, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    /// <summary>The folder of the backups as it is written, relative to the repo root; null where it is not.</summary>
    public string? BackupRoot => Of(ConfigurationSections.BackupRoot).BackupRoot;

    /// <summary>How long a command waits for another one; zero where each lock has its own limit.</summary>
    public TimeSpan WaitTimeout => Of(ConfigurationSections.WaitTimeout).WaitTimeout;

    /// <summary>The databases by name.</summary>
    public IReadOnlyDictionary<string, DatabaseEntry> Databases => Of(ConfigurationSections.Databases).Databases;

    /// <summary>The folders that get a copy of every backup, by name.</summary>
    public IReadOnlyDictionary<string, DestinationEntry> Destinations => Of(ConfigurationSections.Destinations).Destinations;

    /// <summary>The tags that every backup gets, unless a command gives the same one another value.</summary>
    public IReadOnlyDictionary<string, string> Tags => Of(ConfigurationSections.Tags).Tags;

    /// <summary>The rules that select the runtime files of a backup.</summary>
    public RuntimeConfiguration Runtime => Of(ConfigurationSections.Runtime).Runtime;

    /// <summary>The objectives that backups and restores are measured against.</summary>
    public Objectives Objectives => Of(ConfigurationSections.Objectives).Objectives;

    /// <summary>The rules that decide which backups are kept.</summary>
    public RetentionPolicy Retention => Of(ConfigurationSections.Retention).Retention;

    /// <summary>The rules that decide when a new backup is Suspicious.</summary>
    public PlausibilityRules Plausibility => Of(ConfigurationSections.Plausibility).Plausibility;

    /// <summary>The checks that must pass after a restore.</summary>
    public SmokeChecks Smoke => Of(ConfigurationSections.Smoke).Smoke;

    /// <summary>The jobs by name.</summary>
    public IReadOnlyDictionary<string, JobEntry> Jobs => Of(ConfigurationSections.Jobs).Jobs;

    /// <summary>The targets of notifications and their occasions.</summary>
    public Notifications Notifications => Of(ConfigurationSections.Notifications).Notifications;

    /// <summary>A warning about problems that do not stop the command; null if there are none.</summary>
    public string? Warning => Problems.Count == 0 ? null
        : $"The configuration has mistakes. This command does not need those parts and goes on without them:\n" +
            $"{string.Join('\n', Problems)}";

    /// <summary>The place of each value that is written in the file or the environment, by its path.</summary>
    internal IReadOnlyDictionary<string, ConfigurationOrigin> Origins { get; }

    /// <summary>The variables that hold addresses of databases, also where something else is wrong with the file.</summary>
    internal IEnumerable<string> AddressVariables => _values.Databases.Values.Select(entry => entry.UrlVariable).OfType<string>();

    /// <summary>Every value.</summary>
    internal ConfigurationValues Values => Of(ConfigurationSections.All);

    /// <summary>True where these parts can be read.</summary>
    public bool IsValid(ConfigurationSections sections) => !Problems.Any(problem => (problem.Sections & sections) != 0);

    /// <summary>Throws where one of these parts has a problem. Errors: ConfigurationInvalid, which lists every problem of the whole
    /// configuration.</summary>
    public void Require(ConfigurationSections sections)
    {
        if (!IsValid(sections)) throw Invalid();
    }

    /// <summary>Reads the file of a folder, if there is one, and the environment. Problems are in the result.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="names">The names of all variables that are set.</param>
    public static OpsConfiguration Load(string folder, Func<string, string?> environment, IEnumerable<string> names)
    {
        var path = Path.Combine(folder, OpsSettings.ConfigurationFileName);
        byte[]? bytes = null;
        try
        {
            if (System.IO.File.Exists(path)) bytes = Files.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var origin = new ConfigurationOrigin(SettingSource.File, path, 1, 1);
            return new(path, new(), [new ConfigurationProblem(origin, "The file cannot be read by this user.", ConfigurationSections.All)],
                new Dictionary<string, ConfigurationOrigin>());
        }

        return Parse(bytes, path, environment, names);
    }

    /// <summary>Parses bytes that have been read already; null for no file.</summary>
    internal static OpsConfiguration Parse(byte[]? bytes, string path, Func<string, string?> environment, IEnumerable<string> names)
    {
        ConfigurationProblem? unreadable = null;
        var item = bytes is null ? Nothing(path) : JsonItemReader.Read(new SourceText(bytes), path, out unreadable);
        var written = new ConfigurationReading();
        if (item is not null) ConfigurationShape.File.TryRead(item, "", written, out _);

        // A value in the file that a variable overrides is still looked at, above; below only the variables are new.
        var effective = new ConfigurationReading();
        ConfigurationShape.File.TryRead(ConfigurationShape.File.Overlay(item ?? Nothing(path), "", environment), "", effective,
            out var values);
        var problems = written.Problems.Concat(effective.Problems.Where(problem => problem.Origin.Source == SettingSource.Environment));
        problems = problems.Concat(UnknownVariables(names));
        if (unreadable is not null) problems = problems.Prepend(unreadable);
        // A file that is no JSON object gives no values, only the problem.
        return new(bytes is null ? null : path, values ?? new(),
            [.. problems.OrderBy(problem => problem.Origin.Line).ThenBy(problem => problem.Origin.Column)], effective.Origins);
    }

    // Unknown variables are never an error: the environment may hold variables of a later version or of another program. So only variables
    // that resemble a known one are reported.
    private static IEnumerable<ConfigurationProblem> UnknownVariables(IEnumerable<string> names)
    {
        var known = ConfigurationShape.File.Variables("").Select(variable => variable.Variable).Concat(ToolVariables).ToList();
        // Hooks and jobs set these for their commands; users never do.
        var right = known.Concat([EnvironmentVariables.Hook, EnvironmentVariables.HookTarget, EnvironmentVariables.HookTargetUrl,
            EnvironmentVariables.Job, EnvironmentVariables.JobStep, EnvironmentVariables.JobStepResult])
            .ToHashSet(StringComparer.FromComparison(Files.NameComparison));
        foreach (var name in names.Where(name => name.StartsWith(EnvironmentVariables.SettingPrefix, StringComparison.OrdinalIgnoreCase)
            && !right.Contains(name)).Order(StringComparer.Ordinal))
        {
            var written = name[EnvironmentVariables.SettingPrefix.Length..];
            var nearest = NearestName.To(written, known.Select(one => one[EnvironmentVariables.SettingPrefix.Length..]));
            // The operator may have left out the section of the file that the setting belongs to.
            var whole = nearest is null ? known.Find(one => one.EndsWith($"_{written}", StringComparison.OrdinalIgnoreCase))
                : EnvironmentVariables.SettingPrefix + nearest;
            if (whole is null) continue;
            yield return new ConfigurationProblem(new ConfigurationOrigin(SettingSource.Environment, NearestName.Shown(name)),
                $"There is no such variable; did you mean {whole}?", ConfigurationSections.None);
        }
    }

    private static JsonItem Nothing(string path) => new(JsonKind.Object, new ConfigurationOrigin(SettingSource.File, path, 1, 1));

    private ConfigurationValues Of(ConfigurationSections sections)
    {
        Require(sections);
        return _values;
    }

    private ConfigurationInvalidException Invalid()
    {
        var text = new StringBuilder();
        if (Problems.Count > 1) text.Append(CultureInfo.InvariantCulture, $"The configuration has {Problems.Count} problems:\n");
        text.AppendJoin('\n', Problems);
        var hint = File is null || Problems.All(problem => problem.Origin.Source == SettingSource.Environment)
            ? "Correct the variables; docs/configuration.md has all of them."
            : "Correct the file, or move it away. A command that does not need the broken part goes on without " +
                $"it: give the values as parameters ({OptionName.BackupRoot}, and {OptionName.Path} or {OptionName.DatabaseUrl}).";
        return new ConfigurationInvalidException(File ?? "the environment", text.ToString(), hint);
    }
}
