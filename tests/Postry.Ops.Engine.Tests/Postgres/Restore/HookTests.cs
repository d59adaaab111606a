using System.Diagnostics;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>The commands around a swap, which stop and start the application, on both engines.</summary>
public sealed class HookTests
{
    [StockFact]
    public Task A_file_s_hooks() => SucceedFailAndRunOutOfTimeAsync(Sqlite);

    [PostgresFact]
    public Task A_server_s_hooks() => SucceedFailAndRunOutOfTimeAsync(Postgres);

    [StockFact]
    public async Task Out_of_time_after_the_swap_the_backup_is_not_blamed()
    {
        using var work = new Workspace();
        var fixture = Sqlite(work);
        var set = await work.Engine.BackUpAsync(new() { Source = fixture.Address });
        fixture.Write(2);
        var hooks = new RestoreHooks { AfterSwap = "token=hush sleep 60", Timeout = TimeSpan.FromSeconds(1) };
        var plan = await work.Engine.PlanRestoreAsync(new() { Backup = new() { Id = set.Id }, Target = fixture.Address, Hooks = hooks });
        var error = await Assert.ThrowsAsync<RestoreUndoneException>(() => work.Engine.RestoreAsync(plan));

        Assert.Contains("token=*** sleep ***: it had not ended after 1 s, and was stopped", error.Message, StringComparison.Ordinal);
        Assert.Contains("The backup is not the reason.", error.Hint, StringComparison.Ordinal);
        Assert.Contains($"{OptionName.HookTimeout}", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("another backup", error.Hint, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("2", fixture.Read());
        Assert.DoesNotContain("hush", File.ReadAllText(work.Engine.ListRestores()[0].RecordFile!), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task See_no_secret()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var fixture = Postgres(work);
        var set = await work.Engine.BackUpAsync(new() { Source = fixture.Address });
        var url = server.Url(((PostgresAddress)fixture.Address).Database);
        var answer = PostryConsole.Run(work, ["restore", "--id", set.Id, "--database-url-env", "MY_URL", "--force", "--before-swap",
            $"env > {work["before"]}", "--after-swap", $"env > {work["after"]}"],
            new() { ["MY_URL"] = url, ["DATABASE_URL"] = url, ["PGPASSWORD"] = server.Password });
        Assert.True(answer.ExitCode == 0, answer.ToString());
        foreach (var name in new[] { "before", "after" })
        {
            var seen = File.ReadAllText(work[name]);
            Assert.Contains("POSTRY_TARGET=postgresql://", seen, StringComparison.Ordinal);
            foreach (var secret in new[] { server.Password, Uri.EscapeDataString(server.Password), Workspace.Key })
                Assert.DoesNotContain(secret, seen, StringComparison.Ordinal);
        }
    }

    [PostgresFact]
    public async Task Reach_the_database_that_is_restored_by_their_own_variable_and_no_other()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var (role, password) = await server.CreateRoleAsync("CREATEDB", $"app \"{Guid.NewGuid().ToString("N")[..6]}");
        var app = await server.CreateDatabaseAsync($"shop 100% {Guid.NewGuid().ToString("N")[..6]}", $"OWNER {PostgresServer.Quote(role)}");
        server.Psql(app.Database, $"SET ROLE {PostgresServer.Quote(role)}; CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        var other = await server.CreateDatabaseAsync();
        server.Psql(other.Database, "CREATE TABLE t (a int); INSERT INTO t VALUES (666)");
        var set = await work.BackUpAsync(app.As(role, password));
        var psql = PgTools.Find("psql", 1, "hooks").Path;
        string Look(string name) =>
            $"{psql} \"$POSTRY_TARGET_URL\" -XAtc 'SELECT a, current_user FROM t' > {work[name]} && echo \"$POSTRY_TARGET_URL\" > " +
            $"{work[name]}.url && env > {work[name]}.env";
        foreach (var (given, passes) in new (string Url, string? Password)[] { (server.Url(app.Database, role, password), null),
            (server.Url(app.Database, role, "").Replace(":@", "@", StringComparison.Ordinal), password) })
        {
            server.Psql(app.Database, "UPDATE t SET a = 2");
            var answer = PostryConsole.Run(work, ["restore", "--id", set.Id, "--database-url-env", "MY_URL", "--force", "--verbose",
                "--before-swap", Look("before"), "--after-swap", Look("after")],
                new() { ["MY_URL"] = given, ["PGPASSWORD"] = passes, ["DATABASE_URL"] = server.Url(other.Database), ["POSTRY_TARGET_URL"] =
                    server.Url(other.Database) });
            Assert.True(answer.ExitCode == 0, answer.ToString());
            Assert.Equal(($"2|{role}", $"1|{role}"), (File.ReadAllText(work["before"]).Trim(), File.ReadAllText(work["after"]).Trim()));
            foreach (var name in new[] { "before", "after" })
            {
                var named = PostgresAddress.Parse(File.ReadAllText(work[name + ".url"]).Trim());
                Assert.Equal((app.Database, role, false), (named.Database, named.User, named.HasPassword));
                // The file with the password was there for the command alone.
                Assert.False(File.Exists(named.Parameters["passfile"]));
                foreach (var secret in new[] { password, Uri.EscapeDataString(server.Password) })
                    Assert.DoesNotContain(secret, File.ReadAllText(work[name + ".env"]) + answer, StringComparison.Ordinal);
            }
        }
    }

    [StockFact]
    public async Task Of_a_file_have_its_address_as_a_path_and_as_a_url()
    {
        using var work = new Workspace();
        var fixture = Sqlite(work);
        var set = await work.Engine.BackUpAsync(new() { Source = fixture.Address });
        fixture.Write(2);
        await work.Engine.RestoreAsync(await work.Engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Id = set.Id },
            Target = fixture.Address,
            Hooks = new() { AfterSwap =
                $"sqlite3 \"$POSTRY_TARGET\" 'SELECT a FROM t' > {work["after"]}; echo \"$POSTRY_TARGET_URL\" >> {work["after"]}" },
        }));
        Assert.Equal(["1", $"sqlite:///{work["app.db"]}"], File.ReadAllLines(work["after"]));
        Assert.Equal(fixture.Address.Name, SqliteUrl.Parse(File.ReadAllLines(work["after"])[1], "/elsewhere").Name);
    }

