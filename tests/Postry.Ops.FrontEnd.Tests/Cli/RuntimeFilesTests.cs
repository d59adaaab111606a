using System.Diagnostics;
using System.Text.Json;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Runtime files from the console: archived with a database and alone, restored with it and alone, and undone.</summary>
public sealed class RuntimeFilesTests : IDisposable
{
    private const string Archived = "SECRET_KEY=hush-archived\nDATABASE_URL=sqlite:///hush-old.db\nOLD_FLAG=hush-gone\n";
    private const string Live = "SECRET_KEY=hush-live\nDATABASE_URL=sqlite:///hush-new.db\nNEW_FLAG=hush-new\n";
    private const string Restored = "SECRET_KEY=hush-archived\nDATABASE_URL=sqlite:///hush-new.db\nOLD_FLAG=hush-gone\n";

    private readonly Sandbox _sandbox = new();

    public RuntimeFilesTests()
    {
        Directory.CreateDirectory(_sandbox.Path("scripts"));
        Write(".env", Archived);
        Write("docker-compose.yml", "services: {}\n");
        Write("scripts/deploy.sh", "echo 1\n");
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_database_and_its_runtime_files_come_back_as_one_and_undo_puts_both_back()
    {
        var database = _sandbox.MakeDatabase();
        var good = Sandbox.Contents(database);
        var set = await _sandbox.BackUpAsync(database);
        Assert.Equal(3, set.GetProperty("runtime").GetProperty("files").GetInt32());
        Assert.Equal([".env", "docker-compose.yml", "scripts/", "scripts/deploy.sh"], Tar(Text(set.GetProperty("runtime"), "file")));

        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        Edit();
        var before = Files();
        var record = await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--with-runtime", "--force");
        Assert.Equal("Committed", Text(record, "status"));
        Assert.Equal(good, Sandbox.Contents(database));
        Assert.Equal(Restored, Read(".env"));
        Assert.Equal("services: {}\n", Read("docker-compose.yml"));
        Assert.Equal("echo 1\n", Read("scripts/deploy.sh"));
        Assert.Equal(["Changed", "New", "Same", "Changed"],
            record.GetProperty("runtime").GetProperty("files").EnumerateArray().Select(file => Text(file, "change")));

        Assert.Equal("Undone", Text(await _sandbox.JsonAsync(0, "undo", "--latest", "--path", database, "--force"), "status"));
        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Only_the_database_is_restored_unless_the_runtime_files_are_asked_for()
    {
        var database = _sandbox.MakeDatabase();
        var good = Sandbox.Contents(database);
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        Edit();
        var before = Files();
        var plan = await _sandbox.RunAsync("restore", "--latest", "--path", database, "--what-if");
        Assert.Contains("--with-runtime restores them as well", plan.Output);
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");
        Assert.Equal(good, Sandbox.Contents(database));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task The_plan_names_files_and_keys_and_nothing_prints_a_value()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Edit();
        var files = _sandbox.Snapshot();
        var plan = await _sandbox.RunAsync("restore", "--latest", "--path", database, "--with-runtime", "--what-if", "--verbose");
        Assert.Equal(0, plan.ExitCode);
        Assert.Contains(".env (changed: adds OLD_FLAG; changes SECRET_KEY; removes NEW_FLAG; keeps live DATABASE_URL)", plan.Output);
        Assert.Contains("docker-compose.yml (new)", plan.Output);
        Assert.Equal(files, _sandbox.Snapshot());

        PostryResult[] said =
        [
            plan,
            await _sandbox.RunAsync("restore", "--latest", "--path", database, "--with-runtime", "--what-if", "--json"),
            await _sandbox.RunAsync("restore", "--latest", "--path", database, "--with-runtime", "--force", "--verbose"),
            await _sandbox.RunAsync("restores", "--json"),
            await _sandbox.RunAsync("undo", "--latest", "--force", "--verbose"),
        ];
        Assert.All(said, result => Assert.Equal(0, result.ExitCode));
        Assert.Contains("Runtime files", said[2].Output);
        Assert.All(said, result => Assert.DoesNotContain("hush", result.Output + result.Errors));
    }

    [Fact]
    public async Task Without_consent_nothing_is_touched()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Edit();
        var files = _sandbox.Snapshot();
        var refused = await _sandbox.JsonAsync(4, "restore-runtime", "--latest");
        Assert.Equal("ConfirmationRequired", Text(refused.GetProperty("error"), "id"));
        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task Runtime_files_alone_are_backed_up_listed_tested_restored_and_undone()
    {
        var set = await _sandbox.JsonAsync(0, "backup-runtime", "--label", "rotation");
        Assert.Equal(("runtime", "Complete"), (Text(set, "mode"), Text(set, "status")));
        Assert.Equal(Text(set, "id"), Text(Assert.Single((await _sandbox.JsonAsync(0, "list", "--mode", "runtime")).EnumerateArray()),
            "id"));
        Assert.Equal("Passed", Text(await _sandbox.JsonAsync(0, "test", "--id", Text(set, "id"), "--level", "Restore"), "status"));

        Edit();
        var before = Files();
        var record = await _sandbox.JsonAsync(0, "restore-runtime", "--latest", "--force");
        Assert.Equal(("runtime", "Committed"), (Text(record, "mode"), Text(record, "status")));
        Assert.Equal(Restored, Read(".env"));
        Assert.Contains("files of ", (await _sandbox.RunAsync("restores")).Output);
        Assert.Single((await _sandbox.JsonAsync(0, "previous-copies", "--path", _sandbox.Folder)).EnumerateArray());

        var undone = await _sandbox.RunAsync("undo", "--latest", "--path", _sandbox.Folder, "--force");
        Assert.Equal(0, undone.ExitCode);
        Assert.DoesNotContain("no answer", undone.Output);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task The_runtime_files_of_a_database_s_backup_are_restored_alone_by_its_id()
    {
        var database = _sandbox.MakeDatabase();
        var id = Text(await _sandbox.BackUpAsync(database), "id");
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        Edit();
        await _sandbox.JsonAsync(0, "restore-runtime", "--id", id, "--force");
        Assert.Equal(Restored, Read(".env"));
        Assert.Equal(damaged, Sandbox.Contents(database));
    }

    [Fact]
    public async Task An_archive_of_its_own_takes_the_place_of_the_set_s()
    {
        var database = _sandbox.MakeDatabase();
        var id = Text(await _sandbox.BackUpAsync(database), "id");
        Edit();
        var newer = Text(await _sandbox.JsonAsync(0, "backup-runtime"), "backupFile");
        Write("scripts/deploy.sh", "broken");
        await _sandbox.JsonAsync(0, "restore", "--id", id, "--path", database, "--runtime-backup-file", newer, "--force");
        Assert.Equal("echo 2\n", Read("scripts/deploy.sh"));
        Assert.Equal(Live, Read(".env"));
    }

    [Fact]
    public async Task A_backup_without_runtime_files_says_so_everywhere()
    {
        var database = _sandbox.MakeDatabase();
        var id = Text(await _sandbox.BackUpAsync(database, "--no-runtime"), "id");
        Assert.Matches(@" none +Complete", (await _sandbox.RunAsync("list")).Output);
        Assert.Contains("without runtime files, as the command or runtime.enabled in postry.json said",
            (await _sandbox.RunAsync("list", "--id", id)).Output);
        Assert.Contains("without runtime files, as the command or runtime.enabled in postry.json said",
            (await _sandbox.RunAsync("test", "--id", id)).Output);
        var refused = await _sandbox.JsonAsync(2, "restore", "--id", id, "--path", database, "--with-runtime", "--force");
        Assert.Equal("InvalidRequest", Text(refused.GetProperty("error"), "id"));
    }

    [Fact]
    public async Task Patterns_choose_leave_out_and_require()
    {
        var set = await _sandbox.JsonAsync(0, "backup-runtime", "--runtime-path", ".env", "--runtime-path", "scripts", "--runtime-path",
            "nothing.yml", "--exclude-runtime-path", "scripts/*.sh");
        Assert.Equal([".env", "scripts/"], Tar(Text(set, "backupFile")));
        Assert.Equal("nothing.yml", Assert.Single(set.GetProperty("runtime").GetProperty("missing").EnumerateArray()).GetString());

        var failed = await _sandbox.JsonAsync(1, "backup", "--path", _sandbox.MakeDatabase(), "--required-runtime-path", "backend/.env");
        Assert.Equal("SourceNotFound", Text(failed.GetProperty("error"), "id"));
        Assert.Contains("backend/.env", Text(failed.GetProperty("error"), "message"));
        Assert.Single((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
    }

    [Fact]
    public async Task What_leads_out_of_the_repo_root_is_refused_by_name_and_the_hint_is_an_option_of_this_console()
    {
        File.CreateSymbolicLink(_sandbox.Path("scripts/outside"), "/etc/hostname");
        var refused = await _sandbox.RunAsync("backup-runtime");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("scripts/outside", refused.Errors);
        Assert.Contains("--exclude-runtime-path", refused.LastErrorLine);
    }

    [Fact]
    public async Task What_if_says_how_many_and_writes_nothing()
    {
        var files = _sandbox.Snapshot();
        var plan = await _sandbox.RunAsync("backup-runtime", "--what-if");
        Assert.Contains("3 files; nothing matches backend/.env", plan.Output);
        Assert.Equal(files, _sandbox.Snapshot());
    }

    [Fact]
    public async Task An_interrupted_restore_of_both_leaves_both_as_they_were()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database);
        Sandbox.Damage(database);
        var damaged = Sandbox.Contents(database);
        Edit();
        var before = Files();
        using var postry = _sandbox.Start("restore", "--latest", "--path", database, "--with-runtime", "--before-swap",
            "touch waiting; sleep 20", "--force", "--json");
        for (var tries = 0; tries < 300 && !File.Exists(_sandbox.Path("waiting")); tries++) await Task.Delay(50);
        postry.Interrupt();
        var result = await postry.EndAsync();
        Assert.True(result.ExitCode == 130, result.ToString());
        File.Delete(_sandbox.Path("waiting"));
        Assert.Equal(damaged, Sandbox.Contents(database));
        Assert.Equal(before, Files());
    }

    private void Edit()
    {
        Write(".env", Live);
        Write("scripts/deploy.sh", "echo 2\n");
        File.Delete(_sandbox.Path("docker-compose.yml"));
    }

    private void Write(string name, string text) => File.WriteAllText(_sandbox.Path(name), text);

    private string Read(string name) => File.ReadAllText(_sandbox.Path(name));

    /// <summary>Every file of the folder but the database and the backups, with the hash of its bytes.</summary>
    private Dictionary<string, string> Files() => _sandbox.Snapshot()
        .Where(file => !file.Key.StartsWith(_sandbox.Backups, StringComparison.Ordinal)
            && !Path.GetFileName(file.Key).StartsWith("app.db", StringComparison.Ordinal))
        .ToDictionary();

    /// <summary>The entries that stock tar finds in an archive.</summary>
    private static string[] Tar(string archive)
    {
        using var tar = Process.Start(new ProcessStartInfo("tar", ["-tzf", archive]) { RedirectStandardOutput = true })!;
        var names = tar.StandardOutput.ReadToEnd();
        tar.WaitForExit();
        Assert.Equal(0, tar.ExitCode);
        return names.TrimEnd('\n').Split('\n');
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
