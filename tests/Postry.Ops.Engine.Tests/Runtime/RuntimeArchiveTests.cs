using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>The contents of a runtime archive, as stock tar sees them.</summary>
[Collection(nameof(ReadHooks))]
public sealed class RuntimeArchiveTests
{
    private const string Everything = "**";

    [StockFact]
    public async Task Stock_tar_brings_back_every_file_as_it_was()
    {
        using var fixture = new RuntimeFixture();
        var longName = new string('n', 200);
        fixture.Write($"scripts/{longName}/{longName}.sh", "long");
        fixture.Write("scripts/größe 漢字 \"q\" 'a' $x.txt", "unicode");
        fixture.Write("scripts/empty", "");
        StockTools.Shell(
            "chmod 4755 \"$1/scripts/empty\"; chmod 0440 \"$1/backend/.env\"; touch -d '2001-02-03 04:05:06.789 UTC' " +
            "\"$1/scripts/deploy.sh\"; mkdir -m 700 \"$1/scripts/private\"", fixture.Work.Folder);

        var set = await fixture.BackUpAsync();
        Assert.NotNull(set.Runtime.File);
        var archive = set.Runtime.File;
        Assert.Equal(Path.Combine(fixture.Work.BackupRoot, "runtime"), Path.GetDirectoryName(archive));
        Assert.Matches($"^runtime-app-[0-9]{{8}}T[0-9]{{6}}Z-{set.Id}\\.tar\\.gz$", Path.GetFileName(archive));

        // All of it by stock tar, then compared by find and sha256sum.
        var there = Directory.CreateDirectory(fixture.Work["backups/there"]).FullName;
        StockTools.Shell("tar -xpzf \"$1\" -C \"$2\"", archive, there);
        string Facts(string folder) => StockTools.Shell(
            "cd \"$1\"; find .env backend/.env docker-compose.yml scripts -printf '%p %y %m %l %T@ %U %G\\n' | LC_ALL=C sort; find .env " +
                "backend/.env docker-compose.yml scripts -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum", folder);
        // Times in a tar file have fractions of 100 ns.
        static string Times(string facts) => System.Text.RegularExpressions.Regex.Replace(facts, @"(\.[0-9]{6})[0-9]{4}", "$1");
        Assert.Equal(Times(Facts(fixture.Work.Folder)), Times(Facts(there)));

        // The manifest says the same as tar and sha256sum do.
        var manifest = ManifestReader.Read(archive + ".manifest.json", fixture.Work.Settings().Keys);
        Assert.Equal(SignatureVerdict.Valid, manifest.Signature.Verdict);
        var entries = manifest.Manifest.Runtime!.Entries;
        var listed = StockTools.Shell("tar --quoting-style=literal -tzf \"$1\"", archive).Split('\n',
            StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(listed.Select(line => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(line)).TrimEnd('/')),
            entries.Select(entry => entry.Path));
        foreach (var entry in entries.Where(entry => entry.Sha256 is not null))
            Assert.Equal(StockTools.Hash(fixture.Work[entry.Path]), entry.Sha256);
        Assert.Equal("4755", entries.Single(entry => entry.Path == "scripts/empty").Mode);
        Assert.Equal("deploy.sh", entries.Single(entry => entry.Path == "scripts/latest").Target);
        Assert.Contains(entries, entry => entry is { Path: "scripts/hooks", Kind: RuntimeEntryKind.Folder });
        Assert.Equal([".env.*", "compose*.yaml", "backend/alembic.ini"], set.Runtime.Missing);
        Assert.Equal("-rw-------", StockTools.Shell("stat -c %A \"$1\"", archive).Trim());
    }

    [StockFact]
    public async Task It_comes_back_into_an_empty_folder_as_it_was()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write("scripts/größe/a b.txt", "x");
        StockTools.Shell("chmod 500 \"$1/scripts/größe\"; chmod 0440 \"$1/backend/.env\"", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        var before = fixture.FilesNow();
        StockTools.Shell("cd \"$1\"; chmod 700 scripts/größe; rm -r .env backend docker-compose.yml scripts", fixture.Work.Folder);
        await fixture.RestoreFilesAsync(set.Id);
        // The folder above a file that was asked for by name is not archived: it is made anew.
        Assert.Equal(before.Replace("./backend d 755", ""), fixture.FilesNow().Replace("./backend d 755", ""));
        StockTools.Shell("chmod 700 \"$1/scripts/größe\"", fixture.Work.Folder);
    }

