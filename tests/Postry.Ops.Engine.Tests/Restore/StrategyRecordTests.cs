using System.Text.Json;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>The strategy of a restore in its record and in a request.</summary>
public sealed class StrategyRecordTests
{
    [Theory]
    [InlineData(RestoreStrategy.Swap, "Swap")]
    [InlineData(RestoreStrategy.Schema, "Schema")]
    [InlineData(RestoreStrategy.InPlace, "InPlace")]
    [InlineData(RestoreStrategy.New, "New")]
    [InlineData(RestoreStrategy.Contents, "Contents")]
    [InlineData(RestoreStrategy.File, "File")]
    [InlineData(RestoreStrategy.Files, "Files")]
    public void A_record_holds_the_word_that_earlier_versions_wrote(RestoreStrategy strategy, string word)
    {
        using var work = new Workspace();
        var file = work["restore-20260101T000000Z-one.json"];
        RestoreRecords.Save(new RestoreRecord
        {
            RestoreId = "one",
            BackupId = "set",
            Database = "app",
            Mode = DatabaseMode.Sqlite,
            Target = "/app.db",
            Status = RestoreStatus.Committed,
            BackupFile = "/app.db.gz",
            SnapshotAt = DateTime.UnixEpoch,
            StartedAt = DateTime.UnixEpoch,
            Strategy = strategy,
            RecordFile = file,
        });
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal(word, json.RootElement.GetProperty("strategy").GetString());
        Assert.Equal(strategy, RestoreRecords.TryRead(file)!.Strategy);
    }

    [StockFact]
    public async Task A_record_with_an_unknown_strategy_is_named_as_unreadable_and_hides_no_other()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var set = await work.BackUpAsync(app);
        var first = await work.RestoreAsync(set.Id, app);
        var second = await work.RestoreAsync(set.Id, app);
        var text = File.ReadAllText(second.RecordFile!);
        Assert.Contains("\"strategy\": \"Contents\"", text, StringComparison.Ordinal);
        File.WriteAllText(second.RecordFile!, text.Replace("\"Contents\"", "\"Teleport\"", StringComparison.Ordinal));

        Assert.Equal(first.RestoreId, Assert.Single(work.Engine.ListRestores()).RestoreId);
        var error = await Assert.ThrowsAsync<SourceNotFoundException>(() => work.UndoAsync(second.RestoreId));
        Assert.Contains($"The record of the restore {second.RestoreId} cannot be read: {second.RecordFile}", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("There is no restore", (await Assert.ThrowsAsync<SourceNotFoundException>(() => work.UndoAsync("none"))).Message,
            StringComparison.Ordinal);
    }

    [StockTheory]
    [InlineData(RestoreStrategy.New)]
    [InlineData(RestoreStrategy.Contents)]
    [InlineData(RestoreStrategy.File)]
    [InlineData(RestoreStrategy.Files)]
    [InlineData((RestoreStrategy)99)]
    public async Task A_request_cannot_name_a_strategy_that_only_describes_a_result(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a);");
        var set = await work.BackUpAsync(app);
        var error = await Assert.ThrowsAsync<InvalidRequestException>(() => work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(app),
            Postgres = new PostgresRestoreOptions { Strategy = strategy },
        }));
        Assert.Contains($"The strategy {strategy} cannot be requested", error.Message, StringComparison.Ordinal);
        Assert.Contains("Auto, Swap, Schema, InPlace", error.Hint, StringComparison.Ordinal);
    }
}
