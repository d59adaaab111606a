using System.Diagnostics;
using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Tests.Support;
using Stock = Postry.Ops.Engine.Tests.Support.Commands;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>The console for Windows under Wine. Stock tools of Linux judge the files.</summary>
[Collection(WineCollection.Name)]
public sealed class ConsoleUnderWineTests(WineMachine machine)
{
    [WineTheory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Backup_restore_and_undo_while_another_process_writes(string journal)
    {
        var folder = machine.NewFolder();
        BankDatabase.Create(folder["bank.db"], journal, megabytes: 1);
        var (writer, lines) = await StartWriterAsync(folder);
        using var end = new KilledAtEnd(writer);
        var backup = await folder.JsonAsync("backup", "--path", "bank.db");
        var test = await folder.ExpectAsync(0, "test", "--id", backup.GetProperty("id").GetString()!, "--level", "restore");
        Assert.Contains("Passed at level Restore", test.Output);
        var restore = await folder.JsonAsync("restore", "--latest", "--path", "bank.db", "--force");
        var undo = await folder.JsonAsync("undo", "--latest", "--force");
        Assert.Equal("Undone", undo.GetProperty("status").GetString());
        Assert.Equal(folder.Windows + @"\bank.db", restore.GetProperty("target").GetString());
        writer.StandardInput.Close();
        var said = await lines;
        Assert.Contains("ended commits=", said);
        Assert.DoesNotContain("violation", said);
        Unpack(folder, backup.GetProperty("backupFile").GetString()!, "unpacked.db");
        var copies = Directory.GetFiles(folder.Folder, "bank.db.*-*").Append(folder["bank.db"]).Append(folder["unpacked.db"]).ToList();
        Assert.Equal(4, copies.Count);
        foreach (var copy in copies) BankDatabase.AssertAddsUp(copy);
        // Every transfer that the writer was told is committed is in one of the copies that were live.
        var kept = copies.SelectMany(BankDatabase.Ledger).ToHashSet();
        var acknowledged = said.Split('\n').Where(line => line.StartsWith("ack ", StringComparison.Ordinal))
            .Select(line => long.Parse(line[4..], CultureInfo.InvariantCulture)).ToList();
        Assert.NotEmpty(acknowledged);
        Assert.DoesNotContain(acknowledged, number => !kept.Contains(number));
    }

    [WineFact]
    public async Task Runtime_files_come_back_byte_for_byte_and_keep_the_values_that_they_are_to_keep()
    {
        var folder = Product("KEEP");
        Write(folder, "backend/.env", "KEEP=old\r\nA=1\r\nB=\"two\r\nlines\"\r\n");
        Write(folder, "docker-compose.yml", "services: {}\n");
        var compose = File.ReadAllBytes(folder["docker-compose.yml"]);
        await folder.ExpectAsync(0, "backup");
        Write(folder, "backend/.env", "A=2\r\nKEEP=new");
        Write(folder, "docker-compose.yml", "broken\n");
        // Read-only files are replaced, too.
        File.SetUnixFileMode(folder["docker-compose.yml"], UnixFileMode.UserRead);
        Stock.Sqlite(folder["backend/app.db"], "DELETE FROM posts WHERE id > 100");
        var plan = await folder.ExpectAsync(0, "restore", "--latest", "--with-runtime", "--what-if");
        Assert.Contains("backend/.env", plan.Output);
        await folder.ExpectAsync(4, "restore", "--latest", "--with-runtime");
        var restore = await folder.JsonAsync("restore", "--latest", "--with-runtime", "--force");
        Assert.Equal("Committed", restore.GetProperty("status").GetString());
        Assert.Equal("500", folder.Posts("backend/app.db"));
        Assert.Equal("KEEP=new\r\nA=1\r\nB=\"two\r\nlines\"\r\n", File.ReadAllText(folder["backend/.env"]));
        Assert.Equal(compose, File.ReadAllBytes(folder["docker-compose.yml"]));
        await folder.ExpectAsync(0, "undo", "--latest", "--force");
        Assert.Equal("100", folder.Posts("backend/app.db"));
        Assert.Equal("A=2\r\nKEEP=new", File.ReadAllText(folder["backend/.env"]));
        Assert.Equal("broken\n", File.ReadAllText(folder["docker-compose.yml"]));
    }

    [WineFact]
    public async Task A_database_is_the_same_however_its_path_is_written()
    {
        var folder = machine.NewFolder();
        var other = "share" + Guid.NewGuid().ToString("N")[..6];
        Directory.CreateDirectory(Path.Combine(machine.Shares, "server"));
        File.CreateSymbolicLink(Path.Combine(machine.Shares, "server", other), folder.Folder);
        folder.MakeDatabase("Data/App.db");
        await folder.ExpectAsync(0, "backup", "--path", "Data/App.db");
        var upper = (folder.Windows + @"\DATA\APP.DB").ToUpperInvariant();
        foreach (var path in new[]
            { upper, folder.Windows.Replace('\\', '/') + "/data/app.db", @"\\?\" + folder.Windows + @"\Data\App.db" })
        {
            var restore = await folder.JsonAsync("restore", "--latest", "--path", path, "--force");
            Assert.Equal(folder.Windows + @"\Data\App.db", restore.GetProperty("target").GetString());
        }

        // A share has no drive letter; its free space is asked for all the same.
        var share = $@"\\server\{other}";
        await folder.ExpectAsync(0, "backup", "--path", $@"{share}\Data\App.db", "--backup-root", $@"{share}\backups");
        await folder.ExpectAsync(0, "restore", "--latest", "--path", $@"{share}\Data\App.db", "--backup-root", $@"{share}\backups",
            "--force");
        Assert.Contains($@"Disk of {share}\backups", (await folder.RunAsync("status", "--backup-root", $@"{share}\backups")).Output);
    }

    [WineFact]
    public async Task Paths_of_more_than_260_characters_work()
    {
        var folder = machine.NewFolder();
        var deep = string.Join('/', Enumerable.Repeat("a folder with a long name of fifty characters, yes", 6));
        folder.MakeDatabase($"{deep}/app.db");
        var path = $@"{folder.Windows}\{deep.Replace('/', '\\')}\app.db";
        Assert.True(path.Length > 260);
        await folder.ExpectAsync(0, "backup", "--path", path, "--backup-root", $@"{folder.Windows}\{deep.Replace('/', '\\')}\backups");
        Stock.Sqlite(folder[$"{deep}/app.db"], "DELETE FROM posts");
        await folder.ExpectAsync(0, "restore", "--latest", "--path", path, "--force", "--backup-root",
            $@"{folder.Windows}\{deep.Replace('/', '\\')}\backups");
        Assert.Equal("500", folder.Posts($"{deep}/app.db"));
    }

    [WineFact]
    public async Task Zip_files_of_the_old_scripts_with_backslashes_are_restored()
    {
        var folder = Product();
        Write(folder, "backend/.env", "A=now\r\n");
        const string name = "runtime-backup-20260101-030000.zip";
        Directory.CreateDirectory(folder["backups/runtime"]);
        var made = Stock.Run("python3", ["-c", """
            import sys, zipfile, hashlib, hmac, json, os
            path = sys.argv[1]
            with zipfile.ZipFile(path, 'w') as archive:
                for name, text in (('backend\\.env', b'A=then\r\n'), ('backend\\alembic.ini', b'[alembic]\r\n')):
                    entry = zipfile.ZipInfo('x'); entry.filename = name
                    archive.writestr(entry, text)
            data = open(path, 'rb').read()
            sha, size, base = hashlib.sha256(data).hexdigest().upper(), len(data), os.path.basename(path)
            mac = hmac.new(sys.argv[2].encode(), f'{sha}|{size}|runtime-assets|{base}'.encode(), 'sha256').hexdigest().upper()
            json.dump(dict(generated_at_utc='2026-01-01T03:00:00.0000000Z', mode='runtime-assets', backup_file=base, backup_path=path,
                size_bytes=size, sha256=sha, hmac_sha256=mac), open(path + '.meta.json', 'w'))
            """, folder[$"backups/runtime/{name}"], WineFolder.Key]);
        Assert.True(made.ExitCode == 0, made.Error);
        await folder.ExpectAsync(0, "restore-runtime", "--backup-file", $@"backups\runtime\{name}", "--force", "--allow-different-source");
        Assert.Equal("A=then\r\n", File.ReadAllText(folder["backend/.env"]));
        Assert.Equal("[alembic]\r\n", File.ReadAllText(folder["backend/alembic.ini"]));
    }

    [WineTheory]
    [InlineData("con.env")]
    [InlineData("backend/NUL")]
    public async Task Names_of_devices_are_refused_by_name(string name)
    {
        var folder = Product();
        Write(folder, name, "A=1\n");
        var result = await folder.RunAsync("backup", "--runtime-path", name.Contains('/') ? "backend/**" : "*.env");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("has the name of a device", result.Error);
    }

    [WineFact]
    public async Task Hooks_are_commands_of_cmd_with_their_quotes_and_end_with_all_that_they_started()
    {
        var folder = machine.NewFolder();
        folder.MakeDatabase("app.db");
        Directory.CreateDirectory(folder["a folder"]);
        File.WriteAllText(folder["postry.json"], """
            { "databases": { "app": { "path": "app.db", "hooks": { "timeout": "20s",
              "beforeSwap": "echo \"stopped & quiet\" > \"a folder\\out.txt\" && echo %DATABASE_URL%>> \"a folder\\out.txt\"" } } } }
            """);
        await folder.ExpectAsync(0, "backup");
        await folder.ExpectAsync(0, "restore", "--latest", "--force");
        Assert.StartsWith("\"stopped & quiet\"", File.ReadAllText(folder["a folder/out.txt"]));
        File.WriteAllText(folder["postry.json"], """
            { "databases": { "app": { "path": "app.db", "hooks": { "timeout": "2s",
              "beforeSwap": "cmd /c \"ping -n 8 127.0.0.1 > nul & echo late > late.txt\"" } } } }
            """);
        var clock = Stopwatch.StartNew();
        var result = await folder.RunAsync("restore", "--latest", "--force");
        Assert.NotEqual(0, result.ExitCode);
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, 10 - clock.Elapsed.TotalSeconds)));
        Assert.False(File.Exists(folder["late.txt"]));
    }

