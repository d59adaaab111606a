using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>The choice among installed programs, and the error if none is suitable. The programs of the tests are scripts.</summary>
public sealed class PgToolsTests
{
    [StockFact]
    public void An_old_program_is_too_old_and_the_error_says_what_is_there_and_what_is_needed()
    {
        using var tools = new FakeTools();
        tools.Add("pg_fake", "9.6.24");
        tools.Add("pg_fake", "14.2 (Debian 14.2-1)", subfolder: "b");
        var e = Assert.Throws<ToolTooOldException>(() =>
            PgTools.Find("pg_fake", 15, "shop", environment: Variables(tools.Folder, tools.Folder + "/b")));
        Assert.Contains("9.6.24 in " + tools.Folder, e.Message, StringComparison.Ordinal);
        Assert.Contains("14.2 in " + tools.Folder + "/b", e.Message, StringComparison.Ordinal);
        Assert.Contains("15 or newer", e.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql-client-15", e.Hint, StringComparison.Ordinal);
        Assert.Contains("POSTRY_PG_BIN", e.Hint, StringComparison.Ordinal);
    }

    [StockFact]
    public void A_missing_program_names_the_package()
    {
        using var tools = new FakeTools();
        var e = Assert.Throws<ToolMissingException>(() =>
            PgTools.Find("pg_fake", 16, "shop", environment: Variables(tools.Folder, "")));
        Assert.Contains(tools.Folder, e.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql-client-16", e.Hint, StringComparison.Ordinal);
    }

    [StockFact]
    public void The_newest_is_taken_or_the_closest_or_the_one_that_the_user_names()
    {
        using var tools = new FakeTools();
        foreach (var (folder, version) in new[] { ("a", "15.1"), ("b", "17.2"), ("c", "16.3"), ("d", "18beta1") })
            tools.Add("pg_fake", version, subfolder: folder);
        var path = string.Join(':', new[] { "a", "b", "c", "d", "none" }.Select(folder => $"{tools.Folder}/{folder}"));
        Assert.Equal((18, "18beta1"), Major(PgTools.Find("pg_fake", 15, "shop", environment: Variables(null, path))));
        Assert.Equal((16, "16.3"), Major(PgTools.Find("pg_fake", 16, "shop", PgChoice.Closest, Variables(null, path))));
        Assert.Equal((15, "15.1"), Major(PgTools.Find("pg_fake", 15, "shop", environment: Variables(tools.Folder + "/a", path))));
        // The named one is too old: others are not forgotten.
        Assert.Equal((18, "18beta1"), Major(PgTools
            .Find("pg_fake", 16, "shop", environment: Variables(tools.Folder + "/a", path))));
        static (int, string) Major(PgTool tool) => (tool.Major, tool.Version);
    }

    [StockFact]
    public void What_is_no_program_is_passed_over()
    {
        using var tools = new FakeTools();
        File.WriteAllText(Path.Combine(tools.Folder, "pg_fake"), "no program");
        Directory.CreateDirectory(Path.Combine(tools.Folder, "b", "pg_fake"));
        Assert.Throws<ToolMissingException>(() =>
            PgTools.Find("pg_fake", 1, "shop", environment: Variables(tools.Folder, tools.Folder + "/b")));
        tools.Add("pg_fake", "15.1");
        Assert.Equal(15, PgTools.Find("pg_fake", 1, "shop", environment: Variables(tools.Folder, "")).Major);
    }

    private static Func<string, string?> Variables(string? bin, string path) => name =>
        name switch { "POSTRY_PG_BIN" => bin, "PATH" => path, _ => null };
}
