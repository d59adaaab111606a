using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Legacy;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>Tablespaces: no trial needs them, a plan finds the ones that are missing, and -NoTablespaces does without.</summary>
public sealed class TablespaceTests
{
    // The query returns the rows, and the tablespace of every kind of object that can lie in one.
    private const string Facts = """
        SELECT count(*), sum(i) FROM t; SELECT count(*) FROM m;
        SELECT string_agg(c.relname || ' ' || coalesce(s.spcname, '-'), ' ' ORDER BY c.relname) FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i', 'm')
        """;

    private const string Everywhere = "m - p - p_i_key - t - t_i_idx - t_pkey -";

    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task A_trial_leaves_them_out()
    {
        using var work = new Workspace();
        var (app, spaces) = await MakeAsync();
        var set = await work.BackUpAsync(app);
        await work.PassesAsync(set, VerificationLevel.Restore);
        await using var other = await PostgresServer.StartAsync();
        await work.PassesAsync(set, VerificationLevel.Restore, other.Address("postgres"));
        // Nor does the role of a trial need rights on those that are there.
        var (role, password) = await Server.CreateRoleAsync("CREATEDB");
        await work.PassesAsync(set, VerificationLevel.Restore, Server.Address("postgres", role, password));
        Assert.Contains($"t {spaces[1]}", Server.Psql(app.Database, Facts), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task They_come_back_where_they_are()
    {
        using var work = new Workspace();
        var (app, spaces) = await MakeAsync();
        var (set, was) = (await work.BackUpAsync(app), Server.Psql(app.Database, Facts));
        Assert.Contains($"m {spaces[2]} p {spaces[1]} p_i_key - t {spaces[1]} t_i_idx {spaces[2]} t_pkey -", was, StringComparison.Ordinal);
        foreach (var strategy in new[] { RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace })
        {
            Server.Psql(app.Database, "DELETE FROM t");
            var record = await work.RestoreAsync(set, app, strategy);
            Assert.False(record.NoTablespaces);
            Assert.Equal((was, spaces[0]), (Server.Psql(app.Database, Facts), SpaceOf(app)));
        }
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    [InlineData(RestoreStrategy.InPlace)]
    public async Task A_plan_names_the_missing_ones_and_a_switch_restores_without(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var (app, spaces) = await MakeAsync();
        var (set, rows) = (await work.BackUpAsync(app), Server.Psql(app.Database, Facts).Split('\n')[..2]);
        await ForgetAsync(app, spaces);
        var damaged = Server.Psql(app.Database, Facts);
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() => work.PlanAsync(set, app, strategy));
        foreach (var space in strategy == RestoreStrategy.Swap ? spaces : spaces[1..])
            Assert.Contains(space, refused.Message, StringComparison.Ordinal);
        foreach (var word in new[] { "CREATE TABLESPACE", $"{OptionName.NoTablespaces}" }) Assert.Contains(word, refused.Hint, StringComparison.Ordinal);
        Assert.Equal(damaged, Server.Psql(app.Database, Facts));

        var plan = await work.PlanAsync(set, app, strategy, options: new() { NoTablespaces = true });
        Assert.Contains($"comes into the default tablespace", plan.Summary, StringComparison.Ordinal);
        Assert.Contains(spaces[2], plan.Summary, StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.True(record is { Status: RestoreStatus.Committed, NoTablespaces: true }, record.Detail);
        Assert.True(work.Engine.ListRestores().Single(other => other.RestoreId == record.RestoreId).NoTablespaces);
        var now = Server.Psql(app.Database, Facts).Split('\n');
        Assert.Equal((rows[0], rows[1], Everywhere), (now[0], now[1], now[2]));
        Assert.Equal("pg_default", SpaceOf(app));
        // A setting that names one would warn at every connection.
        if (strategy == RestoreStrategy.Swap) Assert.Equal("", Server.Psql(app.Database, "SHOW temp_tablespaces"));
        await work.UndoAsync(record, app);
        Assert.Equal(damaged, Server.Psql(app.Database, Facts));
    }

    [PostgresFact]
    public async Task A_role_that_may_not_use_one_is_told_so_before_anything_is_touched()
    {
        using var work = new Workspace();
        var (app, spaces) = await MakeAsync();
        var set = await work.BackUpAsync(app);
        var (role, password) = await Server.CreateRoleAsync("CREATEDB");
        var copy = Server.Address(app.Database + "_copy", role, password);
        var options = new PostgresRestoreOptions { NoOwner = true };
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() =>
            work.PlanAsync(set, copy, allowDifferentSource: true, options: options));
        Assert.Contains("GRANT CREATE ON TABLESPACE", refused.Hint, StringComparison.Ordinal);
        Assert.Contains($"{OptionName.NoTablespaces}", refused.Hint, StringComparison.Ordinal);
        await work.RestoreAsync(set, copy, allowDifferentSource: true, options: options with { NoTablespaces = true });
        Assert.Contains(Everywhere, Server.Psql(copy.Database, Facts), StringComparison.Ordinal);
        await Server.RunAsync($"GRANT CREATE ON TABLESPACE {string.Join(", ", spaces)} TO {role}");
        await work.RestoreAsync(set, Server.Address(app.Database + "_copy2", role, password), allowDifferentSource: true, options: options);
        Assert.Contains($"t {spaces[1]}", Server.Psql(app.Database + "_copy2", Facts), StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData(RestoreStrategy.Swap)]
    [InlineData(RestoreStrategy.Schema)]
    public async Task A_plain_dump_of_the_old_scripts_is_no_exception(RestoreStrategy strategy)
    {
        using var work = new Workspace();
        var (app, spaces) = await MakeAsync();
        LegacyFiles.Sql(work, Server.Tool("pg_dump", [], app.Database));
        var (set, was) = (LegacyFiles.Only(work), Server.Psql(app.Database, Facts));
        Server.Psql(app.Database, "DELETE FROM t");
        await work.RestoreAsync(set, app, strategy, allowDifferentSource: true);
        Assert.Equal(was, Server.Psql(app.Database, Facts));

        await ForgetAsync(app, spaces);
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() => work.PlanAsync(set, app, strategy, allowDifferentSource: true));
        foreach (var space in spaces[1..]) Assert.Contains(space, refused.Message, StringComparison.Ordinal);
        var answer = PostryConsole.Run(work, ["restore", "--id", set.Id, "--database-url-env", "MY_URL", "--allow-different-source",
            "--force", "--no-tablespaces", "--strategy", $"{strategy}"],
            new() { ["MY_URL"] = Server.Url(app.Database) });
        Assert.True(answer.ExitCode == 0 && answer["noTablespaces"] == "True", $"{answer}");
        Assert.Equal($"{string.Join('\n', was.Split('\n')[..2])}\n{Everywhere}", Server.Psql(app.Database, Facts));
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore);
        Assert.True(report.Checks.All(check => check.Status != CheckStatus.Failed), string.Join('\n', report.Checks));
    }

    private static string SpaceOf(PostgresAddress database) =>
        Server.Psql(database.Database,
            "SELECT spcname FROM pg_tablespace s JOIN pg_database d ON d.dattablespace = s.oid WHERE d.datname = current_database()");

    /// <summary>A database in one tablespace with a table and a partitioned one in a second, and an index and a view in a third.</summary>
    private static async Task<(PostgresAddress Database, string[] Spaces)> MakeAsync()
    {
        var id = Guid.NewGuid().ToString("N")[..6];
        string[] spaces = [$"home_{id}", $"fast_{id}", $"slow_{id}"];
        foreach (var space in spaces)
            Server.Psql("postgres", $"SET allow_in_place_tablespaces = on; CREATE TABLESPACE {space} LOCATION ''");
        var address = await Server.CreateDatabaseAsync(options: $"TABLESPACE {spaces[0]}");
        Server.Psql(address.Database, $"""
            ALTER DATABASE {address.Database} SET temp_tablespaces = {spaces[1]};
            CREATE TABLE t (i int PRIMARY KEY) TABLESPACE {spaces[1]}; INSERT INTO t SELECT generate_series(1, 100);
            CREATE INDEX ON t (i) TABLESPACE {spaces[2]}; CREATE MATERIALIZED VIEW m TABLESPACE {spaces[2]} AS SELECT i FROM t WHERE i > 40;
            CREATE TABLE p (i int UNIQUE) TABLESPACE {spaces[1]};
            """);
        return (address, spaces);
    }

    /// <summary>Makes the database look like itself after a move to a machine without the tablespaces, with half of its rows.</summary>
    private static async Task ForgetAsync(PostgresAddress database, string[] spaces)
    {
        // Copies that earlier restores have kept lie in the tablespaces, too.
        foreach (var name in Inventory.Databases(Server).Where(name => name.EndsWith(database.Database, StringComparison.Ordinal)))
            await Server.RunAsync($"DROP DATABASE {PostgresServer.Quote(name)} WITH (FORCE)");
        foreach (var space in spaces) await Server.RunAsync($"DROP TABLESPACE {space}");
        await Server.CreateDatabaseAsync(database.Database);
        Server.Psql(database.Database, """
            CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 50);
            CREATE INDEX ON t (i); CREATE MATERIALIZED VIEW m AS SELECT i FROM t WHERE i > 40; CREATE TABLE p (i int UNIQUE);
            """);
    }
}