    [WineFact]
    public async Task Programs_end_with_the_process_that_started_them()
    {
        var folder = machine.NewFolder();
        using var parent = folder.Start(WineMachine.TestHost, "tool", @"C:\windows\system32\notepad.exe");
        var line = await parent.StandardOutput.ReadLineAsync();
        Assert.StartsWith("started ", line);
        parent.Kill();
        await parent.WaitForExitAsync();
        var id = line!["started ".Length..].Trim();
        for (var tries = 50; await IsRunningAsync(folder, id); tries--)
        {
            Assert.True(tries > 0, $"Process {id} runs on.");
            await Task.Delay(100);
        }
    }

    [WineFact]
    public async Task A_file_that_is_held_for_a_moment_is_waited_for()
    {
        var folder = Product();
        Write(folder, "backend/.env", "A=1\r\n");
        await folder.ExpectAsync(0, "backup");
        Write(folder, "backend/.env", "A=2\r\n");
        using var holder = folder.Start(WineMachine.TestHost, "hold", folder.Windows + @"\backend\.env");
        Assert.Equal("holding", (await holder.StandardOutput.ReadLineAsync())!.Trim());
        using var restore = folder.Start(WineMachine.Postry, "restore", "--latest", "--with-runtime", "--force");
        restore.StandardInput.Close();
        while (!Directory.EnumerateFiles(folder["backend"], ".postry-stage-*").Any()) await Task.Delay(20);
        await Task.Delay(1500);
        Assert.Equal("A=2\r\n", File.ReadAllText(folder["backend/.env"]));
        holder.StandardInput.Close();
        var result = await WineMachine.EndAsync(restore);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("A=1\r\n", File.ReadAllText(folder["backend/.env"]));
    }

