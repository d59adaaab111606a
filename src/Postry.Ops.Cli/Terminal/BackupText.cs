using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Removal;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Backups and their tests as text.</summary>
internal static class BackupText
{
    public static void Plan(TextWriter writer, BackupPlan plan) => writer.WriteLine(Printable.Lines(plan.Summary));

    public static void Removal(TextWriter writer, RemovalPlan plan) => writer.WriteLine(Printable.Lines(plan.Summary));

    /// <summary>Writes one set with its tables.</summary>
    public static void One(TextWriter writer, BackupSet set)
    {
        Field(writer, "Id", set.Id);
        Field(writer, "Database", set.Database);
        if (set.Legacy) Field(writer, "Made by", "the old scripts; its time is the stamp in its name, which is UTC");
        if (set.Label is { } label) Field(writer, "Label", label);
        Field(writer, "Snapshot at", Units.Time(set.SnapshotAt));
        Deployed(writer, set.Tags, set.Deployed);
        if (set.Migration is { } migration) Field(writer, "Migration", migration);
        if (set.Scope is { } scope) Field(writer, "NOT whole", scope);
        NotHeld(writer, set.NotHeld);
        if (set.ServerVersion is { } server) Field(writer, "Server", server);
        Field(writer, "Source", $"{set.Source} ({Units.Bytes(set.SourceBytes)})");
        Field(writer, "Backup file", $"{set.BackupFile} ({Units.Bytes(set.SizeBytes)})");
        Runtime(writer, set);
        Field(writer, "Status", set.StatusDetail is { } detail ? $"{set.Status}: {detail}" : set.Status.ToString());
        if (PinText.Of(set) is { } pin) Field(writer, "Kept", set.PinnedBy is { } by ? $"{pin} (by {by})" : pin);
        if (set.ProvenAt is { } proven) Field(writer, "Proven", $"{Units.Time(proven)} by {set.ProvenBy}");
        if (set.Plausibility is { Accepted: true } accepted) Field(writer, "Accepted", accepted.ToString());
        Field(writer, "Duration", Units.Duration(set.Duration));
        foreach (var copy in set.Copies)
            Field(writer, copy.Status == CopyStatus.Failed ? "NOT copied to" : "Copied to", copy.DestinationName is { } name
                ? $"{name} ({copy.Destination})" : copy.Destination);
        if (set.Tables.Count == 0) return;

        writer.WriteLine();
        var table = new Table("~TABLE", ">ROWS", "~FINGERPRINT");
        foreach (var content in set.Tables)
        {
            table.Add(content.Name, Units.Count(content.Rows), content.Fingerprint ?? content.Inconclusive ?? "-");
        }

        table.WriteTo(writer);
    }

    /// <summary>Writes the tags of a backup, and the version of the application that was deployed with it.</summary>
    public static void Deployed(TextWriter writer, IReadOnlyDictionary<string, string>? tags, DeployedVersion? deployed)
    {
        if (DeployedText.Tags(tags) is { } given) Field(writer, "Tags", given);
        if (DeployedText.Commit(deployed) is { } commit) Field(writer, "Deployed", commit);
        if (DeployedText.Images(deployed) is { } images) Field(writer, "Images", images);
    }

    /// <summary>Writes what a set does not hold, a line each.</summary>
    public static void NotHeld(TextWriter writer, IReadOnlyList<Omission> omissions)
    {
        foreach (var omission in omissions) Field(writer, "Not held", omission.ToString());
    }

    /// <summary>Writes the runtime files of a set, the files that are missing, or the reason why the set has none.</summary>
    private static void Runtime(TextWriter writer, BackupSet set)
    {
        var runtime = set.Runtime;
        Field(writer, "Runtime files", runtime.Absent ?? $"{FilesOf(set)}, in {runtime.File} ({Units.Bytes(runtime.SizeBytes)})");
        if (runtime.Missing.Count > 0) Field(writer, "No match", string.Join(", ", runtime.Missing));
    }

