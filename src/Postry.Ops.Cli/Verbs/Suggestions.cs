using System.CommandLine;
using System.CommandLine.Completions;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>
/// The values that a shell completes, from the backup root of the command line being typed. A key that can guess must never disturb the
/// prompt, so every failure means no suggestions.
/// </summary>
internal static class Suggestions
{
    private const string DatabaseOption = "--database";

    /// <summary>Completes the ids of the backups of the database that the command line names.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isMeant">Picks the backups that the verb can be meant for; null for all.</param>
    public static Option<string> WithBackupIds(this Option<string> option, Func<BackupSet, bool>? isMeant = null) => option.With(
        (engine, typed, word) => Ids(engine, new SuggestedBackups
        {
            IdPrefix = word,
            Database = Value(typed, DatabaseOption),
            IsMeant = isMeant,
        }));

    /// <summary>Completes the ids of all backups.</summary>
    public static Argument<string?> WithBackupIds(this Argument<string?> argument)
    {
        argument.CompletionSources.Add(context => Complete(context,
            (engine, _, word) => Ids(engine, new SuggestedBackups { IdPrefix = word })));
        return argument;
    }

    /// <summary>Completes the names of the destinations in postry.json.</summary>
    public static Option<string[]> WithDestinations(this Option<string[]> option) => option.With((engine, _, _) =>
        engine.FindDestinations(null, path => path).Select(to => to.Name!));

    /// <summary>Completes the names of the databases that postry.json names, and of those that have backups.</summary>
    public static Option<string> WithDatabases(this Option<string> option) => option.With((engine, _, word) => Configured(engine)
        .Concat(engine.SuggestDatabases(word).Select(newest => newest.Database)));

    /// <summary>Completes the labels in use.</summary>
    public static Option<string> WithLabels(this Option<string> option) => option.With((engine, _, word) =>
        engine.SuggestLabels(word).Select(label => label.Label));

    /// <summary>Completes the tags in use.</summary>
    /// <param name="option">The option.</param>
    /// <param name="withGit">True where the tags of git count, too.</param>
    public static Option<T> WithTags<T>(this Option<T> option, bool withGit = true) => option.With((engine, _, _) =>
        TagCondition.InUse(engine.SuggestBackups(new SuggestedBackups
        {
            IsMeant = set => TagCondition.InUse([set], withGit).Any(),
        }), withGit).Select(tag => tag.Text));

    /// <summary>Completes the names of the jobs of postry.json.</summary>
    public static Argument<string> WithJobs(this Argument<string> argument)
    {
        argument.CompletionSources.Add(context => Complete(context, (engine, _, _) =>
            engine.Settings.Configuration is var configuration && configuration.IsValid(ConfigurationSections.Jobs)
                ? configuration.Jobs.Keys : []));
        return argument;
    }

    /// <summary>Completes the ids of restores.</summary>
    public static Option<string> WithRestoreIds(this Option<string> option) => option.With((engine, _, _) => engine.ListRestores()
        .Select(record => record.RestoreId));

    /// <summary>Completes the ids of drills and tests.</summary>
    public static Option<string> WithDrillIds(this Option<string> option) => option.With((engine, _, _) =>
        engine.ListDrills(new DrillQuery()).Select(drill => drill.DrillId));

    /// <summary>Completes the names of the smoke checks of postry.json.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isMeant">Picks the checks that the option can be meant for; null for all.</param>
    public static Option<string[]> WithSmokeChecks(this Option<string[]> option, Func<SmokePlan, bool>? isMeant = null) => option.With(
        (engine, _, _) => engine.PlanSmoke(new SmokeRequest()).Where(plan => isMeant is null || isMeant(plan)).Select(plan => plan.Name));

    private static IEnumerable<string> Ids(OpsEngine engine, SuggestedBackups wanted) =>
        engine.SuggestBackups(wanted).Select(set => set.Id);

    private static Option<T> With<T>(this Option<T> option, Func<OpsEngine, ParseResult, string, IEnumerable<string>> values)
    {
        option.CompletionSources.Add(context => Complete(context, values));
        return option;
    }

    private static IEnumerable<CompletionItem> Complete(CompletionContext context,
        Func<OpsEngine, ParseResult, string, IEnumerable<string>> values)
    {
        try
        {
            var typed = context.ParseResult;
            // A shell reads one value a line.
            return [.. values(new OpsEngine(CommonOptions.Settings(typed), []), typed, context.WordToComplete)
                .Where(value => value.Length > 0 && !value.Any(char.IsControl)).Distinct()
                .Select(value => new CompletionItem(value))];
        }
        catch (Exception)
        {
            return [];
        }
    }

    private static IEnumerable<string> Configured(OpsEngine engine) =>
        engine.Settings.Configuration is var configuration && configuration.IsValid(ConfigurationSections.Databases)
            ? configuration.Databases.Keys : [];

    private static string? Value(ParseResult typed, string name) =>
        typed.CommandResult.Command.Options.OfType<Option<string>>().FirstOrDefault(option => option.Name == name) is { } option
            ? typed.GetValue(option) : null;
}
