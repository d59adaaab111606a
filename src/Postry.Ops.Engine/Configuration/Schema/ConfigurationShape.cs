using Postry.Ops.Engine.Configuration.Parsing;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The whole of postry.json.</summary>
internal static class ConfigurationShape
{
    // A section loses this sentence from its description as soon as the product acts on it.
    private const string NotYet = " The section is read and checked; this version does not act on it yet.";

    public static readonly ObjectShape<RuntimeConfiguration> Runtime =
        new ObjectShape<RuntimeConfiguration>(new(), "the runtime files that belong to a backup")
        .Add("enabled", ConfigTypes.Switch, r => r.Enabled, (r, v) => r with { Enabled = v }, "Whether a backup also holds runtime files.")
        .Add("include", ConfigTypes.List(ConfigTypes.Pattern, "patterns"), r => r.Include, (r, v) => r with { Include = v },
            "The files, as paths and patterns relative to the repo root: * and ? stay within a folder, ** crosses folders. A pattern " +
                "that finds nothing is listed as missing. This list replaces the default list.")
        .Add("exclude", ConfigTypes.List(ConfigTypes.Pattern, "patterns"), r => r.Exclude, (r, v) => r with { Exclude = v },
            "Patterns of files to leave out although 'include' finds them.")
        .Add("required", ConfigTypes.List(ConfigTypes.Pattern, "patterns"), r => r.Required, (r, v) => r with { Required = v },
            "Paths and patterns that must each find a file; otherwise the backup fails.")
        .Add("keepOnRestore", ConfigTypes.List(ConfigTypes.EnvironmentKey, "names of keys"), r => r.KeepOnRestore, (r, v) =>
            r with { KeepOnRestore = [.. RuntimeSelection.DefaultKeepOnRestore.Union(v)] },
            "Keys of env files that keep their live values when runtime files are restored, in addition to those of the " +
                "default list, which always keep them.");

    public static readonly ObjectShape<DiskObjectives> Disk = new ObjectShape<DiskObjectives>(new(), "shares of the disk in percent")
        .Add("minimumFree", ConfigTypes.Percent, d => d.MinimumFree, (d, v) => d with { MinimumFree = v },
            "How much of the disk with the backups should stay free, in percent such as \"50%\".")
        .Add("warnUsed", ConfigTypes.Percent, d => d.WarnUsed, (d, v) => d with { WarnUsed = v },
            "The share in use from which the recovery status is Warning, in percent.")
        .Add("criticalUsed", ConfigTypes.Percent, d => d.CriticalUsed, (d, v) => d with { CriticalUsed = v },
            "The share in use from which the recovery status is Critical, in percent.")
        .Check((disk, item, path, reading) =>
        {
            if (disk.WarnUsed > disk.CriticalUsed)
                reading.Add((item["warnUsed"] ?? item["criticalUsed"] ?? item).Origin,
                    $"{path}.warnUsed ({disk.WarnUsed}%) is above {path}.criticalUsed ({disk.CriticalUsed}%).");
        });

    public static readonly ObjectShape<Objectives> Objectives =
        new ObjectShape<Objectives>(new(), "the objectives of backups and restores")
        .Add("rpo", ConfigTypes.Duration, o => o.Rpo, (o, v) => o with { Rpo = v },
            "Recovery point objective: how old the newest good backup may be. A number with s, m, h, d or w, such as \"24h\".")
        .Add("rto", ConfigTypes.Duration, o => o.Rto, (o, v) => o with { Rto = v },
            "Recovery time objective: how long a restore may take. A number with s, m, h, d or w, such as \"60m\".")
        .Add("drillEvery", ConfigTypes.Duration, o => o.DrillEvery, (o, v) => o with { DrillEvery = v },
            "How long after a passed restore drill the next one is due. A number with s, m, h, d or w, such as \"31d\".")
        .Add("maximumSize", ConfigTypes.Size, o => o.MaximumSize, (o, v) => o with { MaximumSize = v },
            "The size that a backup is expected to stay under. A number with B, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB " +
            "(powers of 1024).")
        .Add("disk", Disk, o => o.Disk, (o, v) => o with { Disk = v }, "The limits for the use of the disk with the backups.");

