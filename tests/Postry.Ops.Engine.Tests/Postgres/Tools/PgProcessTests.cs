using System.Globalization;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>
/// The way in which client programs run: their environment, their arguments, their end. The programs of the tests are scripts.
/// </summary>
public sealed class PgProcessTests
{
    private const string Password = "Pa$$ w'ord\\1";

    private static readonly PostgresAddress Address = PostgresAddress
        .Parse("postgresql://ann@[/run/pg]:6000/my%20shop?sslmode=require&sslrootcert=/ca.crt&options=-c%20geqo%3Doff&keepalives_idle=7",
        _ => null) with { Password = Password };

    [StockFact]
    public async Task The_address_travels_in_the_environment_and_nothing_else_does()
    {
        CurrentOperation.Begin("Backup");
        using var tools = new FakeTools();
        var told = await PgProcess.ReadAsync(Command(tools, "env -0; printf '%s\\n' \"$@\"", "--jobs=2", "a b"), default);
        var lines = told.Split('\0');
        foreach (var line in new[]
        {
            "PGHOST=/run/pg", "PGPORT=6000", "PGUSER=ann", "PGDATABASE=my shop", "PGPASSWORD=" + Password, "PGSSLMODE=require",
                "PGSSLROOTCERT=/ca.crt", "PGCLIENTENCODING=UTF8",
            "PGAPPNAME=postry backup", "PGCONNECT_TIMEOUT=15", "LC_ALL=C", "HOME=" + Environment.GetEnvironmentVariable("HOME"),
        }) Assert.Contains(line, lines);
        var options = lines.Single(line => line.StartsWith("PGOPTIONS=", StringComparison.Ordinal));
        Assert.StartsWith("PGOPTIONS=-c geqo=off ", options, StringComparison.Ordinal);
        foreach (var pin in new[] { "TimeZone=UTC", @"DateStyle=ISO,\ YMD", "lc_monetary=C", "bytea_output=hex", "statement_timeout=0",
            "idle_session_timeout=0" })
            Assert.Contains("-c " + pin, options, StringComparison.Ordinal);
        // The server is of version 15.
        Assert.DoesNotContain("transaction_timeout", options, StringComparison.Ordinal);
        Assert.Equal("--no-password\n--jobs=2\na b\n", lines[^1]);
        Assert.Equal("dbname='my shop' keepalives_idle='7'", PgEnvironment.DatabaseArgument(Address));
    }

