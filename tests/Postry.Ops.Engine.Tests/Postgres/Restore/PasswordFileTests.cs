using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>Logins that work for the live database alone: a swap connects to others, and the plan says so before anything is
/// touched.</summary>
public sealed class PasswordFileTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task A_password_file_for_one_database_is_found_by_the_plan()
    {
        using var work = new Workspace();
        var (app, set) = await MakeAsync(work);
        var file = Write(work, $"127.0.0.1:{Server.Port}:{app.Database}:{app.User}:{app.Password}");
        var answer = Run(work, set, app, file, "--strategy", "Swap");
        Assert.True(answer is { ExitCode: 1, ErrorId: "AuthenticationFailed" }, $"{answer}");
        foreach (var word in new[] { file, $"matches only the database {app.Database}", "the database postgres",
            $"127.0.0.1:{Server.Port}:*:{app.User}:", "--strategy Schema would work" })
            AssertSays(answer, word);
        Assert.DoesNotContain(app.Password!, $"{answer}", StringComparison.Ordinal);
        Assert.Empty(work.Engine.ListRestores());

        // Another line for this name does not help, because the database to restore into has a name of its own.
        file = Write(work, $"127.0.0.1:{Server.Port}:{app.Database}:{app.User}:{app.Password}",
            $"127.0.0.1:{Server.Port}:postgres:{app.User}:{app.Password}");
        answer = Run(work, set, app, file, "--strategy", "Swap");
        Assert.True(answer is { ExitCode: 1, ErrorId: "AuthenticationFailed" }, $"{answer}");
        AssertSays(answer, "postry_stage_");
        Assert.Empty(work.Engine.ListRestores());

        // The way that needs the one database alone is taken where the choice is free.
        answer = Run(work, set, app, file);
        Assert.True(answer.ExitCode == 0 && answer["strategy"] == "Schema", $"{answer}");
        Assert.Equal("1", Server.Psql(app.Database, "SELECT a FROM t"));

        Server.Psql(app.Database, "UPDATE t SET a = 3");
        answer = Run(work, set, app, Write(work, $"127.0.0.1:{Server.Port}:*:{app.User}:{app.Password}"));
        Assert.True(answer.ExitCode == 0 && answer["strategy"] == "Swap", $"{answer}");
        Assert.Equal("1", Server.Psql(app.Database, "SELECT a FROM t"));
    }

    [PostgresFact]
    public async Task So_is_a_server_that_admits_the_role_to_one_database()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        var (role, password) = await server.CreateRoleAsync("CREATEDB");
        var app = (await server.CreateDatabaseAsync(options: $"OWNER {role}")).As(role, password);
        server.Psql(app.Database, $"SET ROLE {role}; CREATE TABLE t (a int)");
        await server.AdmitAsync("local all all scram-sha-256", "host all postgres 127.0.0.1/32 scram-sha-256",
            $"host postgres,{app.Database} {role} 127.0.0.1/32 scram-sha-256");
        var set = await work.BackUpAsync(app);
        var refused = await ServerCommands.RefusedAsync<AuthenticationFailedException>(() =>
            work.PlanAsync(set, app, RestoreStrategy.Swap), "postry_stage_", "pg_hba.conf");
        Assert.DoesNotContain(password, refused.Message, StringComparison.Ordinal);
    }

    private static void AssertSays(PostryAnswer answer, string word) =>
        Assert.True($"{answer.Json.GetProperty("error").GetProperty("message")} {answer.Json.GetProperty("error").GetProperty("hint")}"
            .Contains(word, StringComparison.Ordinal), $"{word}: {answer}");

    private static async Task<(PostgresAddress App, BackupSet Set)> MakeAsync(Workspace work)
    {
        var (role, password) = await Server.CreateRoleAsync("CREATEDB");
        var app = (await Server.CreateDatabaseAsync(options: $"OWNER {role}")).As(role, password);
        Server.Psql(app.Database, $"SET ROLE {role}; CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET a = 2");
        return (app, set);
    }

    private static string Write(Workspace work, params string[] lines)
    {
        File.WriteAllLines(work["pgpass"], lines);
        File.SetUnixFileMode(work["pgpass"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return work["pgpass"];
    }

    private static PostryAnswer Run(Workspace work, BackupSet set, PostgresAddress app, string file, params string[] options) =>
        PostryConsole.Run(work, ["restore", "--id", set.Id, "--force", "--database-url",
            $"postgresql://{app.User}@127.0.0.1:{Server.Port}/{app.Database}", .. options],
            new() { ["PGPASSFILE"] = file, ["PGPASSWORD"] = null, ["DATABASE_URL"] = null });
}
