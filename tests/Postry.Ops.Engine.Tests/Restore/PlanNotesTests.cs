using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>The notes that an operator reads before agreeing to a restore.</summary>
public sealed class PlanNotesTests
{
    [StockFact]
    public async Task A_newer_set_that_is_not_good_is_passed_over_and_named()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var older = await work.BackUpAsync(app);
        var newer = await work.BackUpAsync(app);
        File.Delete(newer.BackupFile);

        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = new SqliteAddress(app) });

        Assert.Equal(older.Id, plan.Backup.Id);
        Assert.Contains(plan.Notes, note => note.Contains(newer.Id) && note.Contains("Damaged"));
        Assert.Contains(newer.Id, plan.Summary);
    }

    [StockFact]
    public async Task The_commands_around_the_swap_are_shown_without_their_secrets()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a);");
        var set = await work.BackUpAsync(app);

        var plan = await work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(app),
            Hooks = new RestoreHooks { BeforeSwap = "stop --password=hunter2 web", AfterSwap = "start web" },
        });

        Assert.Contains("Before the swap this command is run: stop --password=*** web", plan.Summary);
        Assert.Contains("After the swap this command is run: start web", plan.Summary);
        Assert.DoesNotContain("hunter2", plan.Summary);
    }

    [StockFact]
    public async Task A_time_before_every_backup_is_an_error_that_lists_them()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a);");
        var set = await work.BackUpAsync(app);

        var error = await Assert.ThrowsAsync<SourceNotFoundException>(() => work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Before = set.SnapshotAt.AddDays(-1) },
            Target = new SqliteAddress(app),
        }));

        Assert.Contains(set.Id, error.Message);
        Assert.Contains("later time", error.Hint);
    }
}