    [Fact]
    public void What_is_inherited_neither_changes_the_work_nor_tells_a_secret()
    {
        var inherited = new Dictionary<string, string?>
        {
            ["PGSERVICE"] = "x", ["PGSSLMODE"] = "disable", ["PGPASSWORD"] = "x", ["PGPASSFILE"] = "/my/pass", ["DATABASE_URL"] = "x",
                ["HOME"] = "/home/ann", ["PATH"] = "/bin",
            ["BACKUP_METADATA_HMAC_KEY"] = "x", ["BACKUP_METADATA_HMAC_KEY_PREVIOUS"] = "x", ["BACKUP_METADATA_HMAC_KEY_FILE"] = "x",
            ["LC_ALL"] = "de_DE.UTF-8", ["LANGUAGE"] = "de",
        };
        PgEnvironment.Clean(inherited);
        Assert.Equal("HOME=/home/ann LC_ALL=C LC_MESSAGES=C PATH=/bin PGPASSFILE=/my/pass",
            string.Join(' ', inherited.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [StockFact]
    public async Task The_password_is_on_no_command_line()
    {
        using var tools = new FakeTools();
        await using var process = PgProcess.Start(Command(tools, "echo ready; exec sleep 600") with { WithOutput = true }, default);
        Assert.Equal("ready", await new StreamReader(process.Output).ReadLineAsync());
        var lines = Processes.Tree(process.Id).Select(id => File.ReadAllText($"/proc/{id}/cmdline")).ToList();
        Assert.Contains(lines, line => line.Contains("sleep", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(Password, StringComparison.Ordinal));
    }

    [StockTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Cancelling_ends_the_program_and_its_children_and_waits_for_them(bool withInput, bool stubborn)
    {
        using var tools = new FakeTools();
        using var cancel = new CancellationTokenSource();
        var script = (stubborn ? "trap '' TERM; " : "trap 'kill $child; wait $child; exit 1' TERM; ")
            + "sleep 600 & child=$!; echo $child; wait $child; wait $child; sleep 600";
        var process = PgProcess.Start(Command(tools, script) with { WithInput = withInput, WithOutput = true }, cancel.Token);
        var child = int.Parse((await new StreamReader(process.Output).ReadLineAsync())!, CultureInfo.InvariantCulture);
        var all = Processes.Tree(process.Id);
        Assert.Contains(child, all);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(process.CompleteAsync);
        await process.DisposeAsync();
        Assert.DoesNotContain(all, Processes.IsAlive);
    }

    [StockFact]
    public async Task A_program_that_nobody_waits_for_is_ended_when_disposed()
    {
        using var tools = new FakeTools();
        var process = PgProcess.Start(Command(tools, "echo ready; exec sleep 600") with { WithOutput = true }, default);
        await new StreamReader(process.Output).ReadLineAsync();
        var all = Processes.Tree(process.Id);
        await process.DisposeAsync();
        Assert.DoesNotContain(all, Processes.IsAlive);
    }

    [StockFact]
    public async Task A_program_ends_with_a_killed_engine_and_Ctrl_C_is_left_to_the_engine()
    {
        using var tools = new FakeTools();
        var told = Path.Combine(tools.Folder, "told");
        using var host = HostProcess.Start("tool", tools.Add("pg_fake", "15.1", $"echo ready > '{told}'; sleep 600"));
        var watcher = int.Parse(host.WaitFor("started ")!["started ".Length..], CultureInfo.InvariantCulture);
        while (!File.Exists(told)) await Task.Delay(10);
        var all = Processes.Tree(watcher);
        StockTools.Shell("kill -INT \"$1\"", $"{watcher}");
        await Task.Delay(200);
        Assert.All(all, id => Assert.True(Processes.IsAlive(id)));
        host.Kill();
        for (var i = 0; i < 250 && Processes.IsAlive(watcher); i++) await Task.Delay(20);
        Assert.DoesNotContain(all.Take(2), Processes.IsAlive);
    }

    [StockFact]
    public async Task Input_and_output_are_bytes()
    {
        using var tools = new FakeTools();
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await using var process = PgProcess.Start(Command(tools, "exec cat") with { WithInput = true, WithOutput = true }, default);
        var writing = Task.Run(async () =>
        {
            await process.Input.WriteAsync(bytes);
            process.Input.Close();
        });
        var read = new MemoryStream();
        await process.Output.CopyToAsync(read);
        await writing;
        await process.CompleteAsync();
        Assert.Equal(bytes, read.ToArray());
    }

    /// <summary>The moment between the end of a program and the news of it is short: twelve programs, killed while one waits for the end
    /// and another gives up.</summary>
    [StockFact]
    public async Task Whoever_waits_for_a_program_hears_of_its_end_although_another_gives_it_up()
    {
        using var tools = new FakeTools();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Round()));

        async Task Round()
        {
            var process = PgProcess.Start(Command(tools, "exec cat") with { WithInput = true, WithOutput = true }, default);
            var id = process.Id;
            using var start = new Barrier(3);
            var waiting = Together(start, process.CompleteAsync);
            var killing = Together(start, () => Task.FromResult(UnixCalls.TrySignal(id, UnixCalls.Kill)));
            var givingUp = Together(start, () => process.DisposeAsync().AsTask());
            await Task.WhenAll(killing, givingUp).WaitAsync(TimeSpan.FromSeconds(30));
            await Assert.ThrowsAsync<ToolFailedException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    private static Task Together(Barrier start, Func<Task> act) => Task.Factory.StartNew(
        () =>
        {
            start.SignalAndWait();
            return act();
        },
        default,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();

    [StockFact]
    public async Task A_failure_tells_the_last_words_without_the_password()
    {
        using var tools = new FakeTools();
        var heard = new List<string>();
        var script =
            "i=0; while [ $i -lt 100 ]; do echo line $i >&2; i=$((i+1)); done; printf 'pg_fake: error: bad %s value\\n' \"$PGPASSWORD\" " +
            ">&2; echo 'pg_fake: hint: none' >&2; exit 3";
        var e = await Assert.ThrowsAsync<ToolFailedException>(() =>
            PgProcess.RunAsync(Command(tools, script) with { OnErrorLine = heard.Add }, default));
        Assert.Equal("pg_fake ended with exit code 3: pg_fake: error: bad *** value | hint: none", e.Message);
        Assert.Equal(102, heard.Count);
        e = await Assert.ThrowsAsync<ToolFailedException>(() => PgProcess.RunAsync(Command(tools, "kill -KILL $$"), default));
        Assert.Contains("signal 9", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ToolFailedException>(() => PgProcess.RunAsync(Command(tools, "kill -TERM $$"), default));
    }

    [StockTheory]
    [InlineData("pg_dump: error: could not write to file \"x\": No space left on device", typeof(NotEnoughSpaceException))]
    [InlineData(
        "pg_dump: error: Dumping the contents of table \"t\" failed: ERROR:  query would be affected by row-level security policy for " +
        "table \"t\"", typeof(AccessDeniedException))]
    [InlineData("pg_dump: error: query failed: ERROR:  permission denied for table t", typeof(AccessDeniedException))]
    [InlineData(
        "pg_dump: error: connection to server at \"h\" (1.2.3.4), port 1 failed: FATAL:  password authentication failed for user \"u\"",
        typeof(AuthenticationFailedException))]
    [InlineData("pg_dump: error: connection to server at \"h\" (1.2.3.4), port 1 failed: Connection refused",
        typeof(DatabaseUnreachableException))]
    [InlineData("pg_dump: error: connection to server on socket \"/x\" failed: FATAL:  database \"x\" does not exist",
        typeof(SourceNotFoundException))]
    [InlineData("pg_dump: error: connection to server on socket \"/x\" failed: FATAL:  sorry, too many clients already",
        typeof(DatabaseBusyException))]
    [InlineData("pg_restore: error: could not execute query: server closed the connection unexpectedly",
        typeof(DatabaseUnreachableException))]
    [InlineData("pg_dump: error: aborting because of server version mismatch", typeof(ToolTooOldException))]
    [InlineData("pg_restore: error: could not read from input file: end of file", typeof(ToolFailedException))]
    public async Task What_programs_say_becomes_the_engines_errors(string text, Type expected)
    {
        using var tools = new FakeTools();
        var e = await Assert.ThrowsAsync(expected, () =>
            PgProcess.RunAsync(Command(tools, $"cat >&2 <<'END'\n{text}\nEND\nexit 1"), default));
        Assert.Contains("pg_fake ended with exit code 1", e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(((OpsException)e).Hint);
        Assert.DoesNotContain("Do what the message says", ((OpsException)e).Hint, StringComparison.Ordinal);
    }

    private static PgCommand Command(FakeTools tools, string script, params string[] arguments) => new()
    {
        Tool = new PgTool("pg_fake", tools.Add("pg_fake", "15.1", script), 15, "15.1"),
        Arguments = arguments,
        Target = "shop",
        Address = Address,
        ServerMajor = 15,
    };
}
