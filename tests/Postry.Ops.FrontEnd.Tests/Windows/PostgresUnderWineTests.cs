using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>
/// The console for Windows on databases of a server of Linux, by TCP. PostgreSQL's client programs for Windows are stand-ins, which pass
/// everything on to those of Linux, and whose pipes are texts as those of Windows are. Stock programs of Linux judge.
/// </summary>
[Collection(WineCollection.Name)]
public sealed class PostgresUnderWineTests(WineMachine machine, WinePostgres postgres) : IClassFixture<WinePostgres>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private PostgresServer Server => postgres.Server;

    private string Programs => $"Program Files/PostgreSQL/{Server.Major}/bin";

    [WinePostgresFact]
    public async Task Everything_comes_back_by_every_strategy_and_can_be_undone()
    {
        var (folder, database) = await WithDatabaseAsync();
        await folder.JsonAsync("backup");
        await RestoreAndUndoAsync(folder, database, "Schema", State(database));
        await folder.ExpectAsync(0, "restore", "--latest", "--strategy", "Schema", "--force");

        // Large objects are in no schema.
        Server.Psql(database, @"SELECT lo_from_bytea(0, '\x000d0a1a')");
        var good = State(database);
        var backup = await folder.JsonAsync("backup");
        Assert.Equal("Complete", backup.GetProperty("status").GetString());
        await folder.ExpectAsync(0, "compare", "--latest");
        var test = await folder.ExpectAsync(0, "test", "--latest", "--level", "restore", "--scratch-url-env", "DATABASE_URL");
        Assert.Contains("Passed at level Restore", test.Output);
        await RestoreAndUndoAsync(folder, database, "Swap", good);
        await RestoreAndUndoAsync(folder, database, "InPlace", good);
    }

    private async Task RestoreAndUndoAsync(WineFolder folder, string database, string strategy, string good)
    {
        Server.Psql(database, $"""
            DELETE FROM posts WHERE id = 7; DROP FUNCTION IF EXISTS greeting(); CREATE TABLE before_{strategy}();
            REFRESH MATERIALIZED VIEW counts;
            """);
        var damaged = State(database);
        var restore = await folder.JsonAsync("restore", "--latest", "--strategy", strategy, "--force");
        Assert.Equal("Committed", restore.GetProperty("status").GetString());
        Assert.Equal(good, State(database));
        await folder.ExpectAsync(0, "undo", "--latest", "--force");
        Assert.Equal(damaged, State(database));
    }

    [WinePostgresFact]
    public async Task Commands_around_the_swap_reach_the_restored_database_without_a_password()
    {
        var (folder, _) = await WithDatabaseAsync();
        await folder.ExpectAsync(0, "backup");
        var psql = $@"""%ProgramFiles%\PostgreSQL\{Server.Major}\bin\psql.exe""";
        var restore = await folder.ExpectAsync(0, "restore", "--latest", "--force",
            "--before-swap", "echo %POSTRY_HOOK% %POSTRY_TARGET%> hook.txt",
            "--after-swap", $@"{psql} -X -A -t -d ""%POSTRY_TARGET_URL%"" -c ""SELECT count(*) FROM posts"" > count.txt");
        Assert.StartsWith("beforeSwap postgresql://127.0.0.1", File.ReadAllText(folder["hook.txt"]));
        Assert.True(File.ReadAllText(folder["count.txt"]).Trim() == "54", restore.ToString());
    }

    [WinePostgresFact]
    public async Task Passwords_come_from_the_files_of_Windows_and_programs_from_the_folder_that_is_named()
    {
        var (folder, database) = await WithDatabaseAsync();
        var line = $"127.0.0.1:{Server.Port}:*:postgres:{Server.Password.Replace(@"\", @"\\").Replace(":", @"\:")}\r\n";
        var address = ("DATABASE_URL", $"postgresql://postgres@127.0.0.1:{Server.Port}/{database}");
        var usual = Path.Combine(machine.Drive, "users", Environment.UserName, "AppData/Roaming/postgresql/pgpass.conf");
        WriteSecret(usual, line);
        folder.Variables = [address];
        await folder.ExpectAsync(0, "backup");
        File.Move(usual, folder["my.conf"]);
        Assert.Contains("no password", (await folder.RunAsync("backup")).Error, StringComparison.OrdinalIgnoreCase);

        machine.InstallClients("elsewhere/pg/bin");
        folder.Variables = [address, ("PGPASSFILE", folder.Windows + @"\my.conf"), ("POSTRY_PG_BIN", @"C:\elsewhere\pg\bin")];
        var clients = machine.InstallClients(Programs);
        clients.Commands.Clear();
        await folder.ExpectAsync(0, "backup");
        Assert.NotEmpty(clients.Commands);
        Assert.All(clients.Commands, command => Assert.StartsWith(@"C:\elsewhere\pg\bin\pg_", command));

        folder.Variables = [("PGSERVICE", "mine"), ("DATABASE_URL", "postgresql:///" + database)];
        var refused = await folder.RunAsync("backup");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("PGSERVICE", refused.Error);
    }

    [WinePostgresFact]
    public async Task A_character_that_ends_texts_is_refused_by_name_where_psql_would_have_to_read_it()
    {
        var (folder, database) = await WithDatabaseAsync();
        Server.Psql(database, "INSERT INTO posts VALUES (1000, E'before\\x1aafter'); REFRESH MATERIALIZED VIEW counts");
        var good = State(database);
        await folder.ExpectAsync(0, "backup");
        Server.Psql(database, "DELETE FROM posts WHERE id = 1000 OR id < 10; REFRESH MATERIALIZED VIEW counts");
        var damaged = State(database);
        var refused = await folder.RunAsync("restore", "--latest", "--strategy", "InPlace", "--force");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Ctrl-Z", refused.Error);
        Assert.Equal(damaged, State(database));
        await folder.ExpectAsync(0, "restore", "--latest", "--strategy", "Swap", "--force");
        Assert.Equal(good, State(database));
    }

    [WinePostgresFact("script")]
    public async Task Client_programs_end_with_a_killed_command_and_with_Ctrl_C()
    {
        var (folder, _) = await WithDatabaseAsync();
        var clients = machine.InstallClients(Programs);
        clients.Stuck = "pg_dump";
        using (var killed = folder.Start(WineMachine.Postry, "backup"))
        {
            Assert.True(await clients.Waiting.WaitAsync(Limit));
            killed.Kill();
            Assert.True(await clients.Ended.WaitAsync(Limit));
        }

        using (var stopped = folder.StartAtTerminal("backup"))
        {
            Assert.True(await clients.Waiting.WaitAsync(Limit));
            await stopped.StandardInput.WriteAsync('\x03');
            await stopped.StandardInput.FlushAsync();
            var result = await WineMachine.EndAsync(stopped);
            Assert.True(result.ExitCode == 130, result.ToString());
            Assert.True(await clients.Ended.WaitAsync(Limit));
        }

        clients.Stuck = "";
        await folder.ExpectAsync(0, "backup");
        Assert.Equal(1, (await folder.JsonAsync("list")).GetArrayLength());
        Assert.Empty(Directory.GetFileSystemEntries(folder["backups"], "*.partial", SearchOption.AllDirectories));
    }

    private async Task<(WineFolder Folder, string Database)> WithDatabaseAsync()
    {
        machine.InstallClients(Programs);
        var database = (await Server.CreateDatabaseAsync()).Database;
        // Ends of lines as programs for Windows write them, in rows and in bodies, and a row that is longer than any buffer.
        Server.Psql(database, """
            CREATE TABLE posts(id int PRIMARY KEY, body text);
            INSERT INTO posts SELECT i, E'post\r\n' || i || E'\r\\\t\n\r' FROM generate_series(1, 50) i;
            INSERT INTO posts VALUES (501, repeat(E'long\r\n', 50000)), (502, ''), (503, NULL), (504, E'\u00fc\u20ac');
            CREATE TABLE users(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, post int REFERENCES posts);
            INSERT INTO users(post) SELECT i FROM generate_series(11, 50) i;
            CREATE VIEW few AS SELECT * FROM posts WHERE id < 10;
            CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM posts;
            DO $do$ BEGIN EXECUTE E'CREATE FUNCTION greeting() RETURNS text LANGUAGE sql AS $$\r\nSELECT\n''a\r\nb''\r\r\n$$'; END $do$;
            """);
        var folder = machine.NewFolder();
        folder.Variables = [("DATABASE_URL", Server.Url(database))];
        return (folder, database);
    }

    // A database as stock programs see it, apart from what a restore keeps: its definitions, every byte of its rows, its large objects.
    private string State(string database) => string.Join('\n',
        Server.Tool("pg_dump", ["--schema-only", "--exclude-schema=postry_*"], database).Split('\n')
            .Where(line => !line.Contains("restrict ", StringComparison.Ordinal))) + Server.Psql(database, """
        SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM posts t;
        SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM users t;
        SELECT * FROM counts;
        SELECT md5(string_agg(md5(lo_get(oid)), '|')) FROM pg_largeobject_metadata;
        SELECT md5(coalesce(string_agg(prosrc, '|'), '')) FROM pg_proc WHERE oid = to_regproc('public.greeting');
        """);

    private static void WriteSecret(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}

/// <summary>A <see cref="WineFactAttribute"/> that needs PostgreSQL, too.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WinePostgresFactAttribute : FactAttribute
{
    public WinePostgresFactAttribute(params string[] programs) =>
        Skip = PostgresRequirements.Missing() ?? WineFactAttribute.Reason(programs);
}
