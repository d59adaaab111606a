using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>
/// Messages of client programs, libpq and the server reach the operator whole: the object, the details, the context, the warnings; and no
/// secret.
/// </summary>
public sealed class ToolMessageTests
{
    [PostgresFact]
    public async Task An_error_of_pg_restore_names_the_archives_entry_and_the_offending_key()
    {
        var server = PostgresServer.Shared;
        using var work = new Workspace();
        var source = await server.CreateDatabaseAsync();
        await server.RunAsync("CREATE TABLE t (i int); INSERT INTO t VALUES (7), (8); CREATE UNIQUE INDEX only_once ON t ((i / 2))",
            source.Database);
        var folder = work["dump"];
        server.Tool("pg_dump", ["-Fd", "-f", folder], source.Database);
        await server.RunAsync("DROP INDEX only_once; INSERT INTO t VALUES (9)", source.Database);
        var e = await Assert.ThrowsAsync<ToolFailedException>(() =>
            PgProcess.RunAsync(Command(server, "pg_restore", source, "--exit-on-error", "--verbose", "--section=post-data", "-d",
                PgEnvironment.DatabaseArgument(source), folder), default));
        Assert.Contains("at the archive's entry INDEX only_once postgres", e.Message, StringComparison.Ordinal);
        Assert.Contains("could not create unique index \"only_once\" | DETAIL: Key ((i / 2))=(4) is duplicated.", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("Correct them in the source database", e.Hint, StringComparison.Ordinal);
        var complaint = Assert.Single(ToolComplaintsException.Behind(e));
        Assert.Equal("INDEX only_once postgres", complaint.Entry?.Description);
        Assert.Contains($"{complaint.Entry!.DumpId}; ", server.Tool("pg_restore", ["-l", folder], source.Database),
            StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task An_error_of_psql_tells_detail_and_context_and_the_server_s_code_decides()
    {
        var server = PostgresServer.Shared;
        var database = await server.CreateDatabaseAsync();
        var warnings = new List<string>();
        var e = await Assert.ThrowsAsync<ToolFailedException>(() => PsqlScript.RunAsync(database, server.Major, write => write("""
            DO $$ BEGIN RAISE WARNING 'the fox is loose'; END $$;
            CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN g(); END $$;
            SELECT f();
            """u8.ToArray()), warnings.Add, default));
        Assert.Contains("ERROR:  function g() does not exist", e.Message, StringComparison.Ordinal);
        Assert.Contains("HINT: No function matches", e.Message, StringComparison.Ordinal);
        Assert.Contains("CONTEXT: PL/pgSQL function f() line 1 at RETURN", e.Message, StringComparison.Ordinal);
        Assert.Contains("STATEMENT: SELECT f();", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LOCATION", e.Message, StringComparison.Ordinal);
        Assert.Equal("42883", Assert.Single(ToolComplaintsException.Behind(e), complaint => !complaint.IsWarning).SqlState);
        Assert.Contains("search_path", e.Hint, StringComparison.Ordinal);
        Assert.Contains("the fox is loose", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_password_file_that_others_may_read_is_a_warning_and_where_it_was_needed_the_reason()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.AdmitAsync("host all trusted 127.0.0.1/32 trust", "host all all 127.0.0.1/32 scram-sha-256");
        using var work = new Workspace();
        var file = work["pass"];
        await File.WriteAllTextAsync(file, $"*:*:*:*:{server.Password.Replace(":", "\\:")}\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        await server.RunAsync("CREATE ROLE trusted SUPERUSER LOGIN");
        var database = (await server.CreateDatabaseAsync()) with { Password = null, Parameters = new Dictionary<string,
            string> { ["passfile"] = file } };
        await server.RunAsync("CREATE TABLE t (i int)", database.Database);

        await work.Engine.BackUpAsync(new BackupRequest { Source = database.As("trusted", null) });
        var warning = Assert.Single(work.Reporter.Warnings);
        Assert.Contains($"password file \"{file}\" has group or world access", warning, StringComparison.Ordinal);

        var e = await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            work.Engine.BackUpAsync(new BackupRequest { Source = database }));
        Assert.Contains($"password file \"{file}\" has group or world access", e.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", e.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Password, e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pg_restore: error: could not execute query: ERROR:  x\nLINE 1: ALTER ROLE a PASSWORD 'hunter2'\n")]
    [InlineData("psql:<stdin>:3: ERROR:  42601: syntax error at or near \"x\"\nLINE 2:   OPTIONS (user 'a', password 'hunter2 is long\n")]
    [InlineData(
        "pg_restore: error: could not execute query: ERROR:  x\nCommand was: CREATE USER MAPPING FOR a SERVER s OPTIONS (\n    password " +
        "'hunter2'\n);\n")]
    [InlineData("ERROR:  duplicate key\nDETAIL:  Key (name, api_token)=(a, hunter2) already exists.\n")]
    [InlineData("psql: error: connection to postgresql://a:hunter2@h/db failed")]
    [InlineData("just a line with password=hunter2 in it")]
    public void No_message_holds_a_secret_of_a_statement(string lines)
    {
        var tail = new StandardErrorTail();
        foreach (var line in lines.Split('\n')) tail.Add(line);
        tail.End();
        Assert.NotEmpty(tail.Summary);
        Assert.DoesNotContain("hunter2", tail.Summary + tail.All, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_errors_stay_with_their_entries_and_a_warning_is_reported_once()
    {
        var tail = new StandardErrorTail();
        var warnings = new List<string?>();
        foreach (var line in """
            pg_restore: connecting to database for restore
            WARNING: password file "/p" has group or world access; permissions should be u=rw (0600) or less
            WARNING: password file "/p" has group or world access; permissions should be u=rw (0600) or less
            pg_restore: creating VIEW "public.v"
            pg_restore: while PROCESSING TOC:
            pg_restore: from TOC entry 214; 1259 16390 MATERIALIZED VIEW v ann
            pg_restore: error: could not execute query: ERROR:  function a() does not exist
            LINE 2:  SELECT a()
                            ^
            HINT:  No function matches.
            QUERY:  SELECT a()
            CONTEXT:  SQL function "b" during inlining
            Command was: CREATE MATERIALIZED VIEW public.v AS
             SELECT b()
              WITH NO DATA;
            pg_restore: from TOC entry 9; 0 16390 TABLE DATA t ann
            pg_restore: error: COPY failed for table "t": ERROR:  null value
            DETAIL:  Failing row contains (1).
            pg_restore: warning: errors ignored on restore: 2
            """.Split('\n'))
            warnings.Add(tail.Add(line)?.Text);
        warnings.Add(tail.End()?.Text);
        Assert.Equal(2, warnings.Count(warning => warning is not null));
        var errors = tail.Complaints.Where(complaint => !complaint.IsWarning).ToList();
        Assert.Equal([214, 9], errors.Select(error => error.Entry!.DumpId));
        Assert.Equal(["LINE 2: SELECT a()", "HINT: No function matches.", "QUERY: SELECT a()",
            "CONTEXT: SQL function \"b\" during inlining",
            "Command was: CREATE MATERIALIZED VIEW public.v AS"], errors[0].Details);
        Assert.Equal(
            "at the archive's entry TABLE DATA t ann | pg_restore: error: COPY failed for table \"t\": ERROR:  null value | DETAIL: " +
            "Failing row contains (1).", errors[1].Summary);
        Assert.DoesNotContain("WITH NO DATA", tail.Summary, StringComparison.Ordinal);
    }

    private static PgCommand Command(PostgresServer server, string program, PostgresAddress address, params string[] arguments) => new()
    {
        Tool = PgTools.Find(program, server.Major, "x"), Arguments = arguments, Target = address.Name,
            Address = address, ServerMajor = server.Major,
    };
}
