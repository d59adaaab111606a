using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>The page for readers beside an evidence file: every member of the file, in Markdown.</summary>
internal static class EvidencePage
{
    private const string None = "none";

    /// <summary>The page of evidence.</summary>
    /// <param name="drill">The evidence as it is signed.</param>
    /// <param name="file">The name of its file.</param>
    public static byte[] Write(RestoreDrill drill, string file)
    {
        var page = new StringBuilder();
        page.Append(Invariant($"# {drill.Kind} {drill.DrillId}: {drill.Status}\n\n"));
        page.Append(CultureInfo.InvariantCulture, $"This page is for reading. The evidence is the signed file `{file}`.\n\n");
        Table(page, ["", ""], Facts(drill));
        List(page, "Deviations", drill.Deviations);
        List(page, "Remarks", drill.Remarks);
        Section(page, "Steps", ["Step", "Status", "Started (UTC)", "Duration", "Detail"], drill.Steps.Select(step =>
            new[] { step.Name, $"{step.Status}", Time(step.StartedAt), Duration(step.Duration), step.Detail ?? "" }));
        Section(page, "Tables", ["Table", "Rows expected", "Rows found", "Status", "Fingerprint expected", "Fingerprint found"],
            drill.Tables.Select(table => new[] { table.Name, Number(table.RowsExpected), Number(table.RowsFound), $"{table.Status}",
                table.FingerprintExpected ?? "", table.FingerprintFound ?? "" }));
        Section(page, "Checks", ["Check", "Status", "Expected", "Actual", "Detail", "Duration"], drill.Checks.Select(check =>
            new[] { check.Name, $"{check.Status}", check.Expected ?? "", check.Actual ?? "", check.Detail ?? "",
                Duration(check.Duration) }));
        Section(page, "Smoke checks of the restored data",
            ["Check", "Kind", "Target", "Status", "Expected", "Actual", "Detail", "Duration", "Attempts"], drill.Smoke.Select(smoke =>
            new[] { smoke.Name, $"{smoke.Kind}", smoke.Target, $"{smoke.Status}", smoke.Expected ?? "", smoke.Actual ?? "",
                smoke.Detail ?? "", Duration(smoke.Duration), Number(smoke.Attempts) }));
        page.Append("\n## Signatures\n\n");
        page.Append(drill.PublicKeyId is null
            ? "The file is signed with the integrity key only; it was written without an evidence key.\n"
            : $"The file is signed with the integrity key, and with the evidence key {drill.PublicKeyId}. " +
                "Whoever has the public key checks the second signature so:\n\n" +
                $"```\nopenssl dgst -sha256 -verify evidence-key.pub.pem -signature {file}{EvidenceLayout.SignatureSuffix} {file}\n```\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static IEnumerable<string[]> Facts(RestoreDrill drill)
    {
        yield return ["Database", $"{drill.Database} ({drill.Mode})"];
        yield return ["Source", drill.Source];
        yield return ["Identity of the source", drill.SourceIdentity];
        if (drill.Backup is { } backup)
        {
            yield return ["Backup", backup.IsFresh ? $"{backup.Id}, made by the drill" : backup.Id];
            yield return ["Snapshot (UTC)", Time(backup.SnapshotAt)];
            yield return ["Artefact", Invariant($"{backup.File}, {backup.SizeBytes:N0} bytes")];
            yield return ["SHA-256 of the artefact", backup.Sha256];
            if (backup.Scope is { } scope) yield return ["Part of the database", scope];
            if (DeployedText.Commit(backup.Deployed) is { } commit) yield return ["Deployed with the backup", commit];
            if (DeployedText.Images(backup.Deployed) is { } images) yield return ["Images deployed with the backup", images];
            if (DeployedText.Tags(backup.Tags) is { } tags) yield return ["Tags of the backup", tags];
            yield return ["Size of the database", Invariant($"{backup.SourceBytes:N0} bytes")];
        }
        else
        {
            yield return ["Backup", None];
        }

        yield return ["Restored to", drill.Target];
        yield return ["Started (UTC)", Time(drill.StartedAt)];
        yield return ["Ended (UTC)", drill.EndedAt is { } end ? Time(end) : "not known"];
        yield return ["Duration", Duration(drill.Duration)];
        yield return ["Host", drill.Host];
        yield return ["Software", string.Join(", ", drill.Software.Select(pair => $"{pair.Key} {pair.Value}"))];
        yield return ["Recovery point (RPO)", Objective(drill.Rpo)];
        yield return ["Recovery time (RTO)", Objective(drill.Rto)];
        yield return ["Evidence before", drill.Previous is { } previous ? $"{previous.DrillId}, SHA-256 {previous.Sha256}" : None];
        yield return ["Format", drill.Format];
    }

    private static string Objective(ObjectiveResult? result) => result is null ? None
        : $"{result.Status}: {(result.Realised is { } time ? Duration(time) : "not known")} of {Duration(result.Objective)} allowed";

    private static void List(StringBuilder page, string title, IReadOnlyList<string> items)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
        if (items.Count == 0) page.Append("None.\n");
        foreach (var item in items) page.Append(CultureInfo.InvariantCulture, $"- {Safe(item)}\n");
    }

    private static void Section(StringBuilder page, string title, string[] heads, IEnumerable<string[]> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
        var all = rows.ToList();
        if (all.Count == 0) page.Append("None.\n");
        else Table(page, heads, all);
    }

    private static void Table(StringBuilder page, string[] heads, IEnumerable<string[]> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", heads)} |\n|{string.Concat(heads.Select(_ => "---|"))}\n");
        foreach (var row in rows) page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Safe))} |\n");
    }

    // Names of tables may hold anything; none of it may look like a part of the page.
    private static string Safe(string text)
    {
        var safe = new StringBuilder();
        foreach (var character in text)
        {
            if (character is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '&' or '~' or '$') safe.Append('\\');
            // A line that begins with one of these would be a list or a heading of its own.
            if (safe.Length == 0 && character is '-' or '+' or '=') safe.Append('\\');
            if (char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)
                safe.Append(CultureInfo.InvariantCulture, $"\\\\u{(int)character:x4}");
            else safe.Append(char.IsControl(character) ? ' ' : character);
        }

        return safe.ToString();
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan time) => time.ToString(time.Days == 0 ? @"hh\:mm\:ss\.fff" : @"d\.hh\:mm\:ss\.fff",
        CultureInfo.InvariantCulture);

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "not counted";
}
