using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>A power cut may also take the files that tell the sides of a swap apart.</summary>
public sealed class LostStageTests
{
    [StockTheory]
    [InlineData("stage", "Unknown")]
    [InlineData("previous", "Unknown")]
    [InlineData(null, "Restored")]
    public void A_file_without_its_bytes_speaks_for_no_side(string? lost, string expected)
    {
        using var work = new Workspace();
        var (live, stage, previous) = (work["app.db"], work["stage"], work["previous"]);
        Commands.Sqlite(stage,
            "CREATE TABLE same(a); INSERT INTO same SELECT printf('%0500d', value) FROM generate_series(1,500); CREATE TABLE t(a); " +
            "INSERT INTO t SELECT value FROM generate_series(1,3000);");
        File.Copy(stage, previous);
        Commands.Sqlite(previous, "UPDATE t SET a = a + 1");
        // Swapped in, which raises the schema's version.
        File.Copy(stage, live);
        Commands.Sqlite(live, "PRAGMA schema_version=7");
        if (lost is not null) File.WriteAllBytes(work[lost], new byte[new FileInfo(work[lost]).Length]);
        var journal = new RestoreJournal
        {
            Kind = JournalKind.Restore, RestoreId = "x", Step = JournalStep.Swapping, RecordFile = work["record"], TargetName = live, Stage =
                stage, Previous = previous,
            TargetExisted = true, SchemaVersion = 6, StartedAt = DateTime.UtcNow,
        };
        Assert.Equal(expected, SwapRecovery.FindSide(journal, Directory.CreateDirectory(work["scratch"]).FullName, TimeSpan.FromSeconds(5),
            CancellationToken.None).ToString());
    }
}
