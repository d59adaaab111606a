using Postry.Ops.Cli.Terminal;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Tables on narrow and wide terminals, and where the output is redirected.</summary>
public sealed class TableTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(int.MaxValue)]
    public void A_table_fits_its_room_and_keeps_the_ends_of_paths(int room)
    {
        var table = new Table("ID", "->SOURCE", "STATUS", "~PATH");
        table.Add("ens7dm2a", "1.3 MiB", "Complete", $"/srv/{new string('x', 90)}/app.db.previous-20261121T000027Z-casfpvqs");
        using var writer = new StringWriter();
        table.WriteTo(writer, room);
        var lines = writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, room));
        Assert.StartsWith("ens7dm2a", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("-casfpvqs", lines[1], StringComparison.Ordinal);
        Assert.Equal(room == int.MaxValue, lines[0].Contains("SOURCE", StringComparison.Ordinal));
        Assert.Equal(room == int.MaxValue, !lines[1].Contains("...", StringComparison.Ordinal));
    }

    [TerminalTheory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Every_list_fits_the_terminal(int width)
    {
        Directory.CreateDirectory(_sandbox.Path("a-folder-with-a-rather-long-name/for-the-application-of-a-customer"));
        var database = _sandbox.MakeDatabase("a-folder-with-a-rather-long-name/for-the-application-of-a-customer/app.db");
        await _sandbox.BackUpAsync(database, "--label", "before-the-deployment");
        var record = await _sandbox.JsonAsync(0, "restore", "--latest", "--path", database, "--force");
        var restore = record.GetProperty("restoreId").GetString();
        foreach (var verb in new[] { "list", "config", "restores", "previous-copies" })
        {
            using var process = TerminalProcess.StartWide(_sandbox, width, verb);
            var shown = await process.EndAsync();
            var lines = shown.Output.Replace("\x1b[?1h\x1b=", "", StringComparison.Ordinal).Split('\n').Select(line => line.TrimEnd('\r'))
                .Where(line => !line.StartsWith("To look into", StringComparison.Ordinal));
            Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
            if (verb == "previous-copies") Assert.Contains($"-{restore}", shown.Output, StringComparison.Ordinal);
            if (verb == "restores") Assert.Contains("/app.db", shown.Output, StringComparison.Ordinal);
        }

        Assert.Contains(database, (await _sandbox.RunAsync("restores")).Output, StringComparison.Ordinal);
    }
}
