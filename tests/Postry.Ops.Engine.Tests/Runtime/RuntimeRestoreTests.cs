using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>A recovery set comes back whole, keeps what the operator has just set, and goes back whole.</summary>
public sealed class RuntimeRestoreTests
{
    [StockFact]
    public async Task Database_and_files_come_back_together_and_go_back_together()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var atBackup = fixture.Now();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();

        var record = await fixture.RestoreAsync(set.Id);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("1|from the backup", fixture.RowsNow());
        // All but the keys that keep their live values.
        Assert.Equal("DATABASE_URL=sqlite:///other.db\nMAINTENANCE_MODE=true\nSMTP_HOST=mail.old\nAPI_TOKEN=s3cret-old\n",
            fixture.Read(".env"));
        Assert.Equal(WithoutEnv(atBackup), WithoutEnv(fixture.Now()));
        Assert.Empty(Leftovers(fixture));
        Assert.Contains(record.Checks, check => check is { Name: "Runtime files in place", Status: CheckStatus.Passed });

        var undone = await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.Equal(before, fixture.Now());
        Assert.Empty(Leftovers(fixture));
        Assert.Equal("#!/bin/sh\necho old\n", File.ReadAllText(Path.Combine(undone.Runtime!.UndoneFolder!, "scripts/deploy.sh")));
        Assert.Equal("drwx------", StockTools.Shell("find \"$1\" -type d -printf '%M\\n' | sort -u", undone.Runtime.UndoneFolder!).Trim());
    }

    [StockFact]
    public async Task The_plan_names_every_file_and_every_key_and_no_value()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();

        var plan = await fixture.PlanAsync(set.Id);
        Assert.Equal(before, fixture.Now());
        var files = plan.Runtime!.Files.ToDictionary(file => file.Path);
        Assert.Equal(RuntimeChange.Changed, files[".env"].Change);
        Assert.Equal(RuntimeChange.New, files["backend/.env"].Change);
        Assert.Equal(RuntimeChange.Same, files["docker-compose.yml"].Change);
        Assert.Equal(RuntimeChange.Changed, files["scripts/deploy.sh"].Change);
        Assert.Equal(RuntimeChange.Changed, files["scripts/latest"].Change);
        Assert.Equal(RuntimeChange.New, files["scripts/hooks"].Change);
        Assert.Equal(["API_TOKEN", "SMTP_HOST"], files[".env"].KeysChanged);
        Assert.Equal(["EXTRA"], files[".env"].KeysRemoved);
        Assert.Empty(files[".env"].KeysAdded);
        Assert.Equal(["DATABASE_URL", "MAINTENANCE_MODE"], files[".env"].KeysKept);
        Assert.Contains("API_TOKEN", plan.Summary);
        Assert.Contains("MAINTENANCE_MODE", plan.Summary);

        var record = await fixture.Work.Engine.RestoreAsync(plan);
        var said = plan.Summary + string.Join('\n', fixture.Work.Reporter.VerboseMessages.Concat(fixture.Work.Reporter.Warnings)) + File
            .ReadAllText(record.RecordFile!)
            + File.ReadAllText(set.ManifestFile) + File.ReadAllText(set.Runtime.File + ".manifest.json");
        foreach (var value in new[] { "s3cret", "mail.old", "mail.new", "other.db" }) Assert.DoesNotContain(value, said);
    }

    [StockFact]
    public async Task Without_being_asked_for_files_stay_as_they_are()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var files = fixture.FilesNow();
        var plan = await fixture.PlanAsync(set.Id, withRuntime: false);
        Assert.Contains(plan.Notes, note => note.Contains($"{OptionName.WithRuntime}", StringComparison.Ordinal));
        await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal(files, fixture.FilesNow());
        Assert.Equal("1|from the backup", fixture.RowsNow());
    }

    [StockFact]
    public async Task Files_alone_by_the_id_of_the_set()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var record = await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("1|written later\n2|new", fixture.RowsNow());
        Assert.Equal("WORKERS=2\n", fixture.Read("backend/.env"));
        Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(record.RestoreId)).Status);
        Assert.Equal(before, fixture.Now());
    }

    [StockFact]
    public async Task Latest_means_the_newest_archive_of_this_root()
    {
        using var fixture = new RuntimeFixture();
        await fixture.BackUpAsync();
        fixture.Write("scripts/deploy.sh", "second");
        var alone = await fixture.BackUpFilesAsync();
        fixture.Write("scripts/deploy.sh", "third");
        var plan = await fixture.Work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target = fixture.Root });
        Assert.Equal(alone.Id, plan.Backup.Id);
        // The newest backup of a database is not the newest of all.
        Assert.NotEqual(alone.Id, (await fixture.Work.Engine
            .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target =
            new SqliteAddress(fixture.App) })).Backup.Id);
        Assert.Equal(DatabaseMode.Sqlite, Assert.Single(fixture.Work.Engine.ListBackups(new BackupQuery { Latest = true })).Mode);
        Assert.Equal(2, fixture.Work.Engine.ListBackups(new BackupQuery()).Count);
    }

    [StockFact]
    public async Task Another_archive_in_place_of_the_sets_own()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.Write("scripts/deploy.sh", "second");
        var other = await fixture.BackUpFilesAsync();
        fixture.Write("scripts/deploy.sh", "third");
        var plan = await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(fixture.App),
            RuntimeBackupFile = other.BackupFile,
        });
        Assert.Contains(FormattableString.Invariant($", from {other.BackupFile}, taken {other.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC ("),
            plan.Summary);
        await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal("second", fixture.Read("scripts/deploy.sh"));
    }

    [StockFact]
    public async Task What_is_written_between_the_question_and_the_swap_is_kept()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var plan = await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(fixture.App),
            WithRuntime = true,
            // The command runs after the consent, and before the live files are kept.
            Hooks = new RestoreHooks { BeforeSwap =
                $"printf 'EDITED=1\\n' > '{fixture.Work[".env"]}'; printf new > '{fixture.Work["backend/.env"]}' || (mkdir -p " +
                $"'{fixture.Work["backend"]}'; printf new > '{fixture.Work["backend/.env"]}')" },
        });
        var record = await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal("WORKERS=2\n", fixture.Read("backend/.env"));
        Assert.Equal("EDITED=1\n", File.ReadAllText(Path.Combine(record.Runtime!.KeptFolder!, ".env")));
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal("EDITED=1\n", fixture.Read(".env"));
        Assert.Equal("new", fixture.Read("backend/.env"));
    }

    [StockFact]
    public async Task What_appears_at_the_last_moment_is_kept_and_comes_back()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["backend/.env"] });
        File.Delete(fixture.Work["backend/.env"]);
        var plan = await fixture.PlanFilesAsync(set.Id);
        var settings = fixture.Work.Settings();
        await using var database = new RuntimeFiles(settings, fixture.Root, fixture.Work.Reporter);
        var restore = new RestoreOperation(settings, database, fixture.Work.Reporter)
        {
            OnStep = step =>
            {
                if (step == JournalStep.Swapped) fixture.Write("backend/.env", "new");
            },
        };
        var record = await restore.RunAsync(plan, CancellationToken.None);
        Assert.Equal("WORKERS=2\n", fixture.Read("backend/.env"));
        Assert.Equal(record.Runtime!.KeptFolder, Assert.Single(fixture.Work.Engine.ListPreviousCopies()).Path);
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal("new", fixture.Read("backend/.env"));
    }

    [StockFact]
    public async Task A_file_that_cannot_be_replaced_after_the_swap_undoes_all_of_it()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var rows = fixture.RowsNow();
        var env = fixture.Read(".env");
        var settings = fixture.Work.Settings();
        await using var database = new SqliteDatabase(settings, new SqliteAddress(fixture.App), fixture.Work.Reporter);
        var restore = new RestoreOperation(settings, database, fixture.Work.Reporter)
        {
            OnStep = step =>
            {
                if (step != JournalStep.Swapped || Directory.Exists(fixture.Work["scripts/deploy.sh"])) return;
                File.Delete(fixture.Work["scripts/deploy.sh"]);
                Directory.CreateDirectory(fixture.Work["scripts/deploy.sh/in-the-way"]);
            },
        };
        var plan = await fixture.PlanAsync(set.Id);
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => restore.RunAsync(plan, CancellationToken.None));
        Assert.Contains("Runtime files in place", error.Message);
        // Another backup would meet the same obstacle.
        Assert.EndsWith("Remove what prevented the replacement of the files, then restore again.", error.Hint);
        Assert.Equal(rows, fixture.RowsNow());
        Assert.Equal(env, fixture.Read(".env"));
        Assert.False(File.Exists(fixture.Work["backend/.env"]));
        // The undo cannot know whose file is in the way: the file stays, and the record says where the kept one is.
        var record = Assert.Single(fixture.Work.Engine.ListRestores());
        Assert.Equal(RestoreStatus.Undone, record.Status);
        Assert.Contains(fixture.Work.Reporter.Warnings, warning =>
            warning.Contains("scripts/deploy.sh is a folder now", StringComparison.Ordinal));
        foreach (var said in new[] { error.Message, record.Detail })
            Assert.Contains("could not be put back: scripts/deploy.sh is a folder now", said);
        Assert.Equal("#!/bin/sh\necho new\n", File.ReadAllText(Path.Combine(record.Runtime!.KeptFolder!, "scripts/deploy.sh")));
        Assert.Empty(Leftovers(fixture));
    }

    [StockFact]
    public async Task An_undo_by_itself_writes_nothing_outside_and_puts_all_the_others_back()
    {
        using var fixture = new RuntimeFixture();
        using var elsewhere = new Workspace();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var (rows, env) = (fixture.RowsNow(), fixture.Read(".env"));
        var plan = await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(fixture.App),
            WithRuntime = true,
            Hooks = new RestoreHooks { AfterSwap =
                $"cd '{fixture.Work.Folder}' && mv scripts aside && ln -s '{elsewhere.Folder}' scripts && exit 7" },
        });
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => fixture.Work.Engine.RestoreAsync(plan));
        Assert.Contains("scripts/deploy.sh would be written outside", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Folder));
        Assert.Equal(rows, fixture.RowsNow());
        Assert.Equal(env, fixture.Read(".env"));
        Assert.False(File.Exists(fixture.Work["backend/.env"]));
    }

    [StockFact]
    public async Task What_the_command_before_the_swap_sets_in_an_env_file_stays_set()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write(".env", "MAINTENANCE_MODE=false\nSMTP_HOST=mail.old\n");
        var set = await fixture.BackUpAsync();
        fixture.Write(".env", "MAINTENANCE_MODE=false\nSMTP_HOST=mail.new\n");
        await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(fixture.App),
            WithRuntime = true,
            Hooks = new RestoreHooks { BeforeSwap = $"sed -i s/MODE=false/MODE=true/ '{fixture.Work[".env"]}'" },
        }));
        Assert.Equal("MAINTENANCE_MODE=true\nSMTP_HOST=mail.old\n", fixture.Read(".env"));
    }

    [StockTheory]
    [InlineData("sed -i /^DATABASE_URL=/d .env", ".env (changed: adds DATABASE_URL)")]
    [InlineData("sed -i s/^DATABASE_URL=/#DATABASE_URL=/ .env", ".env (changed: adds DATABASE_URL)")]
    [InlineData("printf 'SMTP_HOST=mail.old\n' > .env", ".env (changed: adds API_TOKEN, DATABASE_URL, MAINTENANCE_MODE)")]
    [InlineData(": > .env", ".env (changed: adds API_TOKEN, DATABASE_URL, MAINTENANCE_MODE, SMTP_HOST)")]
    public async Task A_key_that_would_keep_its_live_value_comes_back_where_the_live_file_lost_it(string loss, string said)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var archived = fixture.Read(".env");
        StockTools.Shell($"cd \"$1\"; {loss}", fixture.Work.Folder);
        var plan = await fixture.PlanFilesAsync(set.Id);
        Assert.Contains(said, plan.Summary);
        await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal(archived, fixture.Read(".env"));
    }

    [StockTheory]
    // The archive has a link to a file of another name.
    [InlineData("mkdir conf; mv .env conf/production; ln -s conf/production .env", "", "conf/production")]
    // A file of the backup is a link now.
    [InlineData("true", "mv .env live; ln -s live .env", ".env")]
    public async Task A_link_does_not_hide_the_keys_of_an_env_file(string atBackup, string later, string path)
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell($"cd \"$1\"; {atBackup}", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        StockTools.Shell($"cd \"$1\"; printf 'MAINTENANCE_MODE=true\nSMTP_HOST=mail.new\n' > .env; {later}", fixture.Work.Folder);
        var plan = await fixture.PlanFilesAsync(set.Id);
        var file = plan.Runtime!.Files.Single(file => file.Path == path);
        Assert.Equal(["SMTP_HOST"], file.KeysChanged);
        Assert.Contains("MAINTENANCE_MODE", file.KeysKept);
        await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal("DATABASE_URL=sqlite:///app.db\nMAINTENANCE_MODE=true\nSMTP_HOST=mail.old\nAPI_TOKEN=s3cret-old\n",
            fixture.Read(".env"));
    }

    [StockTheory]
    [InlineData("printf 'PEM=\"-----BEGIN\nMIIs3cret=\nMAINTENANCE_MODE=false\n' > .env", "printf 'MAINTENANCE_MODE=true\n' > .env",
        "PEM=\"-----BEGIN\nMIIs3cret=\nMAINTENANCE_MODE=true\n",
        "adds PEM; keeps live MAINTENANCE_MODE; the keys after line 1 of the archived file are not named, because a quote there is never closed")]
    [InlineData("printf 'MAINTENANCE_MODE=false\n' > .env", "printf 'PEM=\"-----BEGIN\nMIIs3cret=\nMAINTENANCE_MODE=true\n' > .env",
        "MAINTENANCE_MODE=true\n",
        "removes PEM; keeps live MAINTENANCE_MODE; the keys after line 1 of the live file are not named, because a quote there is never closed")]
    public async Task Behind_a_quote_that_is_never_closed_keys_are_kept_and_no_secret_is_named(string atBackup, string later,
        string expected, string said)
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell($"cd \"$1\"; {atBackup}", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        StockTools.Shell($"cd \"$1\"; {later}", fixture.Work.Folder);
        var plan = await fixture.PlanFilesAsync(set.Id);
        Assert.Contains($".env (changed: {said})", plan.Summary);
        var record = await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal(expected, fixture.Read(".env"));
        Assert.DoesNotContain("s3cret", plan.Summary + File.ReadAllText(record.RecordFile!));
    }

    [StockTheory]
    [InlineData("printf 'MAINTENANCE_MODE=false\n' | iconv -t UTF-16 > .env", "printf 'MAINTENANCE_MODE=true\n' > .env",
        "archived file holds NUL bytes")]
    [InlineData("printf 'MAINTENANCE_MODE=false\n' > .env", "printf 'MAINTENANCE_MODE=true\n' | iconv -t UTF-16 > .env",
        "live file holds NUL bytes")]
    [InlineData("printf 'MAINTENANCE_MODE=false\nX=%01050000d\n' 1 > .env", "printf 'MAINTENANCE_MODE=true\n' > .env",
        "archived file is larger")]
    public async Task An_env_file_that_no_line_can_be_put_into_comes_as_archived_and_the_plan_says_so(string atBackup, string later,
        string why)
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell($"cd \"$1\"; {atBackup}", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        var archived = StockTools.Hash(fixture.Work[".env"]);
        StockTools.Shell($"cd \"$1\"; {later}", fixture.Work.Folder);
        var plan = await fixture.PlanFilesAsync(set.Id);
        Assert.Contains($".env (changed: no key keeps its live value, because the {why}", plan.Summary);
        await fixture.Work.Engine.RestoreAsync(plan);
        Assert.Equal(archived, StockTools.Hash(fixture.Work[".env"]));
    }

    [StockFact]
    public async Task A_lost_env_file_comes_back_with_all_of_its_keys()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var env = fixture.Read(".env");
        File.WriteAllText(fixture.Work[".env"], "");
        await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(env, fixture.Read(".env"));
        File.Delete(fixture.Work[".env"]);
        await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(env, fixture.Read(".env"));
    }

    [StockFact]
    public async Task A_link_brings_the_file_that_it_stands_for()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write("shared/secrets", "A=1\n");
        StockTools.Shell("cd \"$1\"; rm .env; ln -s shared/current .env; ln -s secrets shared/current", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        StockTools.Shell("cd \"$1\"; rm -r .env shared", fixture.Work.Folder);
        await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal("shared/current", StockTools.Shell("readlink \"$1/.env\"", fixture.Work.Folder).Trim());
        Assert.Equal("A=1\n", fixture.Read(".env"));
    }

    [StockTheory]
    [InlineData("rm scripts/current; ln -s deploy.sh scripts/current")]
    [InlineData("rm scripts/current")]
    public async Task A_link_to_a_folder_comes_back_and_goes_back(string change)
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell("cd \"$1\"; mkdir scripts/release; touch scripts/release/file; ln -s release scripts/current",
            fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        var atBackup = fixture.FilesNow();
        StockTools.Shell($"cd \"$1\"; {change}", fixture.Work.Folder);
        var before = fixture.FilesNow();

        var record = await fixture.RestoreAsync(set.Id);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(atBackup, fixture.FilesNow());
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.FilesNow());
    }

    [OtherUserFact]
    public async Task What_was_lost_comes_back_with_its_owners()
    {
        using var fixture = new RuntimeFixture();
        StockTools.Shell("cd \"$1\"; mkdir scripts/sub; touch scripts/sub/file; chown -hR 65534:65534 scripts backend",
            fixture.Work.Folder);
        string Owners() => StockTools.Shell("cd \"$1\"; find scripts backend -printf '%p %U:%G\n' | LC_ALL=C sort", fixture.Work.Folder);
        var set = await fixture.BackUpAsync();
        var before = Owners();
        StockTools.Shell("cd \"$1\"; rm -r scripts backend", fixture.Work.Folder);
        await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(before, Owners());
    }

    [StockFact]
    public async Task A_failed_check_of_the_application_undoes_the_files_as_well()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var plan = await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = new SqliteAddress(fixture.App),
            WithRuntime = true,
            Hooks = new RestoreHooks { AfterSwap = $"grep -q mail.old '{fixture.Work[".env"]}' && exit 7" },
        });
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => fixture.Work.Engine.RestoreAsync(plan));
        // The check saw the restored file.
        Assert.Contains("exit code 7", error.Message);
        Assert.Equal(before, fixture.Now());
    }

    [StockFact]
    public async Task An_older_restore_is_not_undone_over_a_newer_one_of_the_files()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var first = await fixture.RestoreAsync(set.Id);
        fixture.Write("scripts/deploy.sh", "again");
        var second = await fixture.RestoreFilesAsync(set.Id);
        var error = await Assert.ThrowsAsync<InvalidRequestException>(() => fixture.Work.UndoAsync(first.RestoreId));
        Assert.Contains(second.RestoreId, error.Message);
        await fixture.Work.UndoAsync(second.RestoreId);
        Assert.Equal("again", fixture.Read("scripts/deploy.sh"));
        Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(first.RestoreId)).Status);
        Assert.Equal("#!/bin/sh\necho new\n", fixture.Read("scripts/deploy.sh"));
    }

    [StockFact]
    public async Task What_is_kept_is_listed_and_removed_with_the_database()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var record = await fixture.RestoreAsync(set.Id);
        var copy = Assert.Single(fixture.Work.Engine.ListPreviousCopies());
        Assert.True(copy.SizeBytes > new FileInfo(record.PreviousCopy!).Length);
        await fixture.Work.Engine.RemovePreviousCopyAsync(copy);
        Assert.False(Directory.Exists(record.Runtime!.KeptFolder));
        Assert.False(File.Exists(record.PreviousCopy));
        Assert.Empty(fixture.Work.Engine.ListPreviousCopies());
        await Assert.ThrowsAsync<SourceNotFoundException>(() => fixture.Work.UndoAsync(record.RestoreId));
    }

    [StockFact]
    public async Task What_is_in_the_way_is_refused_before_anything_is_written()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        StockTools.Shell("cd \"$1\"; rm -r backend docker-compose.yml scripts; mkdir docker-compose.yml; touch scripts; ln -s /tmp backend",
            fixture.Work.Folder);
        var before = fixture.FilesNow();
        var error = await Assert.ThrowsAsync<RestoreRefusedException>(() => fixture.RestoreFilesAsync(set.Id));
        Assert.Contains("docker-compose.yml is a folder now", error.Message);
        Assert.Contains("backend/.env would be written outside", error.Message);
        Assert.Contains("scripts", error.Message);
        Assert.Equal(before, fixture.FilesNow());
    }

    [StockFact]
    public async Task An_undo_makes_the_folder_again_that_was_taken_away_since()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.FilesNow();
        var record = await fixture.RestoreAsync(set.Id);
        StockTools.Shell("rm -r \"$1/scripts\"", fixture.Work.Folder);
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.FilesNow());
        Assert.Empty(fixture.Work.Reporter.Warnings);
    }

    [StockTheory]
    [InlineData("ln -s \"$2\" scripts", "would be written outside")]
    [InlineData("touch scripts", "scripts is not a folder any more")]
    [InlineData("mkdir -p scripts/deploy.sh; ln -s deploy.sh scripts/latest", "scripts/deploy.sh is a folder now")]
    [InlineData("mkdir -p scripts/latest; touch scripts/deploy.sh", "scripts/latest is a folder now")]
    public async Task An_undo_is_refused_before_anything_is_written_where_something_is_in_the_way(string make, string why)
    {
        using var fixture = new RuntimeFixture();
        using var elsewhere = new Workspace();
        var set = await fixture.BackUpAsync();
        fixture.ChangeAfterBackup();
        var before = fixture.Now();
        var record = await fixture.RestoreAsync(set.Id);
        StockTools.Shell($"cd \"$1\"; mv scripts aside; {make}", fixture.Work.Folder, elsewhere.Folder);
        var error = await Assert.ThrowsAsync<RestoreRefusedException>(() => fixture.Work.UndoAsync(record.RestoreId));
        Assert.Contains(why, error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Folder));
        Assert.Equal("1|from the backup", fixture.RowsNow());
        Assert.Equal(RestoreStatus.Committed, fixture.Work.Engine.ListRestores()[0].Status);
        StockTools.Shell("cd \"$1\"; rm -r scripts; mv aside scripts", fixture.Work.Folder);
        await fixture.Work.UndoAsync(record.RestoreId);
        Assert.Equal(before, fixture.Now());
    }

    [StockFact]
    public async Task An_undo_by_itself_takes_nothing_away_whose_kept_version_is_gone()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        fixture.ChangeAfterBackup();
        var plan = await fixture.Work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = fixture.Root,
            Hooks = new RestoreHooks { AfterSwap = $"rm '{fixture.Work.BackupRoot}'/restores/runtime.previous-*/scripts/deploy.sh; exit 7" },
        });
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => fixture.Work.Engine.RestoreAsync(plan));
        Assert.Contains(
            "The other runtime files that were there before are back. Runtime files that could not be put back: scripts/deploy.sh as it " +
            "was before is gone", error.Message);
        Assert.Equal("#!/bin/sh\necho old\n", fixture.Read("scripts/deploy.sh"));
        Assert.StartsWith("DATABASE_URL=sqlite:///other.db", fixture.Read(".env"));
    }

    [StockTheory]
    // A folder whose permissions the restore changed: it is no file, whatever becomes of it.
    [InlineData("rmdir scripts/hooks", null)]
    [InlineData("rmdir scripts/hooks; touch scripts/hooks", "scripts/hooks is not a folder any more")]
    // A path where nothing was before needs nothing back.
    [InlineData("rm backend/.env; mkdir backend/.env", null)]
    public async Task An_undo_tells_folders_from_files(string later, string? why)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        StockTools.Shell("cd \"$1\"; chmod 700 scripts/hooks; rm backend/.env; echo new > scripts/deploy.sh", fixture.Work.Folder);
        var record = await fixture.RestoreFilesAsync(set.Id);
        StockTools.Shell($"cd \"$1\"; {later}", fixture.Work.Folder);
        if (why is not null)
        {
            Assert.Contains(why,
                (await Assert.ThrowsAsync<RestoreRefusedException>(() => fixture.Work.UndoAsync(record.RestoreId))).Message);
            return;
        }

        Assert.Equal(RestoreStatus.Undone, (await fixture.Work.UndoAsync(record.RestoreId)).Status);
        Assert.Equal("new\n", fixture.Read("scripts/deploy.sh"));
        Assert.Equal("700", StockTools.Shell("stat -c %a \"$1/scripts/hooks\"", fixture.Work.Folder).Trim());
        Assert.Empty(fixture.Work.Reporter.Warnings);
    }

    [StockFact]
    public async Task Two_files_of_the_archive_that_are_one_here_are_refused()
    {
        using var fixture = new RuntimeFixture();
        fixture.Write("app/.env", "WORKERS=1\n");
        var set = await fixture.BackUpFilesAsync(new RuntimeSelection { Include = ["app/.env", "backend/.env"] });
        StockTools.Shell("cd \"$1\"; rm -r backend; ln -s app backend", fixture.Work.Folder);
        var error = await Assert.ThrowsAsync<RestoreRefusedException>(() => fixture.RestoreFilesAsync(set.Id));
        Assert.Contains("backend/.env and app/.env are the same file here", error.Message);
    }

    [StockFact]
    public async Task Files_of_another_root_need_leave()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpAsync();
        var elsewhere = Directory.CreateDirectory(fixture.Work["backups/elsewhere"]).FullName;
        RestoreRequest Request(bool allow) => new() { Backup = new BackupSelector { Id = set.Id }, Target = new RuntimeAddress(elsewhere),
            AllowDifferentSource = allow };
        await Assert.ThrowsAsync<DifferentSourceException>(() => fixture.Work.Engine.PlanRestoreAsync(Request(false)));
        await fixture.Work.Engine.RestoreAsync(await fixture.Work.Engine.PlanRestoreAsync(Request(true)));
        Assert.Equal(RuntimeFixture.Facts(fixture.Work.Folder).Replace("./backend d 755", ""),
            RuntimeFixture.Facts(elsewhere).Replace("./backend d 755", ""));
    }

    private static string WithoutEnv(string facts) =>
        string.Join('\n', facts.Split('\n').Where(line => !line.EndsWith(" ./.env", StringComparison.Ordinal)));

    private static IEnumerable<string> Leftovers(RuntimeFixture fixture) =>
        fixture.Work.AllFiles().Where(file => file.Contains(".postry-stage", StringComparison.Ordinal)
        || file.Contains(".postry-journal", StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal));
}
