using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>An undo brings the kept copy back, and keeps it, whatever has become of the live file meanwhile.</summary>
public sealed class UndoOverLossTests
{
    [StockTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_undo_works_where_the_live_file_is_gone_or_destroyed(bool destroyed)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(app, mode);
        var set = await work.BackUpAsync(app);
        Commands.Sqlite(app, "INSERT INTO t VALUES (2);");
        var before = Commands.Dump(app);
        var record = await work.RestoreAsync(set.Id, app);

        if (destroyed) File.WriteAllText(app, new string('x', 5000));
        else File.Delete(app);
        var undone = await work.UndoAsync(record.RestoreId);

        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(before, Commands.Dump(app));
        Assert.Equal(before, Commands.Dump(record.PreviousCopy!));
        if (!OperatingSystem.IsWindows()) Assert.Equal(mode, File.GetUnixFileMode(app));
        if (destroyed) Assert.Equal(new string('x', 5000), File.ReadAllText(undone.UndoneCopy!));
        else Assert.Null(undone.UndoneCopy);
    }
}
