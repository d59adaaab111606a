using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>The choice of the database: parameter over environment over file.</summary>
public sealed class NamedDatabaseTests : IDisposable
{
    private const string Entries = """{ "databases": { "app": { "path": "data/app.db" }, "shop": { "urlVariable": "SHOP_URL" }, "wiki": { "url": "postgresql://wiki@db/wiki" } } }""";

    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("sqlite:///data/app.db", "data/app.db")]
    [InlineData("sqlite+aiosqlite:///app.db", "app.db")]
    [InlineData("SQLITE+pysqlite:///./a b%20c.db?check_same_thread=false", "a b%20c.db")]
    [InlineData("sqlite:////srv/app.db", "/srv/app.db")]
    [InlineData(" sqlite:////srv/app.db\n", "/srv/app.db")]
    [InlineData("\t sqlite:///app.db", "app.db")]
    public void Addresses_of_SQLite_files_are_read_as_SQLAlchemy_does(string url, string path)
    {
        foreach (var address in new[] { Choose(new DatabaseChoice(), ("DATABASE_URL", url)).Address,
            Choose(new DatabaseChoice { Url = url }).Address })
            Assert.Equal(new SqliteAddress(Path.GetFullPath(path, _work.Folder)), address);
        Assert.Equal(DatabaseMode.Sqlite, Choose(new DatabaseChoice { Mode = DatabaseMode.Sqlite }, ("DATABASE_URL", url)).Address.Mode);
    }

    [Theory]
    [InlineData("sqlite://")]
    [InlineData("sqlite:///")]
    [InlineData("sqlite:///:memory:")]
    [InlineData("sqlite:app.db")]
    [InlineData("sqlite://host/app.db")]
    [InlineData("sqlite:///file:hunter2?mode=ro&uri=true")]
    public void Addresses_that_name_no_file_are_refused(string url) =>
        Assert.DoesNotContain("hunter2", Refused(new DatabaseChoice(), ("DATABASE_URL", url)));

    [Fact]
    public void A_parameter_counts_more_than_the_environment_and_that_more_than_the_file()
    {
        Write("""{ "databases": { "app": { "path": "data/app.db" } } }""");
        var environment = ("DATABASE_URL", "postgresql://env/env");
        Assert.Equal("postgresql://given:5432/given",
            Choose(new DatabaseChoice { Url = "postgresql://given/given" }, environment).Address.Name);
        Assert.Equal(new SqliteAddress(_work["given.db"]), Choose(new DatabaseChoice { Path = _work["given.db"] }, environment).Address);
        Assert.Null(Choose(new DatabaseChoice { Path = _work["given.db"] }).Entry);
        var named = Choose(new DatabaseChoice { Name = "app" }, environment);
        Assert.Equal((new SqliteAddress(_work["data/app.db"]), "app"), (named.Address, named.Entry!.Name));
        var fromEnvironment = Choose(new DatabaseChoice(), environment);
        Assert.Equal(("postgresql://env:5432/env", null), (fromEnvironment.Address.Name, fromEnvironment.Entry));
        Assert.Equal("app", Choose(new DatabaseChoice()).Entry!.Name);
        // A mode that is asked for is a parameter too.
        Assert.Equal("app", Choose(new DatabaseChoice { Mode = DatabaseMode.Sqlite }, environment).Entry!.Name);
    }

    [Fact]
    public void An_entry_for_DATABASE_URL_says_how_what_it_names_is_treated()
    {
        Write("""{ "databases": { "main": { "urlVariable": "DATABASE_URL", "excludeTableData": ["sessions"] }, "other": { "path": "o.db" } } }""");
        var chosen = Choose(new DatabaseChoice(), ("DATABASE_URL", "postgresql://env/env"));
        Assert.Equal(("postgresql://env:5432/env", "main"), (chosen.Address.Name, chosen.Entry!.Name));
        Assert.Equal(["sessions"], chosen.Entry.ExcludeTableData);
        Write("""{ "databases": { "a": { "urlVariable": "DATABASE_URL" }, "b": { "urlVariable": "DATABASE_URL" } } }""");
        Assert.Contains("a, b", Refused(new DatabaseChoice(), ("DATABASE_URL", "postgresql://env/env")));
    }

    [Fact]
    public void Several_entries_and_nothing_named_is_an_error_that_lists_them()
    {
        Write(Entries);
        Assert.Contains("app, shop, wiki", Refused(new DatabaseChoice(), ("SHOP_URL", "postgresql://db/shop")));
        Assert.Equal("app", Choose(new DatabaseChoice { Mode = DatabaseMode.Sqlite }, ("SHOP_URL", "postgresql://db/shop")).Entry!.Name);
    }

    [Fact]
    public void An_entry_that_says_its_kind_is_passed_over_although_its_variable_is_not_set()
    {
        Write("""{ "databases": { "app": { "urlVariable": "APP_URL", "mode": "postgres" }, "shop": { "path": "shop.db" } } }""");
        Assert.Equal("shop", Choose(new DatabaseChoice { Mode = DatabaseMode.Sqlite }).Entry!.Name);
        Assert.Contains("APP_URL", Refused(new DatabaseChoice { Mode = DatabaseMode.Postgres }));
    }

    [Fact]
    public void An_address_that_nobody_can_read_does_not_hide_the_entries()
    {
        Write("""{ "databases": { "app": { "path": "app.db" }, "shop": { "path": "shop.db" } } }""");
        foreach (var mode in new DatabaseMode?[] { null, DatabaseMode.Sqlite })
        {
            var message = Refused(new DatabaseChoice { Mode = mode }, ("DATABASE_URL", "mysql://root:hunter2@host/app"));
            Assert.Contains("names app, shop, and none of these is chosen", message);
            Assert.DoesNotContain("hunter2", message);
        }
    }

    [Fact]
    public void A_name_that_is_not_there_is_an_error_with_those_that_are()
    {
        Write(Entries);
        var message = Refused(new DatabaseChoice { Name = "shpo" }, ("DATABASE_URL", "postgresql://env/env"));
        Assert.Contains("did you mean 'shop'?", message);
        Assert.Contains("app, shop, wiki", message);
        Assert.Contains("names no database 'qqqq'. It names", Refused(new DatabaseChoice { Name = "qqqq" }));
        Assert.Contains("no database 'App'; did you mean 'app'?", Refused(new DatabaseChoice { Name = "App" }));
        Assert.Contains("app, shop.", Refused(new DatabaseChoice { Name = "*p" }));
    }

    [Fact]
    public void Without_entries_a_name_is_only_what_backups_are_called() =>
        Assert.Equal("postgresql://env:5432/env",
            Choose(new DatabaseChoice { Name = "anything" }, ("DATABASE_URL", "postgresql://env/env")).Address.Name);

    [Fact]
    public void Wildcards_match_names()
    {
        Write(Entries);
        var entries = new DatabaseEntries(Settings());
        Assert.Equal(["app", "shop", "wiki"], entries.Matching("*").Select(entry => entry.Name));
        Assert.Equal(["app", "shop"], entries.Matching("*p").Select(entry => entry.Name));
        Assert.Throws<InvalidRequestException>(() => entries.Matching("x*"));
    }

    [Fact]
    public void An_entry_whose_variable_is_not_set_or_of_another_kind_is_an_error_that_names_it()
    {
        Write("""{ "databases": { "shop": { "urlVariable": "SHOP_URL", "mode": "postgres" } } }""");
        Assert.Contains("SHOP_URL", Refused(new DatabaseChoice { Name = "shop" }));
        Assert.Contains("expected to be of mode postgres",
            Refused(new DatabaseChoice { Name = "shop" }, ("SHOP_URL", "sqlite:///hunter2.db")));
        Assert.DoesNotContain("hunter2", Refused(new DatabaseChoice { Name = "shop" }, ("SHOP_URL", "mysql://a:hunter2@b/c")));
        Assert.True(ChildEnvironment.IsHidden("SHOP_URL"));
    }

    [Fact]
    public void Nothing_at_all_says_what_was_looked_for_and_which_files_are_there()
    {
        var bare = Assert.Throws<InvalidRequestException>(() => Choose(new DatabaseChoice()));
        Assert.Contains($"no {OptionName.Path} and no {OptionName.DatabaseUrl}, and DATABASE_URL is not set; there is no postry.json in " + _work.Folder,
            bare.Message);
        Commands.Sqlite(_work["app.db"], "CREATE TABLE posts(id INTEGER PRIMARY KEY)");
        Assert.Contains("SQLite databases there: app.db.", Assert.Throws<InvalidRequestException>(() => Choose(new DatabaseChoice())).Hint);
        Write("{}");
        Assert.Contains("postry.json names no database", Refused(new DatabaseChoice()));
        Assert.Contains("does not begin with postgres or sqlite", Refused(new DatabaseChoice(), ("DATABASE_URL", "mysql://a:hunter2@b/c")));
    }

    [Fact]
    public void A_broken_file_is_in_the_way_only_of_who_needs_its_databases()
    {
        Write("""{ "backupRoot": "b", "databases": { "app": { "paht": "a.db" } } }""");
        Assert.Equal(new SqliteAddress(_work["x.db"]), Choose(new DatabaseChoice { Path = _work["x.db"] }).Address);
        Assert.Equal("postgresql://given:5432/given", Choose(new DatabaseChoice { Url = "postgresql://given/given" }).Address.Name);
        foreach (var choice in new[] { new DatabaseChoice(), new DatabaseChoice { Name = "app" } })
            Assert.Throws<ConfigurationInvalidException>(() => Choose(choice, ("DATABASE_URL", "postgresql://env/env")));
        Write("""{ "databases": { "app": { "path": "a.db" } }, "notifications": { "mail": [] } }""");
        Assert.Equal("app", Choose(new DatabaseChoice { Name = "app" }).Entry!.Name);
    }

    private void Write(string text) => File.WriteAllText(_work["postry.json"], text);

    private OpsSettings Settings(params (string Name, string Value)[] environment) =>
        OpsSettings.Resolve(_work.Folder, null, null, _work.Folder, name => environment.FirstOrDefault(pair => pair.Name == name).Value);

    private ChosenDatabase Choose(DatabaseChoice choice, params (string Name, string Value)[] environment) =>
        choice.Choose(Settings(environment));

    private string Refused(DatabaseChoice choice, params (string Name, string Value)[] environment) =>
        Assert.Throws<InvalidRequestException>(() => Choose(choice, environment)).Message;
}
