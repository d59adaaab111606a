using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Demo;

/// <summary>Describes the steps of a demonstration in lines of text.</summary>
internal static class DemoText
{
    public static string Sample(SampleFacts facts, long bytes) =>
        $"{Units.Count(facts.Users)} users and {Units.Count(facts.Posts)} posts, {Units.Bytes(bytes)}, in write-ahead log mode";

    public const string Damage = "every third post deleted, every seventh emptied, a quarter of the users gone, an index dropped";

    public static string Backup(BackupSet set, WriterReport meanwhile) => $"""
        backup {set.Id}: {Units.Bytes(set.SourceBytes)} became {Units.Bytes(set.SizeBytes)}
        {Units.Count(set.Tables.Sum(table => table.Rows))} rows in {set.Tables.Count} tables are fingerprinted and signed
        the writer committed {Units.Count(meanwhile.Commits)} times meanwhile; its longest commit took {Units.Duration(meanwhile.Longest)}
        """;

    public static string Comparison(DatabaseComparison comparison) => string.Join('\n', comparison.Tables.Select(Line)
        .Concat(comparison.Schema.Select(change => $"{change.Type} {change.Name}: {change.Difference}")));

    public static string Restore(RestoreRecord record) => $"""
        restore {record.RestoreId}: {record.Status}; no writes were possible for {Units.Duration(record.Unavailable)}
        the damaged database is kept: {Path.GetFileName(record.PreviousCopy)}
        """;

    public static string Proofs(IEnumerable<Proof> proofs) => string.Join('\n', proofs.Select(proof =>
        proof.Passed ? $"holds  {proof.Name}: {proof.Actual}" : $"FAILS  {proof.Name}: {proof.Actual}, expected {proof.Expected}"));

    public static string Resumed(WriterReport since, SampleFacts facts) =>
        $"{Units.Count(since.Commits)} commits by the same connection; now {Units.Count(facts.Posts)} posts, integrity {facts.Integrity}";

    public static string Verdict(DemoReport report) => report.Passed
        ? $"Proven: every row of the backup is back. {report.Proofs.Count} proofs hold, {Units.Duration(report.Duration)} in all."
        : $"NOT PROVEN: {string.Join("; ", report.Proofs.Where(proof => !proof.Passed).Select(proof => proof.Name))}.";

    private static string Line(TableComparison table) =>
        $"{table.Name,-8} live {Units.Count(table.LiveRows),9}   backup {Units.Count(table.BackupRows),9}   {table.Difference}";
}
