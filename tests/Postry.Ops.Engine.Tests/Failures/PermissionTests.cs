using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Failures;

/// <summary>
/// Checks what a user who is not root and may not read or write is told: AccessDenied with a next step. The commands run as children of
/// another user, because the tests may run as root.
/// </summary>
public sealed class PermissionTests
{
    [OtherUserFact]
    public void A_file_that_cannot_be_read_is_denied()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        File.SetUnixFileMode(app, UnixFileMode.None);
        AssertDenied(user.Run(work, "backup", "--path", app), app);
        AssertNothingOf(work);
    }

    [OtherUserFact]
    public void A_backup_root_that_cannot_be_written_is_denied()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        Directory.CreateDirectory(work.BackupRoot);
        File.SetUnixFileMode(work.BackupRoot,
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        AssertDenied(user.Run(work, "backup", "--path", app), work.BackupRoot);
        Assert.Empty(Directory.EnumerateFileSystemEntries(work.BackupRoot));
    }

    [OtherUserFact]
    public async Task A_backup_root_that_cannot_be_read_is_denied_and_does_not_pass_for_an_empty_one()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        var set = await work.BackUpAsync(app);
        foreach (string[] command in new string[][] { ["list"], ["test", "--latest"], ["test", "--backup-file", set.BackupFile],
            ["restore", "--id", set.Id, "--path", app, "--force"], ["remove", "--id", set.Id, "--force", "--allow-last"],
            ["restores"], ["previous-copies"],
            ["undo", "--latest", "--force"] })
            AssertDenied(user.Run(work, command), work.BackupRoot);
    }

    [OtherUserFact]
    public async Task A_user_who_may_only_read_is_told_of_an_interrupted_restore_by_the_status()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        var set = await work.BackUpAsync(app);
        var record = RestoreRecords.Save(await work.RestoreAsync(set.Id, app) with { Status = RestoreStatus.InProgress });
        var held = RestoreTarget.Of(record, work.BackupRoot).LockFile;
        File.WriteAllText(held, "");
        StockTools.Shell("chmod -R a+rX -- \"$1\"", work.Folder);
        Assert.Equal(record.RestoreId, Pending());
        using (await FileLock.AcquireAsync(held, app, TimeSpan.Zero, default))
        {
            File.SetUnixFileMode(held, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.Equal("", Pending());
        }

        string Pending() => string.Join(',', user.Run(work, "status").Json[0].GetProperty("pendingRestores").EnumerateArray());
    }

    [OtherUserFact]
    public async Task A_restore_into_a_folder_that_cannot_be_written_is_denied_before_anything_happens()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        Directory.CreateDirectory(work["data"]);
        var app = Sample(work, "data/app.db");
        var set = await work.BackUpAsync(app);
        user.Own(work.BackupRoot);
        File.SetUnixFileMode(work["data"],
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var before = StockTools.Tree(work["data"]);
        AssertDenied(user.Run(work, "restore", "--id", set.Id, "--path", app, "--force"), work["data"]);
        Assert.Equal(before, StockTools.Tree(work["data"]));
        // A backup only reads the database, so it needs no right to write.
        Assert.Equal(0, user.Run(work, "backup", "--path", app).ExitCode);
        Assert.Equal(before, StockTools.Tree(work["data"]));
    }

    [OtherUserFact]
    public async Task A_restore_over_a_file_that_cannot_be_written_is_denied_and_changes_nothing()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        var set = await work.BackUpAsync(app);
        user.Own(work.BackupRoot);
        File.SetUnixFileMode(app, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var before = StockTools.Hash(app);
        AssertDenied(user.Run(work, "restore", "--id", set.Id, "--path", app, "--force"), app);
        Assert.Equal(before, StockTools.Hash(app));
        Assert.Equal([app], Directory.EnumerateFiles(work.Folder).ToArray());
    }

    [OtherUserFact]
    public async Task A_manifest_that_cannot_be_read_is_listed_as_such_and_the_others_are_not_in_doubt()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        var app = Sample(work);
        var (closed, open) = (await work.BackUpAsync(app), await work.BackUpAsync(app));
        user.Own(work.BackupRoot);
        File.SetUnixFileMode(closed.ManifestFile, UnixFileMode.None);
        StockTools.Shell("chown 0:0 -- \"$1\"", closed.ManifestFile);
        var listed = user.Run(work, "list").Json.EnumerateArray().Select(set => set.GetProperty("status").GetString()).Order();
        Assert.Equal(["Complete", "Invalid"], listed);
        var tested = user.Run(work, "test", "--backup-file", closed.BackupFile);
        Assert.Equal("AccessDenied", tested.ErrorId);
        Assert.Equal("Passed", user.Run(work, "test", "--id", open.Id)["status"]);
    }

    [StockFact]
    public async Task What_a_backup_writes_only_its_owner_can_read()
    {
        using var work = new Workspace();
        var set = await work.BackUpAsync(Sample(work));
        await work.RestoreAsync(set.Id, work["app.db"]);
        foreach (var file in Directory.EnumerateFiles(work.BackupRoot, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        foreach (var folder in Directory.EnumerateDirectories(work.BackupRoot, "*", SearchOption.AllDirectories).Append(work.BackupRoot))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [OtherUserFact]
    public void A_runtime_file_of_somebody_else_is_denied_where_it_cannot_be_read_and_else_its_change_of_hands_is_told()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        File.WriteAllText(work[".env"], "A=1\n");
        Assert.Equal(0, user.Run(work, "backup-runtime").ExitCode);
        File.WriteAllText(work[".env"], "A=2\n");
        File.SetUnixFileMode(work[".env"], UnixFileMode.UserRead);
        AssertDenied(user.Run(work, "restore-runtime", "--latest", "--force"), work[".env"]);
        Assert.Equal("A=2\n", File.ReadAllText(work[".env"]));
        File.SetUnixFileMode(work[".env"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var restored = user.Run(work, "restore-runtime", "--latest", "--force");
        Assert.Equal(0, restored.ExitCode);
        Assert.Contains("belong to other users", restored.Error, StringComparison.Ordinal);
    }

    [OtherUserFact]
    public void A_folder_that_may_not_be_written_leaves_nothing_of_a_trial_restore_behind()
    {
        using var user = new OtherUser();
        using var work = user.Workspace();
        StockTools.Shell("cd \"$1\"; mkdir -p scripts/closed; touch scripts/closed/file; chown -R 65534:65534 scripts; chmod 555 scripts/closed",
            work.Folder);
        var id = user.Run(work, "backup-runtime")["id"]!;
        Assert.Equal("Passed", user.Run(work, "test", "--id", id, "--level", "Restore")["status"]);
        Assert.DoesNotContain(work.AllFiles(), file => file.Contains(".scratch", StringComparison.Ordinal));
    }

    private static string Sample(Workspace work, string name = "app.db")
    {
        Commands.Sqlite(work[name], "CREATE TABLE t(a); INSERT INTO t VALUES (1);");
        return work[name];
    }

    private static void AssertDenied(PostryAnswer answer, string named)
    {
        Assert.True(answer is { ExitCode: 1, ErrorId: "AccessDenied" }, $"{answer}");
        Assert.Contains(named, answer.Error, StringComparison.Ordinal);
        Assert.NotEmpty(answer.Json.GetProperty("error").GetProperty("hint").GetString()!);
    }

    private static void AssertNothingOf(Workspace work) =>
        Assert.DoesNotContain(work.AllFiles(), file => file.StartsWith("backups", StringComparison.Ordinal));
}
