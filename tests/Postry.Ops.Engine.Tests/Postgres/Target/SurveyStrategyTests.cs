using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Target;

/// <summary>The strategy that a survey chooses for each role, and the reason.</summary>
public class SurveyStrategyTests(LogicalServer logical) : IClassFixture<LogicalServer>
{
    [PostgresFact]
    public async Task Swap_for_the_superuser_and_for_an_owner_who_creates_databases()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        foreach (var role in new[] { PostgresServer.Superuser, fixture.Database.Owner })
        {
            var facts = await fixture.LookAsync(role);
            Assert.Empty(facts.Problems);
            Assert.Equal(RestoreStrategy.Swap, facts.Strategy);
            Assert.StartsWith("the backup is restored and verified beside the live database", facts.StrategyReason);
            Assert.True(facts.Exists);
            Assert.InRange(facts.Bytes, 1 << 20, 1 << 28);
            Assert.Equal((long)(fixture.Manifest.Source.Bytes * 1.1), facts.SpaceNeeded);
        }
    }

    [PostgresFact]
    public async Task Space_is_known_to_who_may_know_where_the_data_lie()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var super = await fixture.LookAsync(PostgresServer.Superuser);
        Assert.InRange(super.SpaceFree!.Value, 1, long.MaxValue);
        var owner = await fixture.LookAsync();
        Assert.Null(owner.SpaceFree);
        Assert.Contains("How much disk is free on the server cannot be known from here.", owner.Notes);
    }

    [PostgresFact]
    public async Task A_missing_database_is_made_by_who_may()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var facts = await fixture.LookAsync(database: "not there");
        Assert.Empty(facts.Problems);
        Assert.False(facts.Exists);
        Assert.Equal((RestoreStrategy.Swap, "there is no database of this name, so it is created."),
            (facts.Strategy!.Value, facts.StrategyReason));
        var plain = await fixture.Database.AddRoleAsync("plain");
        var denied = SurveyFixture.Only<AccessDeniedException>(await fixture.LookAsync(plain, new() { NoOwner = true },
            database: "not there"));
        Assert.Contains("may not create databases", denied.Message);
        Assert.Contains("CREATEDB", denied.Hint);
        Assert.IsType<InvalidRequestException>(Assert
            .Single((await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Schema }, database: "not there")).Problems));
    }

    [PostgresFact]
    public async Task Schema_for_an_owner_who_creates_no_databases()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        await fixture.Database.RunAsync($"ALTER ROLE {fixture.Database.Owner} NOCREATEDB");
        var facts = await fixture.LookAsync();
        Assert.Empty(facts.Problems);
        Assert.Equal(RestoreStrategy.Schema, facts.Strategy);
        Assert.EndsWith($"Swap is not possible: {fixture.Database.Owner} may not create databases.", facts.StrategyReason);

        var asked = SurveyFixture.Only<AccessDeniedException>(await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Swap }));
        Assert.EndsWith($"{OptionName.Strategy} Schema would work.", asked.Hint);
    }

    [PostgresFact]
    public async Task InPlace_where_both_others_cannot()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server, "CREATE EXTENSION citext SCHEMA app");
        await fixture.Database.RunAsync($"ALTER ROLE {fixture.Database.Owner} NOCREATEDB");
        var facts = await fixture.LookAsync();
        Assert.Empty(facts.Problems);
        Assert.Equal(RestoreStrategy.InPlace, facts.Strategy);
        Assert.Contains("may not create databases. Schema is not possible: Extensions live in the schemas app", facts.StrategyReason);
    }

    [PostgresFact]
    public async Task Nothing_for_a_role_that_only_reads_and_all_that_it_lacks_is_said()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var reader = await fixture.Database.AddRoleAsync("reader");
        await fixture.Database.RunAsync($"GRANT USAGE ON SCHEMA app TO {reader};; GRANT SELECT ON ALL TABLES IN SCHEMA app TO {reader}",
            fixture.Database.Live);
        var facts = await fixture.LookAsync(reader, new() { NoOwner = true, FreezeWrites = true });
        Assert.Contains(facts.Problems, problem => problem is AccessDeniedException
            && problem.Message.Contains("may not create databases"));
        Assert.Contains(facts.Problems, problem => problem is AccessDeniedException
            && problem.Message.Contains($"belongs to {fixture.Database.Owner}, and {reader} may not rename it"));
        Assert.Contains(facts.Problems, problem => problem.Message.Contains($"{OptionName.FreezeWrites}"));
        Assert.Contains("Schema does not work either:", facts.Problems[^1].Hint);
        Assert.Contains("does not own all that would be replaced: app.t, schema app", facts.Problems[^1].Hint);
    }

    [PostgresFact]
    public async Task Schema_first_for_a_part_of_a_database_and_a_swap_of_it_is_loud()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server, "CREATE SCHEMA other;; CREATE TABLE other.o (a int)",
            options: new PostgresBackupOptions { Schemas = ["app"] });
        var facts = await fixture.LookAsync();
        Assert.Empty(facts.Problems);
        Assert.Equal(RestoreStrategy.Schema, facts.Strategy);
        Assert.Contains("what was not backed up stays as it is", facts.StrategyReason);
        var swap = await fixture.LookAsync(options: new() { Strategy = RestoreStrategy.Swap });
        Assert.Contains(swap.Notes, note => note.StartsWith("EVERYTHING ELSE WILL BE MISSING IN THE LIVE DATABASE", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task A_session_that_may_not_be_ended_leaves_the_schemas()
    {
        await using var fixture = await SurveyFixture.CreateAsync(logical.Server);
        var other = await fixture.Database.AddRoleAsync("other");
        await fixture.Database.OpenAsync(other);
        var super = await fixture.Database.OpenAsync();
        var facts = await fixture.LookAsync();
        Assert.Empty(facts.Problems);
        Assert.Equal(RestoreStrategy.Schema, facts.Strategy);
        Assert.Contains($"may not end these sessions on {fixture.Database.Live}: {other}, process", facts.StrategyReason);
        Assert.Contains($"postgres, process {super.ProcessId}", facts.StrategyReason);
        Assert.Equal(RestoreStrategy.Swap, (await fixture.LookAsync(PostgresServer.Superuser)).Strategy);
        var asked = SurveyFixture.Only<ReplicationInTheWayException>(await fixture
            .LookAsync(options: new() { Strategy = RestoreStrategy.Swap, AllowReplicationBreak = true }));
        Assert.Contains("pg_signal_backend", asked.Hint);
        Assert.EndsWith($"{OptionName.Strategy} Schema would work.", asked.Hint);
    }

    [PostgresFact]
    public async Task No_other_database_to_work_from_leaves_the_schemas()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fixture = await SurveyFixture.CreateAsync(server);
        await fixture.Database.RunAsync("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC");
        var facts = await fixture.LookAsync();
        Assert.Empty(facts.Problems);
        Assert.Equal(RestoreStrategy.Schema, facts.Strategy);
        Assert.Contains("can connect to no other database of the server", facts.StrategyReason);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => fixture.LookAsync(database: "not there"));
    }

    [PostgresFact]
    public async Task A_standby_is_refused()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fixture = await SurveyFixture.CreateAsync(server);
        await server.BecomeStandbyAsync();
        Assert.Contains("standby", SurveyFixture.Only<AccessDeniedException>(await fixture.LookAsync()).Message);
    }
}
