using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Restore;

/// <summary>The abilities of each kind of role, and the refusal of what a role cannot do.</summary>
public sealed class PrivilegeTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task An_owner_who_may_create_databases_does_everything()
    {
        using var work = new Workspace();
        var app = await MakeAsync("CREATEDB");
        var set = await work.BackUpAsync(app, FingerprintKind.Live);
        await work.PassesAsync(set, VerificationLevel.Restore);
        // The role's own settings must not get in the way.
        Server.Psql("postgres",
            $"ALTER ROLE {app.User} SET statement_timeout = '1s'; ALTER ROLE {app.User} SET lc_monetary = 'C.UTF-8'; ALTER ROLE " +
            $"{app.User} SET default_transaction_read_only = on; ALTER ROLE {app.User} SET search_path = ''");
        await work.BackUpAsync(app, FingerprintKind.Live);
        Server.Psql(app.Database, "UPDATE t SET cash = 2");
        var was = Inventory.All(Server, app.Database);
        var record = await work.RestoreAsync(set, app, RestoreStrategy.Swap);
        Assert.Equal((RestoreStrategy.Swap, "1.50"), (record.Strategy, Server.Psql(app.Database, "SELECT cash::numeric FROM t")));
        Assert.Equal(app.User, Server.Psql("postgres",
            $"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{app.Database}'"));
        await work.UndoAsync(record, app);
        Assert.Equal(was, Inventory.All(Server, app.Database));
        await work.Engine.RemovePreviousCopyAsync(Assert.Single(work.Engine.ListPreviousCopies(app)), app);
    }

    [PostgresFact]
    public async Task An_owner_who_may_not_create_databases_cannot_swap()
    {
        using var work = new Workspace();
        var app = await MakeAsync("");
        var set = await work.BackUpAsync(app);
        Server.Psql(app.Database, "UPDATE t SET cash = 2");
        var e = await Assert.ThrowsAnyAsync<OpsException>(() => work.RestoreAsync(set, app, RestoreStrategy.Swap));
        Assert.True(e is AccessDeniedException or RestoreRefusedException, e.ToString());
        Assert.False(string.IsNullOrWhiteSpace(e.Hint));
        Assert.Equal("2.00", Server.Psql(app.Database, "SELECT cash::numeric FROM t"));
        Assert.DoesNotContain(Inventory.Databases(Server), name => name.Contains(app.Database, StringComparison.Ordinal)
            && name != app.Database);
    }

    [PostgresFact]
    public async Task A_role_that_only_reads_backs_up_and_compares_and_cannot_restore()
    {
        using var work = new Workspace();
        var app = await MakeAsync("");
        var (role, password) = await Server.CreateRoleAsync();
        var reader = app.As(role, password);
        Server.Psql(app.Database, "CREATE TABLE hidden (a int); CREATE SEQUENCE also_hidden");
        await ServerCommands.RefusedAsync<AccessDeniedException>(() => work.BackUpAsync(reader), "public.hidden", "public.also_hidden",
            "public.t", "GRANT SELECT");
        Server.Psql(app.Database,
            $"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}");
        var set = await work.BackUpAsync(reader, FingerprintKind.Live);
        await work.PassesAsync(set, VerificationLevel.Contents);
        Assert.Equal(TableDifference.Equal, (await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, reader)).Status);
        var e = await Assert.ThrowsAnyAsync<OpsException>(() => work.RestoreAsync(set, reader));
        Assert.True(e is AccessDeniedException or RestoreRefusedException, e.ToString());
        Assert.False(string.IsNullOrWhiteSpace(e.Hint));
        Assert.Equal(TableDifference.Equal, (await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, reader)).Status);
        Server.Psql(app.Database, "CREATE TABLE made_later (a int)");
        await ServerCommands.RefusedAsync<AccessDeniedException>(() => work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, reader),
            "made_later");
        Server.Psql(app.Database, "DROP TABLE made_later");

        // Rows that a policy hides are not left out in silence.
        Server.Psql(app.Database, "ALTER TABLE t ENABLE ROW LEVEL SECURITY");
        await ServerCommands.RefusedAsync<AccessDeniedException>(() => work.BackUpAsync(reader), "public.t", "Row-level security");
        Server.Psql(app.Database, "ALTER TABLE t FORCE ROW LEVEL SECURITY; DROP TABLE hidden; DROP SEQUENCE also_hidden");
        await ServerCommands.RefusedAsync<AccessDeniedException>(() => work.BackUpAsync(app), "public.t", "BYPASSRLS");
        Assert.Single(work.Engine.ListBackups(new BackupQuery()));
        var hidden = await work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, reader);
        Assert.Equal(TableDifference.Inconclusive, Assert.Single(hidden.Tables, table => table.Name == "public.t").Difference);
    }

    [PostgresFact]
    public async Task Every_command_says_what_is_wrong_with_an_address()
    {
        using var work = new Workspace();
        var app = await MakeAsync("CREATEDB");
        var set = await work.BackUpAsync(app);
        var record = await work.RestoreAsync(set, app);
        var copy = Assert.Single(work.Engine.ListPreviousCopies(app));
        foreach (var (bad, error) in new (PostgresAddress, Type)[]
        {
            (app with { Password = "wrong" }, typeof(AuthenticationFailedException)),
            (app with { Hosts = [new PostgresHost("nowhere.invalid", 5432)] }, typeof(DatabaseUnreachableException)),
            (app with { Hosts = [new PostgresHost("127.0.0.1", 1)] }, typeof(DatabaseUnreachableException)),
            (app with { Parameters = new Dictionary<string, string> { ["sslmode"] = "require" } }, typeof(DatabaseUnreachableException)),
        })
        {
            foreach (var command in new Func<Task>[]
            {
                () => work.Engine.PlanBackupAsync(new() { Source = bad }),
                () => work.BackUpAsync(bad),
                () => work.Engine.CompareAsync(new BackupSelector { Id = set.Id }, bad),
                () => work.PlanAsync(set, bad),
                () => work.PlanUndoAsync(record, bad),
                () => work.Engine.CompleteAsync(new RestoreSelector { RestoreId = record.RestoreId, Connection = bad }),
                () => work.Engine.RemovePreviousCopyAsync(copy, bad),
                () => work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore, bad),
            })
            {
                var e = await Record.ExceptionAsync(command);
                Assert.True(e?.GetType() == error, $"{bad.Name}: {e}");
                Assert.False(string.IsNullOrWhiteSpace(((OpsException)e).Hint));
                Assert.DoesNotContain(app.Password!, e.ToString(), StringComparison.Ordinal);
            }
        }
    }

    [PostgresFact]
    public async Task Without_owners_it_comes_back_where_the_roles_are_missing()
    {
        using var work = new Workspace();
        var app = await MakeAsync("CREATEDB");
        Server.Psql(app.Database, $"GRANT SELECT ON t TO {(await Server.CreateRoleAsync()).Name}");
        var set = await work.BackUpAsync(app);
        await using var elsewhere = await PostgresServer.StartAsync();
        var target = elsewhere.Address("app");
        var e = await Assert.ThrowsAnyAsync<OpsException>(() => work.RestoreAsync(set, target, allowDifferentSource: true));
        Assert.Contains(app.User, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("app", Inventory.Databases(elsewhere));
        Assert.DoesNotContain(Inventory.Databases(elsewhere), name => name.StartsWith("postry_", StringComparison.Ordinal));
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore,
            elsewhere.Address("postgres"));
        Assert.NotEqual(CheckStatus.Failed, report.Status);

        var record = await work.RestoreAsync(set, target, allowDifferentSource: true, options: new() { NoOwner = true });
        Assert.DoesNotContain(record.Checks, check => check.Status != CheckStatus.Passed);
        Assert.Equal("postgres|1.50", elsewhere.Psql("app", "SELECT tableowner, cash::numeric FROM t, pg_tables WHERE tablename = 't'"));
    }

    private static async Task<PostgresAddress> MakeAsync(string options)
    {
        var (role, password) = await Server.CreateRoleAsync(options);
        var address = (await Server.CreateDatabaseAsync(options: $"OWNER {role}")).As(role, password);
        Server.Psql(address.Database,
            $"ALTER SCHEMA public OWNER TO {role}; SET ROLE {role}; CREATE TABLE t (cash money); INSERT INTO t VALUES (1.5); CREATE " +
            $"SEQUENCE s");
        return address;
    }
}
