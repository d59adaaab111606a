using System.Diagnostics;
using System.Text.Json;
using Stock = Postry.Ops.Engine.Tests.Support.Commands;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>A folder that Linux and Windows see, with a small product in it.</summary>
internal sealed class WineFolder(WineMachine machine, string folder)
{
    public const string Key = "5b1d4f0c7a9e3826b0d4e8f1a2c3958677e6f5d4c3b2a1908f7e6d5c4b3a2918";

    /// <summary>Full path for Linux.</summary>
    public string Folder => folder;

    /// <summary>Variables that the console gets.</summary>
    public (string Name, string Value)[] Variables { get; set; } = [];

    /// <summary>Full path for Windows.</summary>
    public string Windows => @"C:\" + Path.GetRelativePath(machine.Drive, folder).Replace('/', '\\');

    /// <summary>Full path of a file, for Linux.</summary>
    public string this[string name] => Path.Combine(folder, name);

    /// <summary>Makes a database by the stock shell.</summary>
    public string MakeDatabase(string name, int posts = 500, string journal = "wal")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        Stock.Sqlite(this[name], $"""
            PRAGMA journal_mode={journal};
            CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {posts}) INSERT INTO posts SELECT i, 'post ' || i FROM n;
            """);
        return this[name];
    }

    /// <summary>The number of posts in a database, by the stock shell.</summary>
    public string Posts(string name) => Stock.Sqlite(this[name], "SELECT count(*) FROM posts");

    /// <summary>Starts the console.</summary>
    public Process Start(string program, params string[] words) =>
        machine.Start(program, folder, words, [("BACKUP_METADATA_HMAC_KEY", Key), .. Variables]);

    /// <summary>Starts the console at a terminal that `script` makes.</summary>
    public Process StartAtTerminal(params string[] words) => machine.StartAtTerminal(WineMachine.Postry, folder, words,
        [("BACKUP_METADATA_HMAC_KEY", Key), .. Variables]);

    /// <summary>Runs the console to its end.</summary>
    public Task<WineResult> RunAsync(params string[] words) => RunAsync(WineMachine.Postry, words);

    /// <summary>Runs a program to its end.</summary>
    public async Task<WineResult> RunAsync(string program, IEnumerable<string> words,
        params (string Name, string Value)[] variables) =>
        await machine.RunAsync(program, folder, words, [("BACKUP_METADATA_HMAC_KEY", Key), .. Variables, .. variables]);

    /// <summary>Runs the console, and asserts its exit code.</summary>
    public async Task<WineResult> ExpectAsync(int exitCode, params string[] words)
    {
        var result = await RunAsync(words);
        Assert.True(exitCode == result.ExitCode, $"postry {string.Join(' ', words)}: {result}");
        return result;
    }

    /// <summary>Runs the console with --json, and returns its document.</summary>
    public async Task<JsonElement> JsonAsync(params string[] words) =>
        Cli.Sandbox.Parse((await ExpectAsync(0, [.. words, "--json"])).Output);
}