    public static readonly ObjectShape<RetentionPolicy> Retention =
        new ObjectShape<RetentionPolicy>(new(), "the rules by which backups are kept")
        .Add("keepLast", ConfigTypes.Number(0, 10000), r => r.KeepLast, (r, v) => r with { KeepLast = v },
            "The number of newest backups that are kept, however old they are.")
        .Add("keepHourly", ConfigTypes.Number(0, 10000), r => r.KeepHourly, (r, v) => r with { KeepHourly = v },
            "The number of hours with backups of which the newest backup is kept.")
        .Add("keepDaily", ConfigTypes.Number(0, 10000), r => r.KeepDaily, (r, v) => r with { KeepDaily = v },
            "The number of days with backups of which the newest backup is kept.")
        .Add("keepWeekly", ConfigTypes.Number(0, 10000), r => r.KeepWeekly, (r, v) => r with { KeepWeekly = v },
            "The number of weeks with backups of which the newest backup is kept.")
        .Add("keepMonthly", ConfigTypes.Number(0, 10000), r => r.KeepMonthly, (r, v) => r with { KeepMonthly = v },
            "The number of months with backups of which the newest backup is kept.")
        .Add("keepYearly", ConfigTypes.Number(0, 10000), r => r.KeepYearly, (r, v) => r with { KeepYearly = v },
            "The number of years with backups of which the newest backup is kept.")
        .Add("keepWithin", ConfigTypes.Duration, r => r.KeepWithin, (r, v) => r with { KeepWithin = v },
            "How much older than the newest backup one may be to be kept. A number with s, m, h, d or w, such as \"30d\".")
        .Add("keepWithinHourly", ConfigTypes.Duration, r => r.KeepWithinHourly, (r, v) => r with { KeepWithinHourly = v },
            "The time before the newest backup in which the newest backup of each hour is kept. A number with s, m, h, d or w.")
        .Add("keepWithinDaily", ConfigTypes.Duration, r => r.KeepWithinDaily, (r, v) => r with { KeepWithinDaily = v },
            "The time before the newest backup in which the newest backup of each day is kept. A number with s, m, h, d or w.")
        .Add("keepWithinWeekly", ConfigTypes.Duration, r => r.KeepWithinWeekly, (r, v) => r with { KeepWithinWeekly = v },
            "The time before the newest backup in which the newest backup of each week is kept. A number with s, m, h, d or w.")
        .Add("keepWithinMonthly", ConfigTypes.Duration, r => r.KeepWithinMonthly, (r, v) => r with { KeepWithinMonthly = v },
            "The time before the newest backup in which the newest backup of each month is kept. A number with s, m, h, d or w.")
        .Add("keepWithinYearly", ConfigTypes.Duration, r => r.KeepWithinYearly, (r, v) => r with { KeepWithinYearly = v },
            "The time before the newest backup in which the newest backup of each year is kept. A number with s, m, h, d or w.")
        .Add("minimumAge", ConfigTypes.Duration, r => r.MinimumAge, (r, v) => r with { MinimumAge = v },
            "How much older than the newest good backup one must be before it may be removed. A number with s, m, h, d or w.")
        .Add("previousCopies", ConfigTypes.Duration, r => r.PreviousCopies, (r, v) => r with { PreviousCopies = v },
            "How much older than the newest good backup a copy that a restore or an undo kept must be before a prune removes it; " +
            "\"0s\": no prune removes copies. A number with s, m, h, d or w.")
        .Add("timeZone", ConfigTypes.TimeZone, r => r.TimeZone, (r, v) => r with { TimeZone = v },
            "The time zone whose hours, days, weeks, months and years are counted, such as \"UTC\" or \"Europe/Berlin\".");