    private static async Task SucceedFailAndRunOutOfTimeAsync(Func<Workspace, Fixture> make)
    {
        using var work = new Workspace();
        var fixture = make(work);
        var set = await work.Engine.BackUpAsync(new() { Source = fixture.Address });
        fixture.Write(2);
        string Log() => File.Exists(work["log"]) ? File.ReadAllText(work["log"]).ReplaceLineEndings(" ").Trim() : "";
        string Note(string what) => $"echo {what} >> {work["log"]}";
        async Task<RestoreRecord> RestoreAsync(RestoreHooks hooks) =>
            await work.Engine.RestoreAsync(await work.Engine
                .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = fixture.Address, Hooks =
                hooks }));

        // Fails before: nothing is swapped, and what was stopped is started.
        await ServerCommands.RefusedAsync<ToolFailedException>(() =>
            RestoreAsync(new() { BeforeSwap = $"{Note("stop")}; echo not now >&2; exit 3", AfterSwap = Note("start") }),
            "exit code 3: not now", "hooks.beforeSwap");
        Assert.Equal(("2", "stop start"), (fixture.Read(), Log()));
        Assert.Equal(RestoreStatus.Failed, work.Engine.ListRestores()[0].Status);

        // Starting fails as well: the first error counts, the second is a warning.
        await ServerCommands.RefusedAsync<ToolFailedException>(() => RestoreAsync(new() { BeforeSwap = "exit 3", AfterSwap = "exit 4" }),
            "exit code 3");
        Assert.Contains(work.Reporter.Warnings, warning => warning.Contains("hooks.afterSwap", StringComparison.Ordinal)
            && warning.Contains("exit code 4", StringComparison.Ordinal));

        // Out of time: killed with all that it has started.
        File.Delete(work["log"]);
        var clock = Stopwatch.StartNew();
        await ServerCommands.RefusedAsync<ToolFailedException>(() =>
            RestoreAsync(new() { BeforeSwap = $"(sleep 3; {Note("late")}) & sleep 60", Timeout = TimeSpan.FromSeconds(1) }),
            "it had not ended after 1 s", $"{OptionName.HookTimeout}");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(40), $"{clock.Elapsed}");
        Assert.Equal("2", fixture.Read());

        // Fails after: undone by itself.
        await ServerCommands.RefusedAsync<RestoreUndoneException>(
            () => RestoreAsync(new() { BeforeSwap = Note("stop"), AfterSwap = $"{Note("start")}; exit 5" }),
            "Hook afterSwap failed", "exit code 5", "See why the command (hooks.afterSwap) failed; the backup itself failed no check");
        Assert.Equal("2", fixture.Read());
        var undone = work.Engine.ListRestores()[0];
        Assert.Equal(RestoreStatus.Undone, undone.Status);
        Assert.DoesNotContain("another", $"{undone.Detail} {undone.Checks.First(check => check.Name == "Hook afterSwap").Detail}",
            StringComparison.OrdinalIgnoreCase);
        Assert.Contains(undone.Checks, check => check is { Name: "Hook afterSwap", Status: CheckStatus.Failed });
        Assert.NotNull(undone.UndoneCopy);

        // All is well, and an application that was started in the background, holding on to the output, is not waited for and not killed.
        File.Delete(work["log"]);
        clock.Restart();
        var record = await RestoreAsync(new() { BeforeSwap = Note("stop"), AfterSwap = $"(sleep 8; {Note("alive")}) & {Note("start")}",
            Timeout = TimeSpan.FromSeconds(5) });
        Assert.Equal(("1", "stop start"), (fixture.Read(), Log()));
        Assert.Contains(record.Checks, check => check is { Name: "Hook afterSwap", Status: CheckStatus.Passed }
            && check.Duration < TimeSpan.FromSeconds(5));
        while (!Log().Contains("alive", StringComparison.Ordinal) && clock.Elapsed < TimeSpan.FromSeconds(60)) await Task.Delay(100);
        Assert.Equal("stop start alive", Log());
    }

    private static Fixture Sqlite(Workspace work)
    {
        var path = work["app.db"];
        Commands.Sqlite(path, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        return new Fixture(new SqliteAddress(path), value => Commands.Sqlite(path, $"UPDATE t SET a = {value}"), () =>
            Commands.Sqlite(path, "SELECT a FROM t"));
    }

    private static Fixture Postgres(Workspace work)
    {
        var server = PostgresServer.Shared;
        var address = server.CreateDatabaseAsync().GetAwaiter().GetResult();
        server.Psql(address.Database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        return new Fixture(address, value => server.Psql(address.Database, $"UPDATE t SET a = {value}"), () =>
            server.Psql(address.Database, "SELECT a FROM t"));
    }

    private sealed record Fixture(DatabaseAddress Address, Action<int> Write, Func<string> Read);
}
