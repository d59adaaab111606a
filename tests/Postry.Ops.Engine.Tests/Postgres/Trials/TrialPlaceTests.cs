using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Trials;

/// <summary>A place of a trial that lacks something says nothing of the backup: the test is inconclusive, with the reason and what
/// helps.</summary>
public sealed class TrialPlaceTests
{
    [OtherUserFact]
    public async Task A_user_id_without_a_name()
    {
        if (PostgresRequirements.Missing() is not null) return;
        using var user = new OtherUser(number: 4242);
        using var work = user.Workspace();
        var set = await work.BackUpAsync(await MakeAsync(PostgresServer.Shared));
        user.Own(work.Folder);
        AssertInconclusive(user.Run(work, "test", "--id", set.Id, "--level", "Restore"), "4242", "/etc/passwd", "--scratch-url");
    }

    [PostgresFact]
    public async Task A_kernel_that_has_no_semaphores_left()
    {
        using var work = new Workspace();
        using var tools = new FakeTools();
        var set = await work.BackUpAsync(await MakeAsync(PostgresServer.Shared));
        StockTools.Shell("chmod a+rx -- \"$1\"", tools.Folder);
        tools.Add("initdb", $"{PostgresServer.Shared.Major}.99");
        tools.Add("postgres", $"{PostgresServer.Shared.Major}.99",
            "echo '2026-11-28 10:00:00 UTC [1] FATAL:  could not create semaphores: No space left on device' >&2; exit 1");
        AssertInconclusive(PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"],
            new() { ["POSTRY_PG_BIN"] = tools.Folder }), "could not create semaphores", "SEMMNI", "--scratch-url");
    }

    [PostgresFact]
    public async Task An_offered_server_on_which_the_role_may_make_nothing()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var set = await work.BackUpAsync(await MakeAsync(server));
        var (role, password) = await server.CreateRoleAsync();
        var (here, files) = (server.Address("postgres"), work.AllFiles());
        // A wrong address is no place at all, and remains an error.
        await ServerCommands.RefusedAsync<DatabaseUnreachableException>(() =>
            work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore,
            here with { Hosts = [new PostgresHost("127.0.0.1", 1)] }));
        await ServerCommands.RefusedAsync<AuthenticationFailedException>(() =>
            work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore, here.As(role, "wrong")));
        await InconclusiveAsync(work, set, here.As(role, password), "CREATEDB");
        await server.RunAsync($"ALTER ROLE {role} CREATEDB CONNECTION LIMIT 1");
        await InconclusiveAsync(work, set, here.As(role, password), "too many connections");
        Assert.Equal(files, work.AllFiles());
    }

    [PostgresFact]
    public async Task An_offered_server_that_crashes_on_the_way()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        var set = await work.BackUpAsync(await MakeAsync(PostgresServer.Shared));
        using var host = HostProcess.Start(["test", work.BackupRoot, server.Url("postgres"), $"id={set.Id}",
            "pause=progress:Comparing the restored rows"]);
        Assert.NotNull(host.WaitFor("paused"));
        await server.CrashAsync();
        host.Resume();
        Assert.True(host.WaitForEnd() == 0, string.Join(" | ", host.Lines) + host.Errors);
        Assert.Contains("done Inconclusive", host.Lines);
    }

    [SmallDiskFact]
    public async Task A_disk_without_room_for_a_server()
    {
        if (PostgresRequirements.Missing() is not null) return;
        using var disk = new SmallDisk(megabytes: 20);
        using var work = new Workspace(disk.Folder);
        StockTools.Shell("chmod a+x -- \"$1\"", disk.Folder);
        var set = await work.BackUpAsync(await MakeAsync(PostgresServer.Shared));
        var before = StockTools.Tree(work.Folder);
        AssertInconclusive(PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["TMPDIR"] = disk.Folder }),
            "Free space");
        Assert.Equal(before, StockTools.Tree(work.Folder));
    }

    [PostgresFact]
    public async Task A_temporary_folder_that_is_not_there()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server);
        server.Psql(source.Database, "CREATE SEQUENCE s");
        var set = await work.BackUpAsync(source);
        var before = StockTools.Tree(work.Folder);
        AssertInconclusive(PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["TMPDIR"] = work["gone"] }),
            "Set TMPDIR to a folder that is there");
        Assert.Equal(before, StockTools.Tree(work.Folder));
    }

    // The source pretends to have what the test's system lacks.
    [PostgresTheory]
    [InlineData(
        "CREATE COLLATION gone (PROVIDER = libc, LOCALE = 'C'); UPDATE pg_collation SET collcollate = 'xx_YY.utf8', collctype = " +
        "'xx_YY.utf8' WHERE collname = 'gone'", "locale-gen")]
    [InlineData(
        "CREATE COLLATION gone (PROVIDER = libc, LOCALE = 'C'); UPDATE pg_collation SET collname = 'xx_YY.utf8', collnamespace = " +
        "'pg_catalog'::regnamespace WHERE collname = 'gone'; CREATE TABLE named (n text COLLATE \"xx_YY.utf8\")", "locale-gen")]
    [InlineData(
        "CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1'; UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE " +
        "lanname = 'c'), prosrc = 'gone', probin = '$libdir/gone' WHERE proname = 'gone'", "library")]
    [InlineData(
        "CREATE TEXT SEARCH DICTIONARY gone (TEMPLATE = simple); UPDATE pg_ts_dict SET dictinitoption = 'stopwords = ''gone''' WHERE " +
        "dictname = 'gone'", "its files")]
    public async Task A_system_without_a_locale_a_library_or_a_file(string make, string remedy)
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server);
        server.Psql(source.Database, $"SET allow_system_table_mods = on; {make}");
        var set = await work.BackUpAsync(source);
        await InconclusiveAsync(work, set, null, remedy);
        await InconclusiveAsync(work, set, server.Address("postgres"), remedy);
    }

    [PostgresFact]
    public async Task An_empty_database_for_a_set_of_some_schemas_that_need_the_others()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server);
        server.Psql(source.Database,
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE SCHEMA app; CREATE TABLE app.days (m mood); INSERT INTO app.days VALUES " +
            "('ok')");
        var set = await work.BackUpAsync(source, options: new() { Schemas = ["app"] });
        await InconclusiveAsync(work, set, null, $"{OptionName.Strategy} Schema");
        server.Psql(source.Database, "DELETE FROM app.days");
        await work.RestoreAsync(set, source);
        Assert.Equal("ok", server.Psql(source.Database, "SELECT m FROM app.days"));
    }

    [PostgresFact]
    public async Task What_the_backup_is_to_blame_for_is_no_lack_of_the_place()
    {
        using var work = new Workspace();
        var server = PostgresServer.Shared;
        var source = await MakeAsync(server);
        // A rule that its own rows break: nothing that a server could have would help.
        server.Psql(source.Database,
            "CREATE FUNCTION broken() RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE ''never''; END'; ALTER TABLE t ADD CHECK " +
            "(broken()) NOT VALID; "
            + "UPDATE pg_constraint SET convalidated = true WHERE conrelid = 't'::regclass");
        var set = await work.BackUpAsync(source);
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore);
        Assert.DoesNotContain(report.Checks, check => check.Status == CheckStatus.Inconclusive && check.Actual == "not tried");
        Assert.Contains(report.Checks, check => $"{check.Detail} {check.Actual}".Contains("t_check", StringComparison.Ordinal));
    }

    private static async Task InconclusiveAsync(Workspace work, BackupSet set, PostgresAddress? server, string says)
    {
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore, server);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        var check = Assert.Single(report.Checks, check => check.Status != CheckStatus.Passed);
        Assert.Equal(("Restores", CheckStatus.Inconclusive), (check.Name, check.Status));
        Assert.Contains(says, check.Detail, StringComparison.Ordinal);
    }

    private static void AssertInconclusive(PostryAnswer answer, params string[] says)
    {
        Assert.True(answer.ExitCode == 3 && answer["status"] == "Inconclusive", $"{answer}");
        foreach (var word in says) Assert.True(answer.Json.GetRawText().Contains(word, StringComparison.Ordinal), $"{word}: {answer}");
        Assert.DoesNotContain("\"Failed\"", answer.Json.GetRawText(), StringComparison.Ordinal);
    }

    private static async Task<PostgresAddress> MakeAsync(PostgresServer server)
    {
        var address = await server.CreateDatabaseAsync();
        server.Psql(address.Database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        return address;
    }
}