    public static readonly ObjectShape<PlausibilityRules> Plausibility = new ObjectShape<PlausibilityRules>(
            new(), "how much of the backup before it a new one must hold")
        .Add("enabled", ConfigTypes.Switch, p => p.Enabled, (p, v) => p with { Enabled = v },
            "Whether a new backup is compared with the newest good one of its database.")
        .Add("minimumRows", ConfigTypes.Percent, p => p.MinimumRows, (p, v) => p with { MinimumRows = v },
            "How much of the rows of all tables together must be left, in percent such as \"50%\". "
            + "\"0%\" leaves only the rule that some rows must be left.")
        .Add("minimumTables", ConfigTypes.Percent, p => p.MinimumTables, (p, v) => p with { MinimumTables = v },
            "How many of the tables that held rows must be left, in percent. "
            + "A table that replaces another one under a new name counts as that table. \"0%\" turns the rule off.")
        .Add("minimumSize", ConfigTypes.Percent, p => p.MinimumSize, (p, v) => p with { MinimumSize = v },
            "How much of the size of the data must be left, in percent; "
            + "space that is free inside a SQLite file does not count. \"0%\" turns the rule off.");

    private static readonly ObjectShape<DestinationEntry> Destination =
        new ObjectShape<DestinationEntry>(new(), "a folder for copies of backups")
        .Add("path", ConfigTypes.Path, d => d.Path.Length == 0 ? null : d.Path, (d, v) => d with { Path = v },
            "The folder, relative to the repo root. It must be there: a share that is not mounted is not replaced by a folder on " +
                "this disk.",
            required: true)
        .Add("timeout", ConfigTypes.Duration, d => d.Timeout, (d, v) => d with { Timeout = v },
            "How long the folder may take to answer, and how long a copy may stand still, before the copy fails. A number with s, m, h, " +
                "d or w, such as \"2m\".");

