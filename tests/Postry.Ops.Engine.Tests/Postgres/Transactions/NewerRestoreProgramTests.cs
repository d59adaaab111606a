using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Transactions;

/// <summary>
/// An archive of a newer pg_dump needs a newer pg_restore. From version 17 on pg_restore begins with a statement which an older server
/// refuses (SET transaction_timeout), and which is no reason to call a backup bad.
/// </summary>
public sealed class NewerRestoreProgramTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task Restores_into_an_older_server_and_what_cannot_be_made_is_named_all_the_same()
    {
        // A server from version 17 on knows the statement.
        if (Server.Major >= 17) return;
        using var work = new Workspace();
        using var tools = new FakeTools();
        tools.Add("pg_restore", "17.99", Newer);
        var app = await Server.CreateDatabaseAsync();
        Server.Psql(app.Database, """
            CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 100) i;
            CREATE TABLE c (a int REFERENCES t); CREATE SEQUENCE s; SELECT lo_from_bytea(1000, 'hello');
            CREATE FUNCTION heard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE EVENT TRIGGER hears ON sql_drop EXECUTE FUNCTION heard();
            """);
        var before = Inventory.All(Server, app.Database);
        var set = await work.BackUpAsync(app);
        var environment = new Dictionary<string, string?>
        {
            [EnvironmentVariables.PostgresPrograms] = tools.Folder, ["DATABASE_URL"] = Server.Url(app.Database),
        };
        PostryAnswer Run(params string[] arguments) => PostryConsole.Run(work, arguments, environment);

        var tested = Run("test", "--id", set.Id, "--level", "Restore", "--scratch-url-env", "DATABASE_URL");
        Assert.True(tested.ExitCode == 0 && tested["status"] == "Passed", tested.ToString());
        Server.Psql(app.Database, "UPDATE t SET b = 'lost'; SELECT lo_unlink(1000), nextval('s')");
        var restored = Run("restore", "--id", set.Id, "--force");
        Assert.True(restored.ExitCode == 0, restored.ToString());
        Assert.DoesNotContain("transaction_timeout", restored.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("errors ignored", restored.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, Inventory.All(Server, app.Database));

        Server.Psql(app.Database, "SET session_replication_role = replica; INSERT INTO c VALUES (999)");
        var broken = await work.BackUpAsync(app);
        var refused = Run("restore", "--id", broken.Id, "--force");
        Assert.True(refused.ExitCode != 0 && refused.ToString().Contains("c_a_fkey", StringComparison.Ordinal), refused.ToString());
        Server.Psql(app.Database, "DELETE FROM c");
        restored = Run("restore", "--id", broken.Id, "--force", "--on-broken-object", "Leave");
        Assert.True(restored.ExitCode == 0, restored.ToString());
        Assert.Equal("999", Server.Psql(app.Database, "SELECT a FROM c"));
    }

    // The script does around this machine's pg_restore what stock pg_restore 17 does with a server of version 15.
    private static string Newer => $$"""
        refused() {
            echo 'pg_restore: while INITIALIZING:' >&2
            echo 'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"' >&2
            echo 'Command was: SET transaction_timeout = 0;' >&2
        }
        real={{PgTools.Find("pg_restore", Server.Major, "x", PgChoice.Closest).Path}}
        case " $* " in
            *' --exit-on-error '*) refused; exit 1;;
            *' --dbname '*)
                refused
                if said=$("$real" "$@" 2>&1); then said="$said
        pg_restore: warning: errors ignored on restore: 0"; fi
                echo "$said" | sed 's/on restore: 1$/on restore: 2/; s/on restore: 0$/on restore: 1/' >&2
                exit 1;;
            *) exec "$real" "$@";;
        esac
        """;
}
