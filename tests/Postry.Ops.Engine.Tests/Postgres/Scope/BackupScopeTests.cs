using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Scope;

/// <summary>A narrowed backup holds what was asked for, by pg_dump's own reading of the patterns, and says so.</summary>
public sealed class BackupScopeTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    public static TheoryData<string[], string[], string[], string[], string?> Scopes => new()
    {
        { [], [], [], ["App.t", "app.log", "app.t", "app_old.t", "public.log", "public.log_1", "public.t", "we.ird.t"], null },
        { ["app"], [], [], ["app.log", "app.t"], "only schema app, without large objects" },
        { ["app*", "\"App\""], [], [], ["App.t", "app.log", "app.t", "app_old.t"], "only schemas app*, \"App\", without large objects" },
        { ["APP"], [], [], ["app.log", "app.t"], "only schema APP, without large objects" },
        { ["app|public"], ["app"], [], ["public.log", "public.log_1", "public.t"],
            "only schema app|public, without schema app, without large objects" },
        { [], ["app_?ld", "\"we.ird\""], [], ["App.t", "app.log", "app.t", "public.log", "public.log_1", "public.t"],
            "without schemas app_?ld, \"we.ird\"" },
        { [], [], ["log"], ["App.t", "app.log", "app.t", "app_old.t", "public.log_1", "public.t", "we.ird.t"],
            "without data of public.log" },
        { [], [], ["*.log*", "\"we.ird\".t"], ["App.t", "app.t", "app_old.t", "public.t"], "without data of *.log*, \"we.ird\".t" },
    };

    [PostgresTheory]
    [MemberData(nameof(Scopes))]
    public async Task Patterns_are_read_as_pg_dump_reads_them(string[] schemas, string[] excluded, string[] data, string[] expected,
        string? summary)
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, """
            CREATE SCHEMA app; CREATE SCHEMA "App"; CREATE SCHEMA app_old; CREATE SCHEMA "we.ird";
            CREATE TABLE app.t (a int); CREATE TABLE app.log (a int); CREATE TABLE "App".t (a int); CREATE TABLE app_old.t (a int); CREATE TABLE "we.ird".t (a int);
            CREATE TABLE t (a int); CREATE TABLE log (a int); CREATE TABLE log_1 (a int); CREATE SEQUENCE app.s; SELECT lo_from_bytea(1, 'x');
            """);
        var options = new PostgresBackupOptions { Schemas = schemas, ExcludeSchemas = excluded, ExcludeTableData = data };
        var capture = await Captures.TakeAsync(address, work["a"], FingerprintKind.Live, options);
        Assert.Equal(expected, capture.Postgres!.Tables.Where(t => t.DataFile is not null).Select(t => $"{t.Schema}.{t.Name}"));
        Assert.Equal(expected.Length, capture.Contents.Tables.Count);
        Assert.Equal(summary, capture.Postgres.Scope.Summary);
        Assert.Equal(schemas.Length == 0, capture.Postgres.LargeObjects is not null);
        // The scope in the manifest gives the same scope again.
        var again = BackupScope.Of(capture.Postgres.Scope, "x");
        Assert.Equal(BackupScope.Create(options, "x").DumpArguments(), again.DumpArguments());
        Assert.Equal(summary, again.Describe(1).Summary);
    }

    [PostgresFact]
    public async Task The_Supabase_profile_leaves_out_the_hosting_and_keeps_users_and_files()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        var own = await Server.CreateRoleAsync();
        Server.Psql(address.Database, $"""
            CREATE SCHEMA auth; CREATE SCHEMA storage; CREATE SCHEMA vault; CREATE SCHEMA realtime; CREATE SCHEMA supabase_migrations; CREATE SCHEMA _timescaledb_internal;
            CREATE TABLE auth.users (id int); CREATE TABLE auth.schema_migrations (version text); CREATE TABLE storage.objects (id int); CREATE TABLE storage.migrations (id int); CREATE TABLE vault.secrets (id int);
            CREATE TABLE realtime.messages (id int); CREATE TABLE _timescaledb_internal.x (id int); CREATE TABLE app (id int); CREATE TABLE supabase_migrations.schema_migrations (version text);
            INSERT INTO auth.schema_migrations VALUES ('1'); INSERT INTO supabase_migrations.schema_migrations VALUES ('20240101'), ('20250202');
            DO $$ BEGIN CREATE ROLE service_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT SELECT ON app TO service_role, {own.Name};
            """);
        var supabase = new PostgresBackupOptions { Profile = BackupProfile.Supabase };
        var capture = await Captures.TakeAsync(address, work["a"], options: supabase);
        Assert.Equal(["auth.users", "public.app", "storage.objects"], capture.Contents.Tables.Select(t => t.Name));
        Assert.DoesNotContain(capture.Contents.Schema, o => o.Table is "vault" or "realtime" or "supabase_migrations");
        Assert.Equal(["supabase_migrations.schema_migrations 20250202"],
            capture.Postgres!.Migrations.Select(m => $"{m.Table} {m.Version}"));
        Assert.Contains(own.Name, capture.Postgres.Roles.Select(r => r.Name));
        Assert.DoesNotContain("service_role", capture.Postgres.Roles.Select(r => r.Name));
        Assert.Equal("profile Supabase (without the hosting's own schemas and roles)", capture.Postgres.Scope.Summary);

        var chosen = await Captures.TakeAsync(address, work["b"], options: supabase with { Schemas = ["public", "vault"] });
        Assert.Equal(["public.app", "vault.secrets"], chosen.Contents.Tables.Select(t => t.Name));
        Assert.Equal("profile Supabase (without the hosting's own schemas and roles), only schemas public, vault",
            chosen.Postgres!.Scope.Summary);
    }

    [PostgresFact]
    public async Task A_chosen_schema_that_is_not_there_is_an_error_and_an_exclusion_of_nothing_a_warning()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        var error = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            Captures.TakeAsync(address, work["a"], options: new PostgresBackupOptions { Schemas = ["public", "apps"] }));
        Assert.Contains("matches apps", error.Message);
        Assert.False(Directory.Exists(work["a"]));
        await Captures.TakeAsync(address, work["a"],
            options: new PostgresBackupOptions { ExcludeTableData = ["nolog"], ExcludeSchemas = ["nowhere"] }, observer: work.Reporter);
        Assert.Equal(2, work.Reporter.Warnings.Count(w => w.Contains("matches nothing that stores rows")));
        foreach (var pattern in new[] { "a.b.c", "\"a", "a..b", "" })
            Assert.Throws<InvalidRequestException>(() =>
                BackupScope.Create(new PostgresBackupOptions { ExcludeTableData = [pattern] }, "x"));
        Assert.Throws<InvalidRequestException>(() => BackupScope.Create(new PostgresBackupOptions { Schemas = ["a.b"] }, "x"));
    }
}
