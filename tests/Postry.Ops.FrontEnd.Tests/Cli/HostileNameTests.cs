namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>File names that a shell, a parser or a URI might take for something else.</summary>
public sealed class HostileNameTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("with space.db")]
    [InlineData("it's.db")]
    [InlineData("quo\"te.db")]
    [InlineData("日本語 é.db")]
    [InlineData("-dash.db")]
    [InlineData("--force")]
    [InlineData("@file.db")]
    [InlineData("a=b;c,d.db")]
    [InlineData("per%20cent#x.db")]
    public async Task A_database_with_any_name_comes_back(string name)
    {
        var database = _sandbox.MakeDatabase(name, posts: 20);
        var before = Sandbox.Contents(database);
        // The bare name, as somebody types it in the folder; = binds what would otherwise be an option.
        var set = await _sandbox.JsonAsync(0, "backup", $"--path={name}", $"--label={name}");
        Assert.Equal(name, set.GetProperty("label").GetString());
        Assert.Equal(database, set.GetProperty("source").GetString());
        Sandbox.Damage(database);

        await _sandbox.JsonAsync(0, "restore", "--latest", $"--path={name}", "--force");
        Assert.Equal(before, Sandbox.Contents(database));
    }

    [Theory]
    [InlineData("file?mode=ro#x.db")]
    [InlineData("[brackets]*.db")]
    [InlineData("line\nend.db")]
    public async Task A_file_name_that_cannot_be_a_logical_name_asks_for_one_and_works_with_it(string name)
    {
        var database = _sandbox.MakeDatabase(name, posts: 20);
        var before = Sandbox.Contents(database);
        var refused = await _sandbox.RunAsync("backup", "--path", name);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--database", refused.LastErrorLine);

        await _sandbox.BackUpAsync(name, "--database", "app");
        Sandbox.Damage(database);
        await _sandbox.JsonAsync(0, "restore", "--latest", "--path", name, "--force");
        Assert.Equal(before, Sandbox.Contents(database));
    }

    [Theory]
    [InlineData("-dash.db")]
    [InlineData("@file.db")]
    [InlineData("/h")]
    public async Task A_name_that_looks_like_something_else_is_still_a_value(string name)
    {
        var error = (await _sandbox.JsonAsync(1, "backup", "--path", name)).GetProperty("error");
        Assert.Equal("SourceNotFound", error.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_label_cannot_command_the_terminal()
    {
        await _sandbox.BackUpAsync(_sandbox.MakeDatabase(), "--label", "\u001b[2Jgone\u202etxt");
        var list = await _sandbox.RunAsync("list");
        Assert.DoesNotContain('\u001b', list.Output);
        Assert.DoesNotContain('\u202e', list.Output);
        // A byte that is no UTF-8 in a name becomes a private-use character, which no terminal can show.
        await _sandbox.BackUpAsync("app.db", "--label", "caf\uF7E9");
        Assert.Contains("caf\\xe9", (await _sandbox.RunAsync("list")).Output);
        Assert.Contains("gone", list.Output);
    }

    [Fact]
    public async Task Roots_with_spaces_and_another_current_folder_work()
    {
        var database = _sandbox.MakeDatabase();
        var root = _sandbox.Path("backups of \"it's\" app");
        await _sandbox.BackUpAsync(database, "--backup-root", root);
        Assert.Single((await _sandbox.JsonAsync(0, "--backup-root", root, "list")).EnumerateArray());
        Assert.Empty((await _sandbox.JsonAsync(0, "list")).EnumerateArray());
    }
}
