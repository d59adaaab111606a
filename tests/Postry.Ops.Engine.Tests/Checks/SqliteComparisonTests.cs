using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Legacy;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Checks;

/// <summary>A SQLite database that stock sqlite3 has changed beside its rows does not pass for equal to the backup, and a restore makes it
/// so again.</summary>
public sealed class SqliteComparisonTests : IDisposable
{
    private const string App =
        "PRAGMA user_version = 7; PRAGMA application_id = 252006673; CREATE TABLE t (a); INSERT INTO t VALUES ('ä'), (NULL);";

    private readonly Workspace _work = new();

    private string Path => _work["app.db"];

    public void Dispose() => _work.Dispose();

    [StockTheory]
    [InlineData("PRAGMA user_version = 8;", "user_version: live 8, backup 7")]
    [InlineData("PRAGMA user_version = -1;", "user_version: live -1, backup 7")]
    [InlineData("PRAGMA application_id = -2;", "application_id: live -2, backup 252006673")]
    public async Task A_number_of_the_header_is_a_difference_that_a_restore_takes_away(string change, string says)
    {
        Commands.Sqlite(Path, App);
        var set = await _work.BackUpAsync(Path);
        var equal = await CompareAsync(set);
        Assert.Equal((TableDifference.Equal, "no differences"), (equal.Status, equal.Summary));

        Commands.Sqlite(Path, change);
        var different = await CompareAsync(set);
        Assert.Equal(TableDifference.Different, different.Status);
        Assert.Contains($"1 database property differs ({says})", different.Summary, StringComparison.Ordinal);
        Assert.All(different.Tables, table => Assert.Equal(TableDifference.Equal, table.Difference));

        var record = await _work.RestoreAsync(set.Id, Path);
        Assert.Contains(says, record.DataLoss!.Summary, StringComparison.Ordinal);
        Assert.Equal(TableDifference.Equal, (await CompareAsync(set)).Status);
        Assert.Equal("7|252006673", Commands.Sqlite(Path,
            "SELECT user_version, application_id FROM pragma_user_version, pragma_application_id;").Trim());
    }

    [StockFact]
    public async Task Another_encoding_with_the_same_rows_is_a_difference_that_a_restore_takes_away()
    {
        Commands.Sqlite(Path, App);
        var set = await _work.BackUpAsync(Path);
        File.Delete(Path);
        Commands.Sqlite(Path, $"PRAGMA encoding = 'UTF-16le'; {App}");

        var different = await CompareAsync(set);
        Assert.Equal((TableDifference.Different, 1), (different.Status, different.Properties.Count));
        Assert.Equal(new PropertyDifference("database", "encoding", "UTF-16le", "UTF-8", TableDifference.Different),
            different.Properties[0]);
        Assert.Empty(different.Schema);

        await _work.RestoreAsync(set.Id, Path);
        Assert.Equal("UTF-8", Commands.Sqlite(Path, "PRAGMA encoding;").Trim());
        Assert.Equal(TableDifference.Equal, (await CompareAsync(set)).Status);
    }

    [StockFact]
    public async Task An_undo_names_what_was_written_to_the_header_since()
    {
        Commands.Sqlite(Path, App);
        var set = await _work.BackUpAsync(Path);
        var record = await _work.RestoreAsync(set.Id, Path);
        var selector = new RestoreSelector { RestoreId = record.RestoreId };
        Assert.Equal("no changes since the restore", (await _work.Engine.PlanUndoAsync(selector)).WrittenSince!.Summary);
        Commands.Sqlite(Path, "PRAGMA user_version = 9;");
        Assert.Contains("user_version: live 9, backup 7", (await _work.Engine.PlanUndoAsync(selector)).Summary, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task Of_a_file_of_the_old_scripts_the_header_is_read_as_well()
    {
        LegacyFiles.Sqlite(_work, App);
        Commands.Sqlite(Path, App.Replace("= 7", "= 8", StringComparison.Ordinal));
        var set = LegacyFiles.Only(_work);
        Assert.Contains("user_version: live 8, backup 7", (await CompareAsync(set)).Summary, StringComparison.Ordinal);
        await _work.RestoreAsync(set.Id, Path, allowDifferentSource: true);
        Assert.Equal("no differences", (await CompareAsync(set)).Summary);
    }

    [StockFact]
    public async Task Of_a_set_without_fingerprints_equal_counts_are_not_called_equal()
    {
        Commands.Sqlite(Path, App);
        var set = await _work.BackUpAsync(Path, FingerprintKind.RowCount);
        Commands.Sqlite(Path, "UPDATE t SET a = 'other';");
        var comparison = await CompareAsync(set);
        Assert.Equal(TableDifference.Inconclusive, comparison.Status);
        Assert.Contains("1 table has as many rows as the backup, which holds no fingerprints of their values", comparison.Summary,
            StringComparison.Ordinal);
        Assert.DoesNotContain("equals", comparison.Summary, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_record_of_an_earlier_version_without_properties_is_still_read()
    {
        Commands.Sqlite(Path, App);
        var set = await _work.BackUpAsync(Path);
        var record = await _work.RestoreAsync(set.Id, Path);
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(record.RecordFile!))!;
        Assert.True(json["dataLoss"]!.AsObject().Remove("properties"));
        Assert.True(json["dataLoss"]!.AsObject().Remove("notCompared"));
        File.WriteAllText(record.RecordFile!, json.ToJsonString());
        var loss = Assert.Single(_work.Engine.ListRestores()).DataLoss!;
        Assert.Empty(loss.Properties);
        Assert.Empty(loss.NotCompared);
    }

    private Task<DatabaseComparison> CompareAsync(BackupSet set) =>
        _work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, new SqliteAddress(Path));
}
