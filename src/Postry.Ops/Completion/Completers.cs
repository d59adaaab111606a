using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Completion;

/// <summary>Suggests the ids of sets, newest first, of the database that is named; where runtime files are restored, of those that have
/// any.</summary>
internal sealed class BackupIdCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        from set in engine.SuggestBackups(new SuggestedBackups
        {
            IdPrefix = typed.Word,
            Database = typed.Database,
            IsMeant = set => set.Runtime.File is not null || !typed.IsForRuntimeFiles,
        })
        select (set.Id, Choices.Description(set, size => DisplayFormat.Size(size)));
}

/// <summary>Suggests the names of the databases that postry.json names, and of those that have sets.</summary>
internal sealed class DatabaseNameCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        Configured(engine).Concat(engine.SuggestDatabases(typed.Word).Select(newest => (newest.Database, newest.Source)));

    private static IEnumerable<(string Value, string ToolTip)> Configured(OpsEngine engine) =>
        engine.Settings.Configuration is var configuration && configuration.IsValid(ConfigurationSections.Databases)
        ? configuration.Databases.Values.Select(entry => (entry.Name, entry.Path ?? entry.UrlVariable ?? entry.Url!))
        : [];
}

/// <summary>Suggests the labels in use.</summary>
internal sealed class LabelCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        from label in engine.SuggestLabels(typed.Word)
        select (label.Label, $"{label.Database} {DisplayFormat.Time(label.SnapshotAt)}");
}

/// <summary>Suggests the ids of restores, newest first.</summary>
internal sealed class RestoreIdCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.ListRestores().Select(r => (r.RestoreId, $"{r.Status} {r.Target} {DisplayFormat.Time(r.StartedAt)}"));
}

/// <summary>Suggests the ids of drills and tests, newest first.</summary>
internal sealed class DrillIdCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.ListDrills(new DrillQuery()).Select(drill =>
            (drill.DrillId, $"{drill.Kind} {drill.Status} {drill.Database} {DisplayFormat.Time(drill.StartedAt)}"));
}

/// <summary>Suggests the names of the jobs of postry.json.</summary>
internal sealed class JobNameCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.Settings.Configuration is var configuration && configuration.IsValid(ConfigurationSections.Jobs)
            ? configuration.Jobs.Values.Select(job => (job.Name, string.Join(", ", job.Steps.Select(step => step.Kind)))) : [];
}

/// <summary>Suggests the names of settings.</summary>
internal sealed class SettingNameCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.ListSettings().Select(setting => (setting.Name, $"{setting.Value} ({setting.Source})".TrimStart()));
}

/// <summary>Suggests the names of the smoke checks of postry.json.</summary>
internal class SmokeNameCompleter : CatalogCompleter
{
    private protected virtual bool IsMeant(SmokePlan plan) => true;

    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.PlanSmoke(new SmokeRequest()).Where(IsMeant).Select(plan => (plan.Name, $"{plan}"));
}

/// <summary>Suggests the names of the smoke checks that ask the data of a database.</summary>
internal sealed class DataSmokeNameCompleter : SmokeNameCompleter
{
    private protected override bool IsMeant(SmokePlan plan) => plan.Kind.AsksData();
}

/// <summary>Suggests the names of the destinations in postry.json; PowerShell itself completes folders.</summary>
internal sealed class DestinationCompleter : CatalogCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        engine.FindDestinations(null, path => path).Select(to => (to.Name!, to.Path));
}
