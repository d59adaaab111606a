using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Crashes;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Trials;

/// <summary>Tests at level Restore, with and without a place to restore to; and addresses of several hosts with TLS.</summary>
public sealed class TrialTests
{
    [PostgresFact]
    public async Task Without_server_programs_it_is_inconclusive_and_says_what_helps()
    {
        using var work = new Workspace();
        using var tools = new FakeTools();
        var app = await MakeAsync(PostgresServer.Shared);
        var set = await work.BackUpAsync(app);
        // An initdb without a server beside it; it is preferred to the machine's own.
        tools.Add("initdb", $"{PostgresServer.Shared.Major}.99");
        var files = work.AllFiles();
        var answer = PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore"], new() { ["POSTRY_PG_BIN"] = tools.Folder });
        Assert.True(answer.ExitCode == 3 && answer["status"] == "Inconclusive", answer.ToString());
        Assert.Contains("--scratch-url", answer.Json.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("POSTRY_PG_BIN", answer.Json.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(files, work.AllFiles());

        // A server that is offered is used instead.
        answer = PostryConsole.Run(work, ["test", "--id", set.Id, "--level", "Restore", "--scratch-url-env", "SCRATCH"],
            new() { ["POSTRY_PG_BIN"] = tools.Folder, ["SCRATCH"] = PostgresServer.Shared.Url("postgres") });
        Assert.True(answer.ExitCode == 0 && answer["status"] == "Passed", answer.ToString());
    }

    [PostgresFact]
    public async Task What_dead_trials_left_is_swept_by_the_next_and_nothing_else()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var set = await work.BackUpAsync(app);
        foreach (var step in new[] { "progress:Restoring into the new database", "progress:Comparing the restored rows" })
        {
            using var host = HostProcess.Start(["test", work.BackupRoot, server.Url("postgres"), $"id={set.Id}", $"kill={step}"]);
            Assert.True(host.WaitForEnd() == KillMoments.ExitCodeOfKill, string.Join(" | ", host.Lines) + host.Errors);
            Assert.Contains(Inventory.Databases(server), name => name.StartsWith("postry_", StringComparison.Ordinal));
        }

        var dead = $"postry_trial_abcdefgh_{Guid.NewGuid():N}";
        foreach (var name in new[] { dead, "postry_trial_mine", "postry_stage_abcdefgh_mine" })
            server.Psql("postgres", $"CREATE DATABASE {name}");
        using var going = HostProcess.Start(["test", work.BackupRoot, server.Url("postgres"), $"id={set.Id}",
            "pause=progress:Comparing the restored rows"]);
        Assert.NotNull(going.WaitFor("paused"));
        await work.PassesAsync(set, VerificationLevel.Restore, server.Address("postgres"));
        going.Resume();
        Assert.True(going.WaitForEnd() == 0, string.Join(" | ", going.Lines) + going.Errors);
        Assert.Equal(["postry_stage_abcdefgh_mine", "postry_trial_mine"],
            Inventory.Databases(server).Where(name => name.StartsWith("postry_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [PostgresFact]
    public async Task A_trial_leaves_nothing_behind()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync();
        var app = await MakeAsync(server);
        var set = await work.BackUpAsync(app);
        var (databases, files) = (Inventory.Databases(server), work.AllFiles());
        await work.PassesAsync(set, VerificationLevel.Restore, server.Address("postgres"));
        await work.PassesAsync(set, VerificationLevel.Restore);
        Assert.Equal(databases, Inventory.Databases(server));
        Assert.Equal(files, work.AllFiles());
        Assert.Equal("1", server.Psql(app.Database, "SELECT count(*) FROM t WHERE a = 1"));
        Assert.Empty(work.Engine.ListRestores());

        // Nor does one of a backup that does not restore.
        var bad = Directory.EnumerateFiles(set.BackupFile, "*.dat.gz").First();
        var bytes = File.ReadAllBytes(bad);
        bytes[^9] ^= 1;
        File.WriteAllBytes(bad, bytes);
        var report = await work.Engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore, server.Address("postgres"));
        Assert.Equal(CheckStatus.Failed, report.Status);
        Assert.Equal(databases, Inventory.Databases(server));
        Assert.Equal(files, work.AllFiles());
    }

    [PostgresFact]
    public async Task Encrypted_connections_to_the_second_of_two_hosts_carry_all_of_it()
    {
        using var work = new Workspace();
        await using var server = await PostgresServer.StartAsync(tls: true);
        var app = await MakeAsync(server);
        await server.AdmitAsync("hostssl all all 127.0.0.1/32 scram-sha-256", "local all all scram-sha-256");
        var verified = new Dictionary<string, string> { ["sslmode"] = "verify-full", ["sslrootcert"] = server.Certificate };
        foreach (var parameters in new[] { new() { ["sslmode"] = "require" }, verified })
        {
            var address = app with { Hosts = [new PostgresHost("127.0.0.1", 1), new PostgresHost("localhost", server.Port)], Parameters =
                parameters };
            var set = await work.BackUpAsync(address, FingerprintKind.Live);
            server.Psql(app.Database, "UPDATE t SET a = 2");
            var record = await work.RestoreAsync(set, address);
            Assert.Equal("1", server.Psql(app.Database, "SELECT a FROM t"));
            await work.UndoAsync(record, address);
            Assert.Equal("2", server.Psql(app.Database, "SELECT a FROM t"));
            await work.RestoreAsync(set, address);
        }

        var plain = app with { Parameters = new Dictionary<string, string> { ["sslmode"] = "disable" } };
        await ServerCommands.RefusedAsync<AuthenticationFailedException>(() => work.BackUpAsync(plain), "sslmode=require");
    }

    private static async Task<PostgresAddress> MakeAsync(PostgresServer server)
    {
        var address = await server.CreateDatabaseAsync();
        server.Psql(address.Database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
        return address;
    }
}
