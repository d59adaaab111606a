using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>A manifest holds no secret, and yet the database that comes back has the settings that may be some.</summary>
public sealed class KeptBackSettingsTests
{
    private const string Secret = "o'ld \\ \"geheim\"\nALTER DATABASE x SET y TO 'z';";

    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task They_come_back_with_the_database_and_stand_in_no_text_of_ours()
    {
        using var work = new Workspace();
        var app = await Server.CreateDatabaseAsync();
        var (role, _) = await Server.CreateRoleAsync();
        Server.Psql(app.Database, $"""
            CREATE TABLE t (a int); ALTER TABLE t OWNER TO {role}; ALTER DATABASE {app.Database} SET work_mem = '7MB';
            ALTER DATABASE {app.Database} SET app.settings.jwt_secret = '{Secret.Replace("'", "''", StringComparison.Ordinal)}';
            ALTER ROLE {role} IN DATABASE {app.Database} SET "app.API_Token" = 'für {role}';
            """);
        var before = Settings(app.Database);
        var set = await work.BackUpAsync(app);
        Server.Psql("postgres", $"ALTER DATABASE {app.Database} RESET ALL");
        var record = await work.RestoreAsync(set, app, RestoreStrategy.Swap);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(before, Settings(app.Database));
        Assert.Equal(Secret, Server.Psql(app.Database, "SELECT current_setting('app.settings.jwt_secret')"));
        Assert.Empty(work.Reporter.Warnings);
        Assert.DoesNotContain("geheim", string.Concat(work.AllFiles().Where(file => file.EndsWith(".json", StringComparison.Ordinal))
            .Select(file => File.ReadAllText(work[file]))), StringComparison.Ordinal);

        // The owner of the setting may choose any role.
        var fresh = app.For(app.Database + "_new");
        await work.RestoreAsync(set, fresh, allowDifferentSource: true, options: new() { NoOwner = true });
        Assert.Equal(before.Split('\n').Where(line => !line.Contains(role, StringComparison.Ordinal)),
            Settings(fresh.Database).Split('\n'));
        Assert.Equal(CheckStatus.Passed, (await work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
    }

    [PostgresFact]
    public async Task They_come_back_with_a_part_of_the_database_as_well()
    {
        using var work = new Workspace();
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, $"CREATE TABLE t (a int); ALTER DATABASE {app.Database} SET app.settings.jwt_secret = 'geheim'");
        var set = await work.BackUpAsync(app, options: new() { Schemas = ["public"] });
        var fresh = app.For(app.Database + "_new");
        await work.RestoreAsync(set, fresh, allowDifferentSource: true);
        Assert.Equal(Settings(app.Database), Settings(fresh.Database));
        Assert.Empty(work.Reporter.Warnings);
    }

    [Fact]
    public void Only_whole_statements_are_read()
    {
        var values = KeptBackSettings.Parse("""
            CREATE DATABASE "a b" WITH TEMPLATE = template0;
            ALTER DATABASE "a b" SET "app.key" TO 'one
            ALTER DATABASE "a b" SET "app.key" TO ''two'';
            ';
            ALTER DATABASE "a b" SET search_path TO 'x', 'y';
            ALTER ROLE "r ""1" IN DATABASE "a b" SET "app.token" TO  E'\\ it''s';
            """);
        Assert.Equal(2, values.Count);
        Assert.Equal("one\nALTER DATABASE \"a b\" SET \"app.key\" TO 'two';\n", values[(null, "app.key")].ReplaceLineEndings("\n"));
        Assert.Equal("\\ it's", values[("r \"1", "app.token")]);
    }

    private static string Settings(string database) => Server.Psql("postgres", $"""
        SELECT COALESCE(r.rolname, '-') || ' ' || encode(convert_to(setting, 'UTF8'), 'hex') FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS setting
        WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = '{database}') ORDER BY 1
        """);
}
