using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>Kept copies can be looked into before an undo, by the command that comes with them.</summary>
public sealed class InspectionTests
{
    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap, "SELECT a FROM t")]
    [InlineData(RestoreStrategy.Schema, "SELECT a FROM postry_prev_RESTORE_public.t")]
    public async Task On_a_server_by_one_psql_and_an_undo_brings_back_what_was_seen(RestoreStrategy strategy, string question)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var (role, password) = await server.CreateRoleAsync("CREATEDB");
        var app = (await server.CreateDatabaseAsync($"shop's \"own\" {Guid.NewGuid().ToString("N")[..6]}", $"OWNER {role}"))
            .As(role, password);
        server.Psql(app.Database, $"SET ROLE {role}; CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        var set = await work.BackUpAsync(app);
        server.Psql(app.Database, "UPDATE t SET a = 2");
        var record = await work.RestoreAsync(set, app, strategy);
        Assert.Equal("1", server.Psql(app.Database, "SELECT a FROM t"));

        var answer = PostryConsole.Run(work, ["previous-copies"], new() { ["DATABASE_URL"] = server.Url(app.Database, role, password) });
        var copy = Assert.Single(answer.Json.EnumerateArray());
        var command = copy.GetProperty("inspectCommand").GetString()!;
        Assert.DoesNotContain(password, command, StringComparison.Ordinal);
        string Look(string sql) => StockTools.Shell($"cd / && printf '%s;' \"$1\" | PGPASSWORD=\"$2\" {command} -XAt 2>&1 || true",
            sql.Replace("RESTORE", record.RestoreId, StringComparison.Ordinal), password);
        Assert.EndsWith("\n2\n", "\n" + Look(question), StringComparison.Ordinal);
        Assert.Contains("read-only transaction", Look(question.Replace("SELECT a FROM", "DELETE FROM", StringComparison.Ordinal)),
            StringComparison.Ordinal);

        // A session that stays by mistake does not stop the restore from being undone.
        await using var forgotten = await server.ConnectAsync(strategy == RestoreStrategy.Swap ? record.PreviousCopy! : app.Database, role,
            password);
        Assert.Equal(RestoreStatus.Undone, (await work.UndoAsync(record, app)).Status);
        Assert.Equal("2", server.Psql(app.Database, "SELECT a FROM t"));
    }

    [StockFact]
    public async Task Of_a_file_by_one_sqlite3()
    {
        using var work = new Workspace();
        Commands.Sqlite(work["app.db"], "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        var set = await work.BackUpAsync(work["app.db"]);
        Commands.Sqlite(work["app.db"], "UPDATE t SET a = 2");
        await work.RestoreAsync(set.Id, work["app.db"]);
        var command = Assert.Single(work.Engine.ListPreviousCopies(new SqliteAddress(work["app.db"]))).InspectCommand;
        Assert.Equal("2\n", StockTools.Shell($"{command} 'SELECT a FROM t'"));
    }
}