    [WineFact]
    public async Task Undo_of_a_restore_to_a_new_file_waits_until_it_has_the_file_for_itself()
    {
        var folder = machine.NewFolder();
        folder.MakeDatabase("app.db");
        await folder.ExpectAsync(0, "backup", "--path", "app.db");
        await folder.ExpectAsync(0, "restore", "--latest", "--database", "app", "--path", "copy.db", "--force", "--allow-different-source");
        Assert.Equal("500", folder.Posts("copy.db"));
        using (var holder = folder.Start(WineMachine.TestHost, "hold", folder.Windows + @"\copy.db"))
        {
            Assert.Equal("holding", (await holder.StandardOutput.ReadLineAsync())!.Trim());
            using var undo = folder.Start(WineMachine.Postry, "undo", "--latest", "--path", "copy.db", "--force");
            undo.StandardInput.Close();
            while (!File.Exists(folder[".copy.db.postry-journal.json"])) await Task.Delay(20);
            await Task.Delay(1500);
            Assert.Equal("500", folder.Posts("copy.db"));
            Assert.False(undo.HasExited);
            holder.StandardInput.Close();
            var result = await WineMachine.EndAsync(undo);
            Assert.True(result.ExitCode == 0, result.ToString());
        }

        Assert.False(File.Exists(folder["copy.db"]));
        Assert.Equal("500", folder.Posts(Path.GetFileName(Assert.Single(Directory.GetFiles(folder.Folder, "copy.db.undone-*")))));
    }

