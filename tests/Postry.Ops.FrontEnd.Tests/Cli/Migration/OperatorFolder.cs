using System.IO.Compression;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>
/// The folder of an operator who has used the old scripts for some time: a database, the files beside it, what the scripts left of both,
/// and a shell in which `postry` is a command.
/// </summary>
internal sealed class OperatorFolder : IDisposable
{
    public const string Database = "backend/horoscope.db";
    public const string OldBackup = "backups/db/sqlite-backup-20250314-092653.db";
    public const string OldRuntime = "backups/runtime/runtime-backup-20250314-092653.zip";
    public const string OldSnapshot = Database + ".pre-restore-20250401-100000.bak";

    private static readonly string[] RuntimeFiles = ["backend/.env", "docker-compose.yml", "backend/alembic.ini"];

    public OperatorFolder()
    {
        foreach (var folder in new[] { "backend", "backups/db/pre-restore", "backups/runtime", "data", "elsewhere/backend", "home", "bin" })
            Directory.CreateDirectory(Sandbox.Path(folder));
        Sandbox.MakeDatabase(Database, posts: 60, journal: "DELETE");
        foreach (var name in RuntimeFiles) File.WriteAllText(Sandbox.Path(name), $"FROM={name}\n");
        foreach (var copy in new[] { OldBackup, OldSnapshot, "data/app.db", "elsewhere/backend/horoscope.db" })
            File.Copy(Sandbox.Path(Database), Sandbox.Path(copy));
        OldBackups.Sign(Sandbox.Path(OldBackup), "sqlite");
        using (var zip = ZipFile.Open(Sandbox.Path(OldRuntime), ZipArchiveMode.Create))
            foreach (var name in RuntimeFiles) zip.CreateEntryFromFile(Sandbox.Path(name), name);
        OldBackups.Sign(Sandbox.Path(OldRuntime), "runtime-assets");
        File.WriteAllText(Sandbox.Path("key"), Sandbox.Key);
        AddCommand("postry", $"exec '{ChildPrograms.Postry}' \"$@\"");
        Good = State();
    }

    /// <summary>The sandbox with all files.</summary>
    public Sandbox Sandbox { get; } = new();

    /// <summary>The database and its env file when the old scripts backed them up.</summary>
    public (string Rows, string Env) Good { get; }

    /// <summary>The database and its env file now.</summary>
    public (string Rows, string Env) State() =>
        (Tests.Cli.Sandbox.Contents(Sandbox.Path(Database)), File.ReadAllText(Sandbox.Path("backend/.env")));

    /// <summary>Loses rows of the good database, and changes the env file.</summary>
    public (string Rows, string Env) Damage()
    {
        Repair();
        Tests.Cli.Sandbox.Damage(Sandbox.Path(Database));
        File.WriteAllText(Sandbox.Path("backend/.env"), "FROM=a deployment that went wrong\n");
        return State();
    }

    /// <summary>Makes all as it was when the old scripts backed it up.</summary>
    public void Repair()
    {
        File.Copy(Sandbox.Path(OldSnapshot), Sandbox.Path(Database), overwrite: true);
        File.WriteAllText(Sandbox.Path("backend/.env"), Good.Env);
    }

    /// <summary>Makes a command of this name for the shell.</summary>
    public void AddCommand(string name, string script)
    {
        var path = Sandbox.Path($"bin/{name}");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>Runs what the page says in a shell, with this folder in the place of the one that the page names.</summary>
    /// <param name="script">A command of the page, or a block of commands.</param>
    /// <param name="from">The folder to start in, below this one.</param>
    /// <param name="environment">Variables beside the key and the consent, over which they win.</param>
    public async Task<PostryResult> TypeAsync(string script, string from = "", params (string Name, string Value)[] environment)
    {
        var here = script
            .Replace("/srv/app", Sandbox.Folder, StringComparison.Ordinal)
            .Replace("/etc/postry.key", Sandbox.Path("key"), StringComparison.Ordinal)
            .Replace("/usr/local/bin", Sandbox.Path("bin"), StringComparison.Ordinal);
        (string, string)[] all =
        [
            ("PATH", $"{Sandbox.Path("bin")}:{Environment.GetEnvironmentVariable("PATH")}"),
            ("BACKUP_METADATA_HMAC_KEY", Tests.Cli.Sandbox.Key),
            ("RESTORE_ALLOW_NONINTERACTIVE", "1"),
            .. environment,
        ];
        using var shell = PostryProcess.StartOther("bash", Sandbox.Path(from), ["-c", here], all);
        return await shell.EndAsync();
    }

    /// <summary>Puts names of this folder in the place of the letters that the page's table has for them.</summary>
    public static string Fill(string command, params (string Letter, string Value)[] names)
    {
        foreach (var (letter, value) in names)
            command = Regex.Replace(command, $@"(?<![\w-]){letter}(?![\w-])", value.Replace("$", "$$", StringComparison.Ordinal));
        return command;
    }

    public void Dispose() => Sandbox.Dispose();
}