    /// <summary>Writes on a line whether a set is pinned.</summary>
    public static void Pin(TextWriter writer, BackupSet set) => writer.WriteLine(Printable.Line(
        $"{set.Id} of {set.Database}, taken {Units.Time(set.SnapshotAt)}, is {PinText.Of(set) ?? "not pinned"}."));

    /// <summary>Sets as a table, in the order given.</summary>
    public static void Many(TextWriter writer, IReadOnlyList<BackupSet> sets)
    {
        if (sets.Count == 0)
        {
            writer.WriteLine("No backups.");
            return;
        }

        var table = new Table("ID", "~DATABASE", "SNAPSHOT AT", ">SIZE", "->SOURCE", "->ROWS", ">FILES", "STATUS", "~LABEL");
        foreach (var set in sets)
        {
            table.Add(set.Id, Name(set), Units.Time(set.SnapshotAt), Units.Bytes(set.SizeBytes), Units.Bytes(set.SourceBytes), Rows(set),
                FilesOf(set), set.Status.ToString(), Label(set));
        }

        table.WriteTo(writer);
    }

    /// <summary>A test's checks and verdict.</summary>
    public static void Test(TextWriter writer, VerificationReport report)
    {
        Checks(writer, report.Checks);
        writer.WriteLine();
        var name = report.Database is { } database ? $"{database}, {report.BackupFile}" : report.BackupFile;
        writer.WriteLine($"{report.Status} at level {report.Level} in {Units.Duration(report.Duration)}: {Printable.Line(name)}");
        if (report.Runtime is { } runtime) writer.WriteLine(Printable.Line($"Runtime files: {runtime}"));
        if (report.DrillId is { } evidence) writer.WriteLine($"Evidence: {evidence}");
        if (report.Scope is { } scope) writer.WriteLine(Printable.Line($"The backup is NOT the whole database: {scope}."));
        NotHeld(writer, report.NotHeld);
    }

    /// <summary>Writes checks as a table. A check that did not pass is written in full.</summary>
    public static void Checks(TextWriter writer, IReadOnlyList<Check> checks)
    {
        var table = new Table("~CHECK", "STATUS", ">TIME", "DETAIL");
        foreach (var check in checks)
            table.Add(check.Name, check.Status.ToString(), Units.Duration(check.Duration), Detail(check));
        table.WriteTo(writer);
    }

    /// <summary>A name and a value on a line.</summary>
    public static void Field(TextWriter writer, string name, string value) => writer.WriteLine($"{name,-14}{Printable.Line(value)}");

    private static string? Detail(Check check) => check.Status is CheckStatus.Passed || (check.Expected is null && check.Actual is null)
        ? check.Detail
        : $"expected {check.Expected ?? "-"}, found {check.Actual ?? "-"}{(check.Detail is null ? "" : $"; {check.Detail}")}";

    // The old scripts kept no list of what is in an archive.
    private static string FilesOf(BackupSet set) => set.Runtime.File is null ? "none" : set.Legacy ? "?" : Units.Count(set.Runtime.Files);

    private static string Name(BackupSet set) =>
        set.Scope is not null || set.NotHeld.Any(omission => omission.Lost) ? $"part of {set.Database}"
            : set is { Mode: DatabaseMode.Runtime, Legacy: false } ? $"files of {set.Database}" : set.Database;

    private static string Label(BackupSet set) => string.Join(' ', new[]
    {
        set.Legacy ? null : set.Label, set.Migration is { } migration ? $"({migration})" : null, set.Legacy ? "(old scripts)" : null,
        PinText.Short(set) is { } pin ? $"[{pin}]" : null, DeployedText.Short(set),
    }.Where(part => !string.IsNullOrEmpty(part)));

    private static string Rows(BackupSet set) => set.Mode is DatabaseMode.Runtime ? "-" : set.Fingerprint is FingerprintKind.None
        ? "?"
        : Units.Count(set.Tables.Any(table => table.Rows is null) ? null : set.Tables.Sum(table => table.Rows));
}
