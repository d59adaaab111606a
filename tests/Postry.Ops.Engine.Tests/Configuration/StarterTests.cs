using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Operations.Scaffolding;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>The first postry.json of a folder.</summary>
public sealed partial class StarterTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void An_empty_folder_gets_one_that_can_be_read()
    {
        var starter = Write();
        Assert.Empty(starter.Databases);
        Assert.Empty(starter.Found);
        Assert.Empty(Read().Problems);
        Assert.Equal(File.ReadAllText(_work["postry.json"]), starter.Text);
        Assert.Equal(ConfigurationSchema.Text, File.ReadAllText(_work["postry.schema.json"]));
        Assert.Equal(["postry.json", "postry.schema.json"], _work.AllFiles());
    }

    [Fact]
    public void Its_values_are_the_defaults_and_its_examples_are_right()
    {
        Write();
        var (read, standard) = (Read(), OpsConfiguration.Default);
        Assert.Equal(standard.Objectives, read.Objectives);
        Assert.Equal(new RetentionPolicy { KeepLast = 3, KeepDaily = 14, KeepWeekly = 8, KeepMonthly = 12 }, read.Retention);
        Assert.Equal([standard.Runtime.Include, standard.Runtime.Exclude, standard.Runtime.KeepOnRestore],
            [read.Runtime.Include, read.Runtime.Exclude, read.Runtime.KeepOnRestore]);

        var uncommented = Example().Replace(File.ReadAllText(_work["postry.json"]), "$1");
        var examples = ConfigurationText.Read(uncommented);
        Assert.Empty(examples.Problems);
        Assert.NotEmpty(examples.Smoke.Http);
        Assert.NotEmpty(examples.Smoke.Tables);
        Assert.NotEmpty(examples.Notifications.Events);
        Assert.NotEmpty(examples.Runtime.Required);
        Assert.Equal(2, examples.Databases.Count);
    }

    [Fact]
    public void It_names_what_is_there_and_no_value_of_it()
    {
        Directory.CreateDirectory(_work["data"]);
        Commands.Sqlite(_work["data/app.db"], "CREATE TABLE posts(id INTEGER PRIMARY KEY)");
        Commands.Sqlite(_work["we*ird \"name\".sqlite3"], "CREATE TABLE posts(id INTEGER PRIMARY KEY)");
        File.WriteAllText(_work["fake.db"], "not a database");
        Directory.CreateDirectory(_work["backups/db"]);
        File.Copy(_work["data/app.db"], _work["backups/db/old.db"]);
        File.WriteAllText(_work[".env"],
            "# DATABASE_URL=mysql://x\nSECRET=hunter2\nexport DATABASE_URL='postgresql://scott:hunter2@prod.example.org/tiger'\n");
        File.WriteAllText(_work["docker-compose.yml"], """
            version: "3"
            services:
              web:
                image: nginx
                environment:
                  POSTGRES_IMAGE: postgres:1
              # db: image: postgres:9
              "db":
                container_name: db
                image: "docker.io/library/postgres:16-alpine" # pinned
                environment:
                  POSTGRES_PASSWORD: hunter2
              gis: { image: postgis/postgis:16 }
            volumes:
              db:
                image: postgres:1
            """);
        var starter = Write();
        Assert.Equal(["postgres", "we-ird \"name\"", "app"], starter.Databases);
        Assert.Equal(
            [
                ".env sets DATABASE_URL (PostgreSQL).",
                "docker-compose.yml has the service db with the image docker.io/library/postgres:16-alpine.",
                "docker-compose.yml has the service gis with the image postgis/postgis:16.",
                "we*ird \"name\".sqlite3 is a SQLite database.", "data/app.db is a SQLite database.",
            ], starter.Found);
        var read = Read();
        Assert.Empty(read.Problems);
        Assert.Equal(["DATABASE_URL", null, null], read.Databases.Values.Select(entry => entry.UrlVariable));
        Assert.Equal([null, "we*ird \"name\".sqlite3", "data/app.db"], read.Databases.Values.Select(entry => entry.Path));
        Assert.Contains("the service db is PostgreSQL", starter.Text);
        Assert.DoesNotMatch("hunter2|tiger|prod|scott", starter.Text + string.Join(' ', starter.Found) + starter.Summary);
    }

    [Theory]
    [InlineData("postgresql+asyncpg://scott:hunter2@prod/tiger", "PostgreSQL", 1)]
    [InlineData("sqlite:///hunter2.db", "SQLite", 0)]
    [InlineData("mysql://scott:hunter2@prod/tiger", "another kind", 0)]
    public void DATABASE_URL_of_the_environment_is_told_by_its_kind_only(string url, string words, int databases)
    {
        var starter = Write(false, ("DATABASE_URL", url));
        Assert.Contains(words, Assert.Single(starter.Found));
        Assert.Equal(databases, starter.Databases.Count);
        Assert.DoesNotMatch("hunter2|tiger|prod|scott", starter.Text + starter.Found[0]);
    }

    [Fact]
    public void One_that_is_there_is_replaced_only_when_asked_for()
    {
        File.WriteAllText(_work["postry.json"], "{ broken");
        Assert.Equal(_work["postry.json"], Assert.Throws<DestinationExistsException>(() => Write()).Target);
        Assert.Equal("{ broken", File.ReadAllText(_work["postry.json"]));
        Write(replace: true);
        Assert.Empty(Read().Problems);
        Assert.Equal(["postry.json", "postry.schema.json"], _work.AllFiles());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_of_that_name_is_left_alone(bool replace)
    {
        Directory.CreateDirectory(_work["postry.json"]);
        Assert.Equal(_work["postry.json"], Assert.Throws<DestinationExistsException>(() => Write(replace)).Target);
        Assert.Empty(_work.AllFiles());
    }

    [Fact]
    public void One_that_appears_after_the_plan_is_not_overwritten()
    {
        var plan = ConfigurationStarter.Plan(Settings(), false);
        File.WriteAllText(_work["postry.json"], "theirs");
        Assert.Throws<DestinationExistsException>(() => ConfigurationStarter.Write(plan, Settings(), false));
        Assert.Equal("theirs", File.ReadAllText(_work["postry.json"]));
    }

    [Fact]
    public void A_backup_root_that_is_given_is_written_down()
    {
        foreach (var (given, written) in new[] { ("dumps/nightly", "dumps/nightly"), ("/mnt/backups", "/mnt/backups") })
        {
            var settings = Settings() with { BackupRoot = Path.GetFullPath(given, _work.Folder) };
            ConfigurationStarter.Write(ConfigurationStarter.Plan(settings, true), settings, true);
            Assert.Equal(written, Read().BackupRoot);
        }
    }

    [Fact]
    public void A_plan_writes_nothing()
    {
        Assert.Contains("Write " + _work["postry.json"], ConfigurationStarter.Plan(Settings(), false).Summary);
        Assert.Empty(_work.AllFiles());
        Assert.Throws<SourceNotFoundException>(() => ConfigurationStarter.Plan(Settings() with { RepoRoot = _work["nowhere"] }, false));
    }

    private StarterConfiguration Write(bool replace = false, params (string Name, string Value)[] environment)
    {
        var plan = ConfigurationStarter.Plan(Settings(environment), replace);
        ConfigurationStarter.Write(plan, Settings(environment), replace);
        return plan;
    }

    private OpsSettings Settings(params (string Name, string Value)[] environment) =>
        OpsSettings.Resolve(_work.Folder, null, null, _work.Folder, name => environment.FirstOrDefault(pair => pair.Name == name).Value,
            readFile: false);

    private OpsConfiguration Read() => OpsConfiguration.Load(_work.Folder, _ => null, []);

    [GeneratedRegex("""^ *// *(["}].*)$""", RegexOptions.Multiline)]
    private static partial Regex Example();
}