    [StockFact]
    public async Task What_the_patterns_choose_and_leave_out()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write(".env.production", "A=1\n");
        fixture.Write(".env.example", "A=\n");
        fixture.Write("scripts/deep/er/run.sh", "x");
        fixture.Write("scripts/node_modules/big.js", "x");
        fixture.Write("other/notes.txt", "x");
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection
        {
            Include = [".env*", "scripts/**/*.sh", "nothing/*.txt", "other"],
            Exclude = ["**/*.example", "scripts/node_modules"],
            Required = ["docker-compose.yml"],
        });
        Assert.Equal(
            [".env", ".env.production", "docker-compose.yml", "other/", "other/notes.txt", "scripts/deep/er/run.sh", "scripts/deploy.sh"],
            StockTools.Shell("tar -tzf \"$1\"", set.BackupFile).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["nothing/*.txt"], set.Runtime.Missing);
        Assert.Equal(DatabaseMode.Runtime, set.Mode);
        Assert.Equal(BackupStatus.Complete, set.Status);
    }

    [StockFact]
    public async Task The_backups_themselves_are_never_in_it()
    {
        using var fixture = new RuntimeFixture();
        await fixture.BackUpAsync();
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = [Everything], Exclude = [] });
        var listed = StockTools.Shell("tar -tzf \"$1\"", set.BackupFile);
        Assert.DoesNotContain("backups", listed);
        Assert.Contains("app.db", listed);
    }

    [StockFact]
    public async Task What_a_restore_has_kept_is_not_in_it_whatever_the_pattern()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        await fixture.RestoreAsync(set.Id);
        var again = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["**/.env"], Exclude = [] });
        Assert.Equal(".env\nbackend/.env\n", StockTools.Shell("tar -tzf \"$1\"", again.BackupFile));
    }

    [StockFact]
    public async Task A_backup_root_that_is_a_link_is_not_in_it()
    {
        using var fixture = new RuntimeFixture();
        using var room = new Workspace();
        StockTools.Shell("ln -s \"$2\" \"$1/backups\"", fixture.Work.Folder, room.Folder);
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["*"], Exclude = [] });
        Assert.DoesNotContain("backups", StockTools.Shell("tar -tzf \"$1\"", set.BackupFile));
    }

    [StockFact]
    public async Task Only_our_own_files_are_passed_over_by_their_names()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write(".env.postry-demo", "A=1\n");
        fixture.Write(".env.postry-stage-0123abcd-0", "A=1\n");
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = [".env.*"] });
        Assert.Equal(".env.postry-demo\n", StockTools.Shell("tar -tzf \"$1\"", set.BackupFile));
    }

    [StockFact]
    public async Task What_lies_behind_a_link_to_a_folder_is_archived_once_with_the_link()
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell("cd \"$1\"; mv backend app; ln -s app backend", fixture.Work.Folder);
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["*/.env"] });
        Assert.Equal("app/.env\nbackend\n", StockTools.Shell("tar -tzf \"$1\"", set.BackupFile));
        fixture.Write("app/secret", "");
        var without = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["backend/*"], Exclude = ["backend/secret"] });
        Assert.Equal("app/.env\nbackend\n", StockTools.Shell("tar -tzf \"$1\"", without.BackupFile));
        File.Delete(fixture.Work["app/secret"]);
        var atBackup = fixture.FilesNow();
        fixture.Write("app/.env", "WORKERS=3\n");
        var before = fixture.FilesNow();
        var record = await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(atBackup, fixture.FilesNow());
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.FilesNow());
        StockTools.Shell("cd \"$1\"; rm -r app backend", fixture.Work.Folder);
        await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal("WORKERS=2\n", fixture.Read("backend/.env"));
    }

    [StockFact]
    public async Task A_required_file_that_is_missing_fails_the_backup_and_nothing_is_left()
    {
        using var fixture = new RuntimeFixture();
        var error = await Assert.ThrowsAsync<SourceNotFoundException>(() => fixture.Work.Engine.BackUpAsync(new()
        {
            Source = new SqliteAddress(fixture.App),
            Runtime = new RuntimeSelection { Required = ["backend/alembic.ini", ".env"] },
        }));
        Assert.Contains("backend/alembic.ini", error.Message);
        Assert.DoesNotContain(".env", error.Message);
        Assert.Empty(fixture.Work.Engine.ListBackups(new BackupQuery()));
        Assert.DoesNotContain(fixture.Work.AllFiles(), file => file.StartsWith("backups/db/", StringComparison.Ordinal)
            || file.StartsWith("backups/runtime/", StringComparison.Ordinal));
    }

    [StockTheory]
    [InlineData("touch \"$1/scripts/$(printf '\\377')\"", "scripts/\uFFFD")]
    [InlineData("mkfifo \"$1/scripts/pipe\"", "scripts/pipe")]
    [InlineData("python3 -c 'import socket,sys,os; os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX).bind(\"scripts/sock\")' \"$1\"",
        "scripts/sock")]
    [InlineData("ln -s ../../outside \"$1/scripts/out\"", "scripts/out")]
    [InlineData("ln -s /etc/hostname \"$1/.env.link\"", ".env.link")]
    [InlineData("rm -r \"$1/backend\"; ln -s /etc \"$1/backend\"", "backend")]
    [InlineData("touch \"$1/scripts/a$(printf '\\n')b\" \"$1/scripts/$(printf 'a\\tb')\"", "scripts/a")]
    public async Task What_cannot_be_archived_is_refused_by_name(string make, string name)
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell(make, fixture.Work.Folder);
        var error = await Assert.ThrowsAsync<RuntimeFileRefusedException>(fixture.BackUpAsync);
        Assert.Contains(name, error.Message);
        Assert.Empty(fixture.Work.Engine.ListBackups(new BackupQuery()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Work["backups/db"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Work["backups/runtime"]));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../other/.env")]
    [InlineData("a/../../b")]
    [InlineData("C:\\secrets")]
    [InlineData("")]
    public async Task A_pattern_cannot_lead_out_of_the_root(string pattern)
    {
        using var fixture = new RuntimeFixture();
        var error = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            fixture.BackUpFilesAsync(new RuntimeSelection { Include = [pattern] }));
        Assert.Contains("pattern", error.Message);
    }

    [StockFact]
    public async Task A_file_that_changes_while_it_is_read_is_read_again()
    {
        using var fixture = new RuntimeFixture();
        var times = 0;
        RuntimeCapture.OnRead = path =>
        {
            if (path == fixture.Work["scripts/deploy.sh"] && times++ < 2) File.AppendAllText(path, $"# {times}\n");
        };
        try
        {
            var set = await fixture.BackUpAsync();
            Assert.Equal(3, times);
            Assert.Equal("#!/bin/sh\necho old\n# 1\n# 2\n", StockTools.Shell("tar -xzOf \"$1\" scripts/deploy.sh", set.Runtime.File!));
        }
        finally
        {
            RuntimeCapture.OnRead = null;
        }
    }

    [StockFact]
    public async Task A_file_that_never_holds_still_fails_the_backup_by_name()
    {
        using var fixture = new RuntimeFixture();
        RuntimeCapture.OnRead = path =>
        {
            if (path == fixture.Work["scripts/deploy.sh"]) File.AppendAllText(path, "#\n");
        };
        try
        {
            var error = await Assert.ThrowsAsync<RuntimeFileRefusedException>(fixture.BackUpAsync);
            Assert.Contains("scripts/deploy.sh", error.Message);
            Assert.Contains("3 times", error.Message);
            Assert.Empty(fixture.Work.Engine.ListBackups(new BackupQuery()));
        }
        finally
        {
            RuntimeCapture.OnRead = null;
        }
    }

    [StockFact]
    public async Task The_same_size_and_time_do_not_hide_a_change()
    {
        using var fixture = new RuntimeFixture();
        var done = false;
        RuntimeCapture.OnRead = path =>
        {
            if (path != fixture.Work["scripts/deploy.sh"] || done) return;
            done = true;
            var at = File.GetLastWriteTimeUtc(path);
            File.WriteAllText(path, "#!/bin/sh\necho NEW\n");
            File.SetLastWriteTimeUtc(path, at);
        };
        try
        {
            var set = await fixture.BackUpAsync();
            Assert.True(done);
            Assert.Equal("#!/bin/sh\necho NEW\n", StockTools.Shell("tar -xzOf \"$1\" scripts/deploy.sh", set.Runtime.File!));
        }
        finally
        {
            RuntimeCapture.OnRead = null;
        }
    }

    [StockFact]
    public async Task Files_of_any_time_and_owner()
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell(
            "touch -d '1955-11-05 UTC' \"$1/scripts/deploy.sh\"; if [ \"$(id -u)\" = 0 ]; then chown 4294967294:4294967294 " +
            "\"$1/docker-compose.yml\"; fi", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        Assert.Equal(4, set.Runtime.Files);
        StockTools.Shell("tar -tzf \"$1\"", set.Runtime.File!);
        await fixture.RestoreFilesAsync(set.Id);
    }

    [StockFact]
    public async Task A_key_inside_is_warned_of_and_never_shown()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write("backend/.env", $"BACKUP_METADATA_HMAC_KEY={Workspace.Key}\n");
        await fixture.BackUpAsync();
        var warning = Assert.Single(fixture.Work.Reporter.Warnings, text => text.StartsWith("KeyInsideBackup", StringComparison.Ordinal));
        Assert.Contains("backend/.env", warning);
        Assert.DoesNotContain(Workspace.Key, warning);
    }

    [StockFact]
    public async Task A_set_without_runtime_files_says_so()
    {
        using var fixture = new RuntimeFixture();
        var without = await fixture.Work.Engine.BackUpAsync(new() { Source = new SqliteAddress(fixture.App), NoRuntime = true });
        Assert.Null(without.Runtime.File);
        Assert.Contains("without runtime files", without.Runtime.Absent);
        Assert.Contains("without runtime files", (await fixture.Work.TestAsync(without.Id, VerificationLevel.Artefact)).Runtime);
        Assert.Contains("without runtime files", (await Assert.ThrowsAsync<InvalidRequestException>(() => fixture.RestoreAsync(without.Id))).Message);
        Assert.Empty(Directory.EnumerateFiles(fixture.Work["backups/runtime"]));

        StockTools.Shell("cd \"$1\"; rm -r .env backend docker-compose.yml scripts", fixture.Work.Folder);
        var none = await fixture.BackUpAsync();
        Assert.Null(none.Runtime.File);
        Assert.Contains("No file", none.Runtime.Absent);
        Assert.Equal(BackupStatus.Complete, none.Status);
    }
}

/// <summary>Tests that look over the shoulder of a backup, one at a time.</summary>
[CollectionDefinition(nameof(ReadHooks))]
public sealed class ReadHooks;
