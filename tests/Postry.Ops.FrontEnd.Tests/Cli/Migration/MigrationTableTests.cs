using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Every command in the console column of the migration page's table, typed by an operator with a SQLite database.</summary>
public sealed class MigrationTableTests(MigrationTableTests.UsedFolder used) : IClassFixture<MigrationTableTests.UsedFolder>
{
    private readonly OperatorFolder _folder = used.Folder;

    /// <summary>Commands that name no file mean the database of DATABASE_URL: those rows are tried on a server.</summary>
    public static TheoryData<string> Rows => [.. MigrationPage.Rows.Where(row => !IsOfServer(row.Commands[0])).Select(row => row.Old)];

    internal static bool IsOfServer(string command) =>
        Verb(command) is "backup" or "restore" && !command.Contains(" --path ", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_row_does_what_the_old_script_did(string old)
    {
        await using var health = new HealthCheck(() => "200 OK");
        var commands = MigrationPage.Rows.Single(row => row.Old == old).Commands;
        var damaged = _folder.Damage();
        if (Verb(commands[^1]) == "undo") await EndAsync($"postry restore --latest --path {OperatorFolder.Database}", health);
        if (Verb(commands[^1]) is "backup" or "backup-runtime") _folder.Repair();

        var result = new PostryResult(-1, "", "");
        foreach (var command in commands) result = await EndAsync(command, health);

        var last = commands[^1];
        switch (Verb(last))
        {
            case "backup" or "backup-runtime":
                Assert.Matches(@"Status +Complete", result.Output);
                Assert.Contains(BackupRoot(last) + "/", result.Output, StringComparison.Ordinal);
                var isWithoutFiles = result.Output.Contains("without runtime files", StringComparison.Ordinal);
                Assert.Equal(last.Contains("--no-runtime", StringComparison.Ordinal), isWithoutFiles);
                break;
            case "test":
                Assert.Contains("Passed at level", result.Output, StringComparison.Ordinal);
                break;
            case "restore" or "restore-runtime":
                Assert.Equal(Verb(last) == "restore" ? _folder.Good.Rows : damaged.Rows, _folder.State().Rows);
                Assert.Equal(last.Contains("runtime", StringComparison.Ordinal) ? _folder.Good.Env : damaged.Env, _folder.State().Env);
                break;
            case "undo":
                Assert.Equal(damaged, _folder.State());
                break;
            case "list":
                Assert.Contains("(old scripts)", result.Output, StringComparison.Ordinal);
                break;
            case "compare":
                Assert.Contains("posts", result.Output, StringComparison.Ordinal);
                break;
            case "smoke":
                Assert.Contains("Passed in", result.Output, StringComparison.Ordinal);
                break;
            default:
                Assert.Fail($"Nobody looks at what {last} does.");
                break;
        }

        Assert.Equal(last.Contains(" U", StringComparison.Ordinal), health.Asked);
    }

    [Fact]
    public async Task A_health_check_that_answers_500_undoes_the_restore_and_is_named_as_the_reason()
    {
        var damaged = _folder.Damage();
        await using var health = new HealthCheck(() => _folder.State() == damaged ? "200 OK" : "500 Internal Server Error");
        var command = MigrationPage.Rows.Single(row => row.Old.Contains("-PostRestoreHealthUrl", StringComparison.Ordinal)).Commands[0];
        var result = await TypeAsync($"{command} --smoke-deadline 2s", health);
        Assert.True(result.ExitCode == 5, result.ToString());
        Assert.Contains(health.Url, result.Errors, StringComparison.Ordinal);
        Assert.Contains("500", result.Errors, StringComparison.Ordinal);
        Assert.Contains("See why the application did not pass", result.LastErrorLine, StringComparison.Ordinal);
        Assert.Equal(damaged, _folder.State());
    }

    [Fact]
    public async Task A_health_check_that_does_not_end_is_not_the_backup_s_fault()
    {
        var damaged = _folder.Damage();
        var restore = $"postry restore --latest --path {OperatorFolder.Database}";
        var result = await _folder.TypeAsync($"{restore} --after-swap 'sleep 60' --hook-timeout 1s");
        Assert.True(result.ExitCode == 5, result.ToString());
        Assert.Contains("sleep ***: it had not ended after 1 s", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--hook-timeout", result.LastErrorLine, StringComparison.Ordinal);
        Assert.DoesNotContain("another backup", result.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(damaged, _folder.State());
    }

    [Fact]
    public async Task A_snapshot_of_before_a_restore_has_no_metadata_and_the_error_says_how_it_can_be_used()
    {
        var result = await _folder.TypeAsync($"postry restore --backup-file {OperatorFolder.OldSnapshot} --path {OperatorFolder.Database}");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("make a backup of it first, and restore that backup", result.LastErrorLine, StringComparison.Ordinal);
        Assert.Contains("For a SQLite file use postry backup --path", result.LastErrorLine, StringComparison.Ordinal);
    }

    private static string Verb(string command) => command.Split(' ')[1];

    private string BackupRoot(string command) => _folder.Sandbox.Path(
        command.Contains("--backup-root", StringComparison.Ordinal) ? "elsewhere/db"
        : command.Contains("--repo-root", StringComparison.Ordinal) ? "elsewhere/backups" : "backups");

    private async Task<PostryResult> EndAsync(string command, HealthCheck health)
    {
        var result = await TypeAsync(command, health);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private Task<PostryResult> TypeAsync(string command, HealthCheck health) => _folder.TypeAsync(OperatorFolder.Fill(command,
        ("F", OperatorFolder.OldBackup), ("R", OperatorFolder.OldRuntime), ("B", OperatorFolder.OldSnapshot),
        ("N", used.New), ("D", "elsewhere"), ("U", health.Url)));

    /// <summary>A folder in which Postry.Ops has made a backup by now. All rows are tried in it, as an operator does.</summary>
    public sealed class UsedFolder : IAsyncLifetime
    {
        internal OperatorFolder Folder { get; } = new();

        internal string New { get; private set; } = "";

        public async Task InitializeAsync()
        {
            var set = await Folder.Sandbox.BackUpAsync(Folder.Sandbox.Path(OperatorFolder.Database));
            New = set.GetProperty("backupFile").GetString()!;
        }

        public Task DisposeAsync()
        {
            Folder.Dispose();
            return Task.CompletedTask;
        }
    }

    /// <summary>An application whose status a test decides at every request.</summary>
    private sealed class HealthCheck : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _answering;

        public HealthCheck(Func<string> status)
        {
            _listener.Start();
            _answering = AnswerAsync(() => $"HTTP/1.1 {status()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }

        public string Url => FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/health");

        public bool Asked { get; private set; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _answering;
        }

        private async Task AnswerAsync(Func<string> answer)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    Asked = true;
                    using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
                    while (await reader.ReadLineAsync() is { Length: > 0 }) { }
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer()));
                }
            }
            catch (SocketException)
            {
                // The listener was stopped.
            }
        }
    }
}