    [WineFact]
    public async Task The_other_commands_do_their_work()
    {
        var folder = Product();
        Write(folder, "backend/.env", "A=1\r\n");
        await folder.JsonAsync("backup");
        var first = await folder.JsonAsync("backup");
        var second = await folder.JsonAsync("backup");
        Assert.Equal(3, (await folder.JsonAsync("list")).GetArrayLength());
        await folder.ExpectAsync(0, "compare", "--latest");
        var drill = await folder.JsonAsync("drill");
        Assert.Equal("Passed", drill.GetProperty("status").GetString());
        Assert.NotEqual(0, (await folder.JsonAsync("drills")).GetArrayLength());
        var status = await folder.RunAsync("status", "--json");
        Assert.Contains("app", status.Output);
        await folder.ExpectAsync(0, "remove", "--id", first.GetProperty("id").GetString()!, "--force");
        Assert.DoesNotContain((await folder.JsonAsync("list")).EnumerateArray(), set => set.GetProperty("id").GetString()
            == first.GetProperty("id").GetString());
        var pruned = (await folder.JsonAsync("prune", "--keep-last", "2", "--minimum-age", "0s")).GetProperty("sets").EnumerateArray();
        Assert.StartsWith("Keep Keep Remove", string.Join(' ', pruned.Select(set => set.GetProperty("action").GetString())));
        Assert.Equal(2, (await folder.JsonAsync("list")).GetArrayLength());
        Assert.Contains("No lock", (await folder.ExpectAsync(0, "unlock")).Output);
        File.WriteAllText(folder["checks.json"], """{ "tables": [{ "table": "posts" }] }""");
        await folder.ExpectAsync(0, "smoke", "--path", "backend/app.db", "--file", "checks.json");
        // Wine keeps an access list as permissions: nobody else may read what is for the owner.
        await folder.ExpectAsync(0, "init", "--force", "--new-key-file", "integrity.key");
        foreach (var secret in new[] { "integrity.key", "backups", "backups/history.jsonl",
            Path.GetRelativePath(folder.Folder, LinuxPath(second.GetProperty("backupFile").GetString()!)) })
            Assert.Equal(0, (int)(File.GetUnixFileMode(folder[secret])
                & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute)));
    }

    [WineFact]
    public async Task The_demonstration_proves_that_every_row_is_back()
    {
        var folder = machine.NewFolder();
        var report = await folder.JsonAsync("demo", "--folder", "demo of it", "--posts", "2000");
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.All(report.GetProperty("proofs").EnumerateArray(), proof =>
            Assert.True(proof.GetProperty("passed").GetBoolean(), proof.ToString()));
    }

    [WineFact("script")]
    public async Task Ctrl_C_stops_a_backup_which_leaves_nothing()
    {
        var folder = machine.NewFolder();
        folder.MakeDatabase("app.db", posts: 300_000);
        using var backup = folder.StartAtTerminal("backup", "--path", "app.db");
        while (!Directory.Exists(folder["backups/.scratch"])) await Task.Delay(5);
        await backup.StandardInput.WriteAsync('\x03');
        await backup.StandardInput.FlushAsync();
        var result = await WineMachine.EndAsync(backup);
        Assert.True(result.ExitCode == 130, result.ToString());
        Assert.DoesNotContain(Directory.EnumerateFiles(folder["backups"], "*", SearchOption.AllDirectories),
            file => Path.GetFileName(file) is not (".lock" or "history.jsonl"));
    }

    /// <summary>A process that does not outlive its test.</summary>
    private sealed class KilledAtEnd(Process process) : IDisposable
    {
        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }
    }

    private WineFolder Product(string? keep = null)
    {
        var folder = machine.NewFolder();
        folder.MakeDatabase("backend/app.db");
        File.WriteAllText(folder["postry.json"], $$"""
            { "databases": { "app": { "path": "backend/app.db" } },
              "runtime": { "include": ["backend/.env", "docker-compose.yml"], "keepOnRestore": [{{(keep is null ? "" : $"\"{keep}\"")}}] } }
            """);
        return folder;
    }

    private static async Task<(Process Writer, Task<string> Lines)> StartWriterAsync(WineFolder folder)
    {
        var writer = folder.Start(WineMachine.TestHost, "writer", folder.Windows + @"\bank.db");
        var first = await writer.StandardOutput.ReadLineAsync();
        Assert.Equal("writing", first?.Trim());
        _ = writer.StandardError.ReadToEndAsync();
        return (writer, ReadAsync(writer));
    }

    private static async Task<string> ReadAsync(Process process) =>
        (await process.StandardOutput.ReadToEndAsync()).Replace("\r\n", "\n", StringComparison.Ordinal);

    private async Task<bool> IsRunningAsync(WineFolder folder, string id)
    {
        var list = await machine.RunAsync(Path.Combine(machine.Drive, "windows/system32/tasklist.exe"), folder.Folder, []);
        Assert.True(list.ExitCode == 0, list.ToString());
        return list.Output.Split('\n')
            .Any(line => line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1) == id);
    }

    private void Unpack(WineFolder folder, string artefact, string name) => Stock.Gunzip(LinuxPath(artefact), folder[name]);

    private string LinuxPath(string windows) => Path.Combine(machine.Drive, windows[3..].Replace('\\', '/'));

    private static void Write(WineFolder folder, string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.WriteAllText(folder[name], text, new UTF8Encoding(false));
    }
}
