using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The commands of the migration page for PostgreSQL, typed by an operator whose DATABASE_URL names a database.</summary>
public sealed class MigrationServerTests : IAsyncLifetime
{
    private const string OldDump = "backups/db/postgres-backup-20250314-092653.sql";
    private const string OldSnapshot = "backups/db/pre-restore/postgres-pre-restore-20250401-100000.sql";

    private readonly OperatorFolder _folder = new();
    private string _database = "";

    private static PostgresServer Server => PostgresServer.Shared;

    private static string ServerPrograms => Path.GetDirectoryName(PgTools.FindAll("psql")[0].Path)!;

    public async Task InitializeAsync()
    {
        if (PostgresRequirements.Missing() is not null) return;
        _database = (await Server.CreateDatabaseAsync()).Database;
        Server.Psql(_database, "CREATE TABLE posts AS SELECT i AS id, 'published' AS status FROM generate_series(1, 50) i");
        // The old scripts used these options.
        var dump = Server.Tool("pg_dump", ["--format=plain", "--clean", "--if-exists", "--no-owner", "--no-privileges"], _database);
        foreach (var name in new[] { OldDump, OldSnapshot }) File.WriteAllText(_folder.Sandbox.Path(name), dump);
        OldBackups.Sign(_folder.Sandbox.Path(OldDump), "postgres");
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [PostgresFact]
    public async Task Rows_of_the_table()
    {
        var good = State();
        string[] commands = [.. MigrationPage.Rows.SelectMany(row => row.Commands).Where(MigrationTableTests.IsOfServer)];
        string[] expected = ["postry backup", "postry backup --mode postgres", "postry restore --backup-file F --allow-different-source"];
        Assert.Equal(expected, commands);
        foreach (var command in commands)
        {
            if (command.Contains("restore", StringComparison.Ordinal)) Server.Psql(_database, "DELETE FROM posts WHERE id > 10");
            var result = await EndAsync(OperatorFolder.Fill(command, ("F", OldDump)));
            Assert.Matches(@"Status +(Complete|Committed)", result.Output);
            Assert.Equal(good, State());
        }
    }

    [PostgresFact]
    public async Task A_snapshot_of_before_a_restore_is_looked_at_and_brought_back()
    {
        var good = State();
        Server.Psql(_database, "DELETE FROM posts WHERE id > 10");
        var block = MigrationPage.Block("sh", "createdb");
        Assert.Contains(" --what-if ", block, StringComparison.Ordinal);
        // The server is shared with other tests.
        var own = Regex.Replace(block, @"\blook\b", $"look_{_database}").Replace(" --what-if ", " ", StringComparison.Ordinal);
        await EndAsync($"set -e\n{own}");
        Assert.Equal(good, State());
    }

    [PostgresFact("jq")]
    public async Task The_check_of_old_backups_is_content_with_a_good_dump_and_not_with_another()
    {
        foreach (var name in new[] { OperatorFolder.OldBackup, OperatorFolder.OldRuntime }) File.Delete(_folder.Sandbox.Path(name));
        var check = MigrationPage.Block("sh", "found=0 bad=0");
        await EndAsync(check);

        File.AppendAllText(_folder.Sandbox.Path(OldDump), "DROP DATABASE app;\n");
        OldBackups.Sign(_folder.Sandbox.Path(OldDump), "postgres");
        var result = await TypeAsync(check);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains($"BAD: {_folder.Sandbox.Path(OldDump)}", result.Output, StringComparison.Ordinal);
    }

    private string State() => Server.Psql(_database, "SELECT count(*), sum(id) FROM posts");

    private async Task<PostryResult> EndAsync(string script)
    {
        var result = await TypeAsync(script);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private Task<PostryResult> TypeAsync(string script) => _folder.TypeAsync(script, "",
        ("PATH", $"{_folder.Sandbox.Path("bin")}:{ServerPrograms}:{Environment.GetEnvironmentVariable("PATH")}"),
        ("DATABASE_URL", Server.Url(_database)), ("PGHOST", "127.0.0.1"), ("PGPORT", FormattableString.Invariant($"{Server.Port}")),
        ("PGUSER", PostgresServer.Superuser), ("PGPASSWORD", Server.Password));
}
