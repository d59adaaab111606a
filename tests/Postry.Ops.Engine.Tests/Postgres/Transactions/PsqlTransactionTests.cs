using System.Diagnostics;
using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Postgres.Crashes;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Transactions;

public sealed class PsqlTransactionTests
{
    public static TheoryData<string> Strategies => ["Schema", "InPlace"];

    [PostgresTheory]
    [MemberData(nameof(Strategies))]
    public async Task A_damaged_archive_is_never_committed(string name)
    {
        await using var fixture = await TransactionFixture.CreateAsync();
        await fixture.RunAsync("CREATE TABLE public.large AS SELECT i, md5(i::text) AS t FROM generate_series(1, 30000) i");
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("DELETE FROM app.late");
        var (schema, rows) = (fixture.Schema(), fixture.Rows());
        var large = Path.Combine(incoming.Archive.Path, incoming.Manifest.Postgres!.Tables.Single(table => table.Name == "large").DataFile!);
        var whole = File.ReadAllBytes(large);
        // An archive without the last byte of gzip's trailer still has every row, and pg_restore of version 18 reports nothing.
        var nearlyWhole = PostgresServer.Shared.Major < 18 ? whole[..^1] : whole[..^20];
        foreach (var part in new[] { whole[..(whole.Length / 2)], [], nearlyWhole })
        {
            File.WriteAllBytes(large, part);
            await FailsAsync(fixture, name, incoming);
        }

        File.Delete(large);
        await FailsAsync(fixture, name, incoming);
        File.WriteAllBytes(large, whole);
        var contents = Path.Combine(incoming.Archive.Path, "toc.dat");
        File.WriteAllBytes(contents, File.ReadAllBytes(contents)[..^40]);
        await FailsAsync(fixture, name, incoming);

        Assert.Equal(schema, fixture.Schema());
        Assert.Equal(rows, fixture.Rows());
        Assert.Equal("0", fixture.Sessions());
    }

    [PostgresTheory]
    [MemberData(nameof(Strategies))]
    public async Task A_killed_program_or_a_cancelled_restore_leaves_everything_as_it_was(string name)
    {
        CurrentOperation.Begin("Restore");
        await using var fixture = await TransactionFixture.CreateAsync();
        await fixture.RunAsync("CREATE TABLE public.large AS SELECT i, repeat(md5(i::text), 10) AS t FROM generate_series(1, 200000) i");
        var incoming = await fixture.BackUpAsync();
        await fixture.RunAsync("DELETE FROM app.late");
        var (schema, late) = (fixture.Schema(), fixture.Ask("SELECT count(*) FROM app.late"));
        foreach (var end in new[] { "psql", "pg_restore", "backend", "cancel" })
        {
            await using var strategy = Strategy(name, fixture);
            using var stop = new CancellationTokenSource();
            var log = fixture.Log();
            var staging = strategy.StageAsync(incoming, log, stop.Token);
            while (!staging.IsCompleted && Dump(strategy) is null) await Task.Delay(1);
            switch (end)
            {
                case "psql": Process.GetProcessById(strategy.Transaction!.ProcessId).Kill(); break;
                case "pg_restore": Dump(strategy)!.Kill(); break;
                case "backend": fixture
                    .Ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name " +
                    "= 'postry restore'"); break;
                default: await stop.CancelAsync(); break;
            }

            var error = await Assert.ThrowsAnyAsync<Exception>(() => staging);
            Assert.True(end == "cancel" ? error is OperationCanceledException
                : error is ToolFailedException or DatabaseUnreachableException, $"{end}: {error}");
            // A server process whose client was killed notices that when it next reads or writes.
            Leftovers.AssertSoon(() => fixture.Sessions() is var left and not "0" ? $"{end}: {left} sessions are left" : null);
            Assert.Equal(LiveSide.Previous, await TransactionOutcome.FindSideAsync(fixture.Address, log.Journal, default));
            Assert.Equal(late, fixture.Ask("SELECT count(*) FROM app.late"));
        }

