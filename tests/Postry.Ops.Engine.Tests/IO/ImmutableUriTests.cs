using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.IO;

/// <summary>The URI by which private files are opened is one that SQLite understands, on every system.</summary>
public sealed class ImmutableUriTests
{
    [Theory]
    [InlineData("/srv/app.db", false, "file:///srv/app.db?immutable=1")]
    [InlineData("/srv/my app/50%?#ü:.db", false, "file:///srv/my%20app/50%25%3F%23%C3%BC%3A.db?immutable=1")]
    [InlineData(@"/srv/a\b.db", false, "file:///srv/a%5Cb.db?immutable=1")]
    [InlineData(@"C:\data\app.db", true, "file:///C:/data/app.db?immutable=1")]
    [InlineData(@"C:\Users\J Doe\50%#ü.db", true, "file:///C:/Users/J%20Doe/50%25%23%C3%BC.db?immutable=1")]
    [InlineData(@"\\server\share\app.db", true, "file:////server/share/app.db?immutable=1")]
    public void Between_the_second_slash_and_the_third_stands_nothing(string path, bool windows, string expected) =>
        Assert.Equal(expected, SqliteSession.ImmutableUri(path, windows));

    [StockFact]
    public void The_stock_shell_opens_the_same_file_by_it()
    {
        using var work = new Workspace();
        var path = work["50% of #1? ü.db"];
        Commands.Sqlite(path, "CREATE TABLE t(a); INSERT INTO t VALUES (42);");
        Assert.Equal("42\n", Commands.Run("sqlite3", [SqliteSession.ImmutableUri(path, windows: false), "SELECT a FROM t"]).Output);
    }
}
