using System.Text.Json;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The main job from the console on a PostgreSQL database: every verb, each way to name the database, and no password
/// anywhere.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private readonly Sandbox _sandbox = new();
    private string _database = "";
    private string _role = "";
    private string _password = "";

    private static PostgresServer Server => PostgresServer.Shared;

    private string Url => Server.Url(_database, _role, _password);

    private string UrlWithoutPassword => $"postgresql://{_role}@127.0.0.1:{Server.Port}/{_database}";

    public async Task InitializeAsync()
    {
        if (PostgresRequirements.Missing() is not null) return;
        (_role, _password) = await Server.CreateRoleAsync("CREATEDB");
        _database = (await Server.CreateDatabaseAsync(options: $"OWNER {_role}")).Database;
        Server.Psql(_database, $"""
            SET ROLE {_role};
            CREATE TABLE users(id int PRIMARY KEY, email text NOT NULL);
            CREATE TABLE posts(id int PRIMARY KEY, user_id int REFERENCES users, status text);
            CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('3f2a');
            INSERT INTO users SELECT i, 'user' || i || '@example.org' FROM generate_series(1, 10) i;
            INSERT INTO posts SELECT i, i % 10 + 1, 'published' FROM generate_series(1, 500) i;
            """);
    }

    public Task DisposeAsync()
    {
        _sandbox.Dispose();
        return Task.CompletedTask;
    }

    [PostgresFact]
    public async Task Everything_comes_back_and_the_restore_can_be_undone()
    {
        var good = State();
        var set = await JsonAsync(0, "backup", "--label", "nightly");
        Assert.Equal(("postgres", "Complete", _database), (Text(set, "mode"), Text(set, "status"), Text(set, "database")));
        Assert.Equal($"postgresql://127.0.0.1:{Server.Port}/{_database}", Text(set, "source"));
        Assert.Equal("public.alembic_version 3f2a", Text(set, "migration"));
        Assert.Contains("nightly (public.alembic_version 3f2a)", (await RunAsync("list")).Output);
        foreach (var level in new[] { "Signature", "Artefact", "Contents", "Restore" })
            Assert.Equal("Passed", Text(await JsonAsync(0, "test", "--latest", "--level", level), "status"));

        Server.Psql(_database, "DELETE FROM posts WHERE id > 100; UPDATE users SET email = 'eve' WHERE id = 1");
        var damaged = State();
        Assert.Equal("Different", Text(await JsonAsync(0, "compare", "--latest"), "status"));
        var plan = await JsonAsync(0, "restore", "--latest", "--what-if");
        Assert.Equal("Swap", Text(plan, "strategy"));
        Assert.NotEmpty(Text(plan, "strategyReason"));
        Assert.Equal(4, (await RunAsync("restore", "--latest")).ExitCode);
        Assert.Equal(damaged, State());

        var record = await JsonAsync(0, "restore", "--latest", "--force");
        Assert.Equal(("Committed", "Swap"), (Text(record, "status"), Text(record, "strategy")));
        Assert.Equal(good, State());
        var copy = Assert.Single((await JsonAsync(0, "previous-copies", "--database-url", UrlWithoutPassword)).EnumerateArray());
        Assert.Equal(Text(record, "previousCopy"), Text(copy, "path"));

        Assert.Equal("Undone", Text(await JsonAsync(0, "undo", "--id", Text(record, "restoreId"), "--force"), "status"));
        Assert.Equal(damaged, State());
        Assert.Equal("Undone", Text(Assert.Single((await JsonAsync(0, "restores", "--database-url", UrlWithoutPassword)).EnumerateArray()),
            "status"));
        Assert.True(Assert.Single((await JsonAsync(0, "previous-copies", "--remove", "--older-than", "0m", "--force")).EnumerateArray())
            .GetProperty("removed").GetBoolean());
        Assert.Empty((await JsonAsync(0, "previous-copies")).EnumerateArray());
    }

    [PostgresFact]
    public async Task The_password_can_come_from_a_variable_of_any_name_or_from_a_file()
    {
        await EndAsync(0, ["backup", "--database-url-env", "MY_URL"], ("MY_URL", Url));
        await EndAsync(0, ["backup", "--database-url-env", "MY_URL"],
            ("MY_URL", $"host=127.0.0.1 port={Server.Port} user={_role} dbname={_database} password={_password}"));
        await EndAsync(0, ["backup", "--database-url", UrlWithoutPassword], ("PGPASSWORD", _password));

        var passfile = _sandbox.Path("passfile");
        await File.WriteAllTextAsync(passfile, $"127.0.0.1:{Server.Port}:*:{_role}:{_password}\n");
        File.SetUnixFileMode(passfile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await EndAsync(0, ["backup", "--database-url", UrlWithoutPassword], ("PGPASSFILE", passfile));
        await EndAsync(0, ["compare", "--latest", "--database-url", $"host=127.0.0.1 port={Server.Port} user={_role} dbname={_database}"],
            ("PGPASSFILE", passfile));
        await EndAsync(0, ["test", "--latest", "--level", "Restore", "--scratch-url", UrlWithoutPassword], ("PGPASSFILE", passfile));
        await EndAsync(0, ["test", "--latest", "--level", "Restore", "--scratch-url-env", "MY_URL"], ("MY_URL", Url));
    }

    [PostgresFact]
    public async Task Errors_have_their_ids_and_repeat_no_password()
    {
        Assert.Equal("AuthenticationFailed", await FailAsync(Server.Url(_database, _role, "wrong-hunter2")));
        Assert.Equal("AuthenticationFailed", await FailAsync(UrlWithoutPassword));
        Assert.Equal("SourceNotFound", await FailAsync(Server.Url("nosuch", _role, _password)));
        Assert.Equal("DatabaseUnreachable", await FailAsync($"postgresql://{_role}:hunter2@127.0.0.1:1/{_database}"));
        Assert.Equal("DatabaseUnreachable", await FailAsync($"postgresql://{_role}:hunter2@nowhere.invalid/{_database}"));
        Assert.Equal("AccessDenied", await FailAsync(Server
            .Url(_database, (await Server.CreateRoleAsync()) is var (name, secret) ? name : "", secret)));
    }

    [PostgresFact]
    public async Task A_parameter_of_another_driver_is_warned_of_once_and_one_that_decides_security_is_refused()
    {
        await JsonAsync(0, "backup");
        foreach (var arguments in new[] { new[] { "backup" }, ["restore", "--latest", "--force"], ["compare", "--latest"] })
        {
            var said = await EndAsync(0, arguments, ("DATABASE_URL", Url + "?uselibpqcompat=true&serverVersion=16"));
            Assert.Equal(2, said.Errors.Split("because PostgreSQL does not know them: uselibpqcompat, serverVersion.").Length);
        }

        var refused = await EndAsync(2, ["backup"], ("DATABASE_URL", Url + "?sslidentity=/c.p12"));
        Assert.Contains("sslidentity", refused.Errors);
    }

    [PostgresFact]
    public async Task What_the_server_says_is_no_defect()
    {
        var said = await EndAsync(1, ["backup"], ("DATABASE_URL", Url + "?options=-c%20foo%3Dbar"));
        Assert.Contains("unrecognized configuration parameter \"foo\"", said.Errors);
        Assert.Contains("options=", said.Errors);
        Assert.DoesNotContain("defect", said.Errors);
    }

    [PostgresFact]
    public async Task What_is_narrowed_says_so_and_options_reach_the_engine()
    {
        Server.Psql(_database, $"SET ROLE {_role}; CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 1 AS id");
        var set = await JsonAsync(0, "backup", "--schema", "shop", "--schema", "public", "--exclude-table-data", "users",
            "--exclude-table-data", "public.posts", "--fingerprint", "live", "--jobs", "1");
        Assert.Equal("only schemas shop, public, without data of public.users, public.posts", Text(set, "scope"));
        Assert.Equal("Live", Text(set, "fingerprint"));
        Assert.Contains($"part of {_database}", (await RunAsync("list")).Output);
        Assert.Contains("NOT the whole database", (await RunAsync("test", "--latest")).Output);
        Assert.Contains("NOT the whole database", (await RunAsync("restore", "--latest", "--what-if")).Output);
    }

    [PostgresFact]
    public async Task A_restore_that_awaits_its_verdict_is_completed()
    {
        await JsonAsync(0, "backup");
        await JsonAsync(0, "restore", "--latest", "--force");
        var record = Directory.EnumerateFiles(Path.Combine(_sandbox.Backups, "restores"), "*.json").Single();
        await File.WriteAllTextAsync(record, (await File.ReadAllTextAsync(record)).Replace("\"Committed\"", "\"AwaitingVerdict\""));
        Assert.Equal("TargetPending", Text((await JsonAsync(6, "restore", "--latest", "--force")).GetProperty("error"), "id"));
        Assert.Equal("Committed", Text(await JsonAsync(0, "complete", "--latest"), "status"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private string State() => Server.Psql(_database,
        "SELECT (SELECT count(*) || ':' || sum(id) FROM posts), (SELECT string_agg(email, ',' ORDER BY id) FROM users)");

    private async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments) =>
        Sandbox.Parse((await EndAsync(exitCode, [.. arguments, "--json", "--verbose"], ("DATABASE_URL", Url))).Output);

    private Task<PostryResult> RunAsync(params string[] arguments) => EndAsync(null, arguments, ("DATABASE_URL", Url));

    private async Task<string> FailAsync(string url) =>
        Text(Sandbox.Parse((await EndAsync(1, ["backup", "--json", "--verbose"], ("DATABASE_URL", url))).Output).GetProperty("error"),
            "id");

    /// <summary>Runs `postry` with the key and the variables, and looks for passwords in all that it says and leaves.</summary>
    private async Task<PostryResult> EndAsync(int? exitCode, string[] arguments, params (string, string)[] environment)
    {
        using var postry = PostryProcess.Start(_sandbox.Folder, arguments, [("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), .. environment]);
        var result = await postry.EndAsync();
        Assert.True(exitCode is null || exitCode == result.ExitCode, result.ToString());
        Assert.DoesNotContain(_password, result.Output + result.Errors);
        Assert.DoesNotContain("hunter2", result.Output + result.Errors);
        if (Directory.Exists(_sandbox.Backups))
        {
            foreach (var file in Directory.EnumerateFiles(_sandbox.Backups, "*.json", SearchOption.AllDirectories))
                Assert.DoesNotContain(_password, await File.ReadAllTextAsync(file));
        }

        return result;
    }
}