        Assert.Equal(schema, fixture.Schema());
    }

    [PostgresFact]
    public async Task A_script_cannot_commit_nor_leave_the_transaction_nor_run_a_program()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        var file = Path.Combine(Path.GetTempPath(), $"postry-{Guid.NewGuid():N}");
        foreach (var (script, expected) in new[]
        {
            ("CREATE TABLE public.x (i int);\nCOMMIT;\n", "postry_guard"),
            ("ROLLBACK;\nCREATE TABLE public.x (i int);\n", "ended the transaction"),
            ($"\\! touch {file}\nCREATE TABLE public.x (i int);\n", "restrict"),
        })
        {
            await using var transaction = await PsqlTransaction.BeginAsync(fixture.Address, TransactionFixture.Server.Major,
                default);
            var error = await Assert.ThrowsAsync<ToolFailedException>(() => transaction.FeedAsync(async write =>
            {
                await write("\\restrict word\n"u8.ToArray());
                await write(System.Text.Encoding.UTF8.GetBytes(script));
                await write("\\unrestrict word\n"u8.ToArray());
            }, default));
            Assert.Contains(expected, error.Message);
        }

        Assert.Equal("", fixture.Ask("SELECT relname FROM pg_class WHERE relname = 'x'"));
        Assert.False(File.Exists(file));
        Assert.Equal("0", fixture.Sessions());
    }

    [PostgresFact]
    public async Task The_answer_to_the_commit_may_be_lost()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture.RunAsync("CREATE TABLE a (v int); CREATE SEQUENCE s");
        var incoming = await fixture.BackUpAsync();

        // Psql is gone before the commit.
        await using (var strategy = new SchemaStrategy(fixture.Address, fixture.Reporter))
        {
            var log = fixture.Log();
            await strategy.StageAsync(incoming, log, default);
            Process.GetProcessById(strategy.Transaction!.ProcessId).Kill();
            await Assert.ThrowsAnyAsync<OpsException>(() => strategy.CommitAsync(log, default));
            Assert.Equal(JournalStep.Swapping, log.Journal.Step);
            Assert.Equal(LiveSide.Previous, await TransactionOutcome.FindSideAsync(fixture.Address, log.Journal, default));
        }

        // Psql is killed while the server commits, which a slow trigger lets us see.
        await fixture
            .RunAsync(
            "CREATE TABLE b (v int); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; " +
            "END'; CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON b DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()");
        var transaction = await PsqlTransaction.BeginAsync(fixture.Address, TransactionFixture.Server.Major, default);
        await transaction.ReadyAsync(default);
        await transaction.ExecuteAsync("SET CONSTRAINTS ALL DEFERRED; INSERT INTO public.b VALUES (1);", default);
        var committing = transaction.CommitAsync(default);
        await Task.Delay(300);
        Process.GetProcessById(transaction.ProcessId).Kill();
        // DetermineAsync ends the session whose commit is unknown, so that either outcome is certain from then on.
        var done = await Record.ExceptionAsync(() => committing) is null;
        Assert.Equal(done ? "1" : "0", fixture.Ask("SELECT count(*) FROM b"));
        Assert.Equal(done ? TransactionOutcome.Committed : TransactionOutcome.Aborted,
            await TransactionOutcome.DetermineAsync(fixture.Address, transaction.Id, default));
        await transaction.DisposeAsync();
    }

    [PostgresFact]
    public async Task The_side_is_found_by_the_names_and_by_the_transaction()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture.RunAsync("CREATE SCHEMA app CREATE TABLE a (v int); CREATE SEQUENCE s");
        var incoming = await fixture.BackUpAsync();
        var log = fixture.Log();
        await fixture.RestoreAsync(new SchemaStrategy(fixture.Address, fixture.Reporter), incoming, log);
        Task<LiveSide> SideAsync(RestoreJournal journal) => TransactionOutcome.FindSideAsync(fixture.Address, journal, default);
        RestoreJournal With(Func<ServerJournal, ServerJournal> change) => log.Journal with { Server = change(log.Journal.Server!) };

        Assert.Equal(JournalStep.Swapping, log.Journal.Step);
        Assert.Equal(LiveSide.Restored, await SideAsync(log.Journal));
        Assert.Equal(LiveSide.Restored, await SideAsync(With(server => server with { Transaction = "999999999" })));
        Assert.Equal(LiveSide.Previous, await SideAsync(
            With(server => server with { Transaction = "999999999", Schemas = [new KeptSchema("app", "postry_prev_other_app")] })));
        Assert.Equal(LiveSide.Unknown, await SideAsync(With(server => server with { Transaction = "999999999", Schemas = [] })));
        Assert.Equal(LiveSide.Previous, await SideAsync(log.Journal with { Step = JournalStep.Started, Server = null }));

        await using var open = await TransactionFixture.Server.ConnectAsync(fixture.Database, fixture.Address.User,
            fixture.Address.Password);
        await using var transaction = await open.BeginTransactionAsync();
        var id = (await new NpgsqlCommand("SELECT txid_current()::text", open).ExecuteScalarAsync())!.ToString();
        KeptSchema[] others = [new KeptSchema("app", "postry_prev_other_app")];
        Assert.Equal(LiveSide.Previous, await SideAsync(With(server => server with { Transaction = id, Schemas = others })));
        await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand("SELECT 1", open).ExecuteScalarAsync());

        // A server that took over may tell of another transaction of the same number: what is there counts more.
        Assert.Equal(LiveSide.Restored, await SideAsync(With(server => server with { Transaction = id })));
        Assert.Equal(LiveSide.Unknown, await SideAsync(With(server => server with { Schemas = others })));
    }

    [PostgresFact]
    public async Task An_error_of_the_server_is_told_without_data()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        await fixture.RunAsync("CREATE TABLE u (secret text PRIMARY KEY); INSERT INTO u VALUES ('hunter2')");
        await using var transaction = await PsqlTransaction.BeginAsync(fixture.Address, TransactionFixture.Server.Major, default);
        var error = await Assert.ThrowsAsync<ToolFailedException>(() =>
            transaction.ExecuteAsync("INSERT INTO public.u VALUES ('hunter2');", default));
        Assert.Contains("duplicate key value violates unique constraint \"u_pkey\"", error.Message);
        Assert.DoesNotContain("hunter2", error.Message);
        Assert.DoesNotContain(fixture.Address.Password!, error.ToString());
    }

    [PostgresFact]
    public async Task An_old_psql_that_would_run_smuggled_commands_is_refused()
    {
        await using var fixture = await TransactionFixture.CreateAsync(zoo: false);
        using var tools = new FakeTools();
        var old = new PgTool("psql", tools.Add("psql", "15.1", "printf '%s\\n' 'error: invalid command \\restrict' >&2; exit 3"), 15,
            "15.1");
        await Assert.ThrowsAsync<ToolTooOldException>(() =>
            PsqlTransaction.BeginAsync(fixture.Address, TransactionFixture.Server.Major, default, old));
    }

    private static TransactionStrategy Strategy(string name, TransactionFixture fixture) =>
        name == "Schema" ? new SchemaStrategy(fixture.Address, fixture.Reporter) : new InPlaceStrategy(fixture.Address, fixture.Reporter);

    // A shell watches over it.
    private static Process? Dump(TransactionStrategy strategy) => strategy.ReaderProcessId is not (> 0 and var id) ? null
        : Processes.Tree(id).Where(Processes.IsAlive).Select(Process.GetProcessById)
            .FirstOrDefault(process => process.ProcessName == "pg_restore");

    private static async Task FailsAsync(TransactionFixture fixture, string name, Incoming incoming)
    {
        await using var strategy = Strategy(name, fixture);
        var log = fixture.Log();
        var error = await Record.ExceptionAsync(async () =>
        {
            var checks = await strategy.StageAsync(incoming, log, default);
            Assert.Contains(checks, check => check.Status == CheckStatus.Failed);
        });
        Assert.True(error is null or OpsException, $"{error}");
    }
}