    public static readonly ObjectShape<ConfigurationValues> File = new ObjectShape<ConfigurationValues>(new(), "the configuration")
        .Add("$schema", ConfigTypes.Text, c => c.Schema, (c, v) => c with { Schema = v }, "The schema by which editors complete this file.",
            hasVariable: false)
        .Add("backupRoot", ConfigTypes.Path, c => c.BackupRoot, (c, v) => c with { BackupRoot = v },
            "The folder of the backups, relative to the repo root. By default backups.")
        .Add("waitTimeout", ConfigTypes.Duration, c => c.WaitTimeout, (c, v) => c with { WaitTimeout = v },
            "How long a command waits for another one that writes to the backup root or restores the same database: a number with s, m, "
            + "h, d or w, such as \"10m\". \"0s\" (the default) waits for some seconds only.")
        .Add("databases", new MapShape<DatabaseEntry>(DatabaseShapes.Entry, "databases by name", DatabaseShapes.NameProblem,
            "^(?!.*://)[^*?\\[\\]\\x00-\\x1f\\x7f-\\x9f]+$"), c => c.Databases,
            (c, v) => c with { Databases = v.ToDictionary(pair => pair.Key, pair => pair.Value with { Name = pair.Key }) },
            "The databases by the names that commands take and that their backups have.", hasVariable: false)
        .Add("destinations", new MapShape<DestinationEntry>(Destination, "folders by name", DestinationNameProblem,
            "^[A-Za-z0-9][A-Za-z0-9_.-]*$"), c => c.Destinations,
            (c, v) => c with { Destinations = v.ToDictionary(pair => pair.Key, pair => pair.Value with { Name = pair.Key }) },
            "The folders that get a copy of every backup, by the names that commands take.", hasVariable: false)
        .Add("tags", new MapShape<string>(ConfigTypes.Tag, "tags by their keys", BackupTags.KeyProblem, BackupTags.KeyPattern), c => c.Tags,
            (c, v) => c with { Tags = v },
            "Tags that every backup gets, such as \"site\": \"berlin\"; a command may give the same tag another value.", hasVariable: false)
        .Add("runtime", Runtime, c => c.Runtime, (c, v) => c with { Runtime = v },
            "The runtime files that belong to a backup: files that the application needs and git does not hold.")
        .Add("objectives", Objectives, c => c.Objectives, (c, v) => c with { Objectives = v },
            "The objectives of backups and restores, which the recovery status judges by.")
        .Add("retention", Retention, c => c.Retention, (c, v) => c with { Retention = v },
            "The rules that keep backups: a backup stays if one rule keeps it.")
        .Add("plausibility", Plausibility, c => c.Plausibility, (c, v) => c with { Plausibility = v },
            "When a new backup is Suspicious: it holds much less than the newest good one of the same database, "
            + "so that it may have been made after a loss of data.")
        .Add("smoke", SmokeShapes.All, c => c.Smoke, (c, v) => c with { Smoke = v }, "The smoke checks of the application and its data.",
            hasVariable: false)
        .Add("jobs", new MapShape<JobEntry>(JobShapes.Job, "jobs by name", JobShapes.NameProblem, JobShapes.NamePattern), c => c.Jobs,
            (c, v) => c with { Jobs = v.ToDictionary(pair => pair.Key, pair => pair.Value with { Name = pair.Key }) },
            "The jobs by the names that commands take: what is done one after another, for example every night.", hasVariable: false)
        .Add("notifications", NotificationShapes.All, c => c.Notifications, (c, v) => c with { Notifications = v },
            "The targets of notifications." + NotYet, hasVariable: false)
        .Check(RequireKnownDatabases, evenIfBroken: true)
        .Check(JobShapes.RequireKnownNames, evenIfBroken: true)
        .Check(RequireDifferentTags, evenIfBroken: true);

    // A name must not look like a path, which commands take in the same place.
    private static string? DestinationNameProblem(string name) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? null
        : "is to begin with a letter or a digit, and to hold only letters, digits, _ . and -";

    private static void RequireDifferentTags(ConfigurationValues _, JsonItem file, string path, ConfigurationReading reading)
    {
        var outer = reading.Section;
        reading.Section = ConfigurationSections.Tags;
        var tags = file["tags"]?.Members ?? [];
        foreach (var again in tags.GroupBy(tag => tag.Name, StringComparer.OrdinalIgnoreCase).SelectMany(group => group.Skip(1)))
            if (tags.Count(tag => tag.Name == again.Name) == 1)
                reading.Add(again.Origin,
                    $"The tag '{NearestName.Shown(again.Name)}' occurs already, in other capitals, which do not count: keep one of them.");
        if (tags.Count > BackupTags.Most)
            reading.Add(tags[BackupTags.Most].Origin, $"tags has more than {BackupTags.Most} tags, the most that a backup has.");

        reading.Section = outer;
    }

    private static void RequireKnownDatabases(ConfigurationValues _, JsonItem file, string path, ConfigurationReading reading)
    {
        var outer = reading.Section;
        reading.Section = ConfigurationSections.Smoke;
        var names = (file["databases"]?.Members ?? []).Select(member => member.Name).ToList();
        foreach (var check in new[] { "sql", "tables", "freshness" }.SelectMany(kind => file["smoke"]?[kind]?.Items ?? []))
        {
            if (check["database"] is not { Kind: JsonKind.Text } named || names.Contains(named.Text)) continue;
            var nearest = NearestName.To(named.Text, names);
            reading.Add(named.Origin,
                $"There is no database '{NearestName.Shown(named.Text)}' in " +
                $"databases{(nearest is null ? "." : $"; did you mean '{nearest}'?")}");
        }

        reading.Section = outer;
    }
}
