using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>The problems that a survey finds before a restore.</summary>
public class SurveyProblemTests(LogicalServer logical) : IClassFixture<LogicalServer>
{
    private static readonly PostgresRestoreOptions Breaking = new() { AllowReplicationBreak = true };

    [PostgresFact]
    public async Task Replication_slots_are_in_the_way_of_every_strategy_unless_they_may_break()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var slot = fixture.Database.Name("slot");
        await fixture.Database.RunAsync($"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')", fixture.Database.Live);
        foreach (var strategy in RequestableStrategies.All)
        {
            var problem = SurveyFixture.Only<ReplicationInTheWayException>(await fixture.LookAsync(options: new() { Strategy = strategy }));
            Assert.Contains($"{slot} (pgoutput, not in use)", problem.Message);
            Assert.Contains($"{OptionName.AllowReplicationBreak}", problem.Hint);
        }

        var allowed = await fixture.LookAsync(options: Breaking);
        Assert.Empty(allowed.Problems);
        Assert.Contains(allowed.Notes, note => note.Contains(slot) && note.Contains("pg_drop_replication_slot"));
        await fixture.Database.RunAsync($"SELECT pg_drop_replication_slot('{slot}')", fixture.Database.Live);
    }

    [PostgresFact]
    public async Task Subscriptions_are_in_the_way_unless_they_may_break_and_those_of_other_databases_are_not()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server,
            superuserSql: "CREATE SUBSCRIPTION \"Feed\" CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)");
        await using var other = await SurveyFixture.CreateAsync(logical.Server);
        Assert.Contains("Feed", SurveyFixture.Only<ReplicationInTheWayException>(await fixture.LookAsync()).Message);
        var allowed = await fixture.LookAsync(options: Breaking);
        Assert.Empty(allowed.Problems);
        Assert.Contains(allowed.Notes, note => note.Contains("left behind: Feed"));
        Assert.Contains(allowed.Notes, note => note.Contains("Subscriptions in the backup are not restored: Feed"));
        Assert.Empty((await other.LookAsync()).Problems);
        await fixture.Database.RunAsync("ALTER SUBSCRIPTION \"Feed\" SET (slot_name = NONE);; DROP SUBSCRIPTION \"Feed\"",
            fixture.Database.Live);
    }

    [PostgresFact]
    public async Task Prepared_transactions_are_always_in_the_way()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var gid = fixture.Database.Name("gid");
        await fixture.Database.RunAsync($"BEGIN;; INSERT INTO app.t VALUES (1000);; PREPARE TRANSACTION '{gid}'", fixture.Database.Live,
            fixture.Database.Owner);
        Assert.Contains($"{gid} of {fixture.Database.Owner}",
            SurveyFixture.Only<ReplicationInTheWayException>(await fixture.LookAsync(options: Breaking)).Message);
        await fixture.Database.RunAsync($"ROLLBACK PREPARED '{gid}'", fixture.Database.Live);
    }

    [PostgresFact]
    public async Task Missing_roles_are_named_with_the_script_that_makes_them_and_do_not_count_without_owners()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        BackupManifest Gone(BackupManifest manifest) =>
            Change(manifest, d => d with { Roles = [.. d.Roles, Role("gone \"1\""), Role("gone2")] });
        var problem = SurveyFixture.Only<InvalidRequestException>(await fixture.LookAsync(change: Gone));
        Assert.Contains("does not have the roles gone \"1\", gone2", problem.Message);
        Assert.Contains(Path.Combine(fixture.Set.BackupFile, "postry-roles.sql"), problem.Hint);
        Assert.Contains($"{OptionName.NoOwner}", problem.Hint);
        Assert.Empty((await fixture.LookAsync(options: new() { NoOwner = true }, change: Gone)).Problems);
    }

    [PostgresFact]
    public async Task Who_is_not_a_member_of_the_owners_cannot_give_to_them()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fixture = await SurveyFixture.CreateAsync(server);
        var group = await fixture.Database.AddRoleAsync("my group");
        var reader = await fixture.Database.AddRoleAsync("reader");
        await fixture.Database.RunAsync($"CREATE TABLE app.g (a int);; ALTER TABLE app.g OWNER TO \"{group}\";; GRANT SELECT ON app.t TO {reader}",
            fixture.Database.Live);
        await fixture.BackUpAsync();
        var problem = SurveyFixture.Only<AccessDeniedException>(await fixture.LookAsync());
        Assert.EndsWith($"own what is in the backup: {group}.", problem.Message);
        Assert.Contains($"GRANT \"{group}\" TO", problem.Hint);
        Assert.Empty((await fixture.LookAsync(PostgresServer.Superuser)).Problems);
        await fixture.Database.RunAsync($"GRANT \"{group}\" TO {fixture.Database.Owner}");
        Assert.Empty((await fixture.LookAsync()).Problems);
    }

    [PostgresFact]
    public async Task Extensions_that_are_missing_or_only_for_superusers_are_named_and_other_versions_are_noted()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server,
            superuserSql: "CREATE EXTENSION pageinspect SCHEMA public;; CREATE EXTENSION citext SCHEMA public VERSION '1.4'");
        var super = await fixture.LookAsync(PostgresServer.Superuser);
        Assert.Empty(super.Problems);
        Assert.Contains(super.Notes, note => note.Contains("citext was at version 1.4"));

        var asked = SurveyFixture.Only<AccessDeniedException>(await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Swap }));
        Assert.Contains("Only a superuser can create the extensions pageinspect", asked.Message);
        // The live database has these already.
        Assert.NotEqual(RestoreStrategy.Swap, (await fixture.LookAsync()).Strategy);

        var missing = SurveyFixture.Only<InvalidRequestException>(await fixture
            .LookAsync(PostgresServer.Superuser, change: manifest =>
            Change(manifest, d => d with { Extensions = [.. d.Extensions, new("postgis_9", "9", "public")] }) with
        {
            Contents = manifest.Contents with { Schema =
                [.. manifest.Contents.Schema, new SchemaObject("extension", "postgis_9", "", null)] },
        }));
        Assert.Contains("does not have the extensions postgis_9", missing.Message);
    }

    [PostgresFact]
    public async Task A_locale_that_the_server_lacks_keeps_from_making_a_database()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        BackupManifest With(BackupManifest manifest, string locale) =>
            Change(manifest, d => d with { Database = d.Database with { Collate = locale, CType = locale } });
        var missing = await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Swap }, change: manifest =>
            With(manifest, "tlh_QO.UTF-8"));
        Assert.Contains("does not have the locale tlh_QO.UTF-8", SurveyFixture.Only<InvalidRequestException>(missing).Message);
        foreach (var known in new[] { "C", "POSIX", "C.UTF-8", "C.utf8" })
            Assert.Empty((await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Swap }, change: manifest =>
                With(manifest, known))).Problems);
        var ordered = await fixture.LookAsync(change: manifest =>
            Change(manifest, d => d with { Database =
            d.Database with { LocaleProvider = "icu", Locale = "en", CollationVersion = "1.1" } }));
        Assert.Contains(ordered.Notes, note => note.Contains("was by 1.1"));
        Assert.Equal("0", await fixture.Database.AskAsync("SELECT count(*) FROM pg_collation WHERE collname LIKE 'postry%'"));
    }

    [PostgresFact]
    public async Task Older_servers_and_older_programs_are_refused_and_newer_servers_noted()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var older = await fixture.LookAsync(change: manifest =>
            Change(manifest, d => d with { Server = d.Server with { VersionNumber = 990000, Version = "99.0" } }));
        Assert.Contains("a backup cannot be restored to an older version", SurveyFixture.Only<InvalidRequestException>(older).Message);
        var newer = await fixture.LookAsync(change: manifest =>
            Change(manifest, d => d with { Server = d.Server with { VersionNumber = 90600, Version = "9.6" } }));
        Assert.Empty(newer.Problems);
        Assert.Contains(newer.Notes, note => note.Contains("PostgreSQL 9.6"));
        var tool = await fixture.LookAsync(change: manifest =>
            Change(manifest, d => d with { Dump = d.Dump with { VersionNumber = 990001 } }));
        Assert.Contains("pg_restore", SurveyFixture.Only<ToolTooOldException>(tool).Message);
    }

    [PostgresFact]
    public async Task All_problems_come_at_once()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var slot = fixture.Database.Name("many");
        await fixture.Database.RunAsync($"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')", fixture.Database.Live);
        var facts = await fixture.LookAsync(change: manifest => Change(manifest, d => d with
        {
            Roles = [.. d.Roles, Role("gone")],
            Server = d.Server with { VersionNumber = 990000, Version = "99.0" },
            Dump = d.Dump with { VersionNumber = 990001 },
        }));
        Assert.Equal(["InvalidRequest", "InvalidRequest", "ReplicationInTheWay", "ToolTooOld"],
            facts.Problems.Select(problem => problem.ErrorId).Order(StringComparer.Ordinal));
        await fixture.Database.RunAsync($"SELECT pg_drop_replication_slot('{slot}')", fixture.Database.Live);
    }

    private static BackupManifest Change(BackupManifest manifest, Func<PostgresDescription, PostgresDescription> change) =>
        manifest with { Postgres = change(manifest.Postgres!) };

    private static PostgresRole Role(string name) => new(name, false, true, false, false, true, false, false, -1, null, null, []);
}
