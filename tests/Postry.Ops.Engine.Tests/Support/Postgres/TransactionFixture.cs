using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Backup;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A database of a role that may not create databases, full of objects that are hard to restore, and a target for the journals of
/// its restores.</summary>
internal sealed class TransactionFixture : IAsyncDisposable
{
    private readonly Workspace _workspace = new();

    private TransactionFixture((string Name, string Password) owner, (string Name, string Password) reader, string database)
    {
        (Owner, Reader, Database) = (owner.Name, reader.Name, database);
        Address = Server.Address(database, owner.Name, owner.Password);
        ReaderAddress = Server.Address(database, reader.Name, reader.Password);
    }

    public static PostgresServer Server => PostgresServer.Shared;

    public string Owner { get; }

    public string Reader { get; }

    public string Database { get; }

    /// <summary>The database as its owner reaches it.</summary>
    public PostgresAddress Address { get; }

    public PostgresAddress ReaderAddress { get; }

    /// <summary>The address for a superuser.</summary>
    public PostgresAddress SuperAddress => Server.Address(Database);

    public RecordingObserver Reporter => _workspace.Reporter;

    public OpsEngine Engine => _workspace.Engine;

    public OpsSettings Settings => _workspace.Settings();

    /// <summary>Makes the database, with the zoo in it or empty.</summary>
    public static async Task<TransactionFixture> CreateAsync(bool zoo = true)
    {
        var owner = await Server.CreateRoleAsync();
        var reader = await Server.CreateRoleAsync();
        var database = await Server.CreateDatabaseAsync(options: $"OWNER {owner.Name}");
        var fixture = new TransactionFixture(owner, reader, database.Database);
        if (zoo)
            await fixture.RunAsync(Zoo.Replace("READER", reader.Name, StringComparison.Ordinal)
                .Replace("OWNER_ROLE", owner.Name, StringComparison.Ordinal));
        return fixture;
    }

    /// <summary>Runs SQL as the owner.</summary>
    public async Task RunAsync(string sql)
    {
        await using var connection = await Server.ConnectAsync(Database, Address.User, Address.Password);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Asks in the stock psql.</summary>
    public string Ask(string sql) => Server.Psql(Database, sql);

    /// <summary>All definitions by the stock pg_dump, in order of their names (its own order follows numbers that a restore changes),
    /// without schemas that restores keep.</summary>
    public string Schema() => string.Join('\n', Server.Tool("pg_dump", ["--schema-only", "--exclude-schema=postry_*"], Database)
        .Split("\n\\unrestrict")[0].Split("--\n-- Name: ").Skip(1)
            .Select(entry => entry.Replace("\n\n--\n-- PostgreSQL database dump complete\n--\n", "").TrimEnd())
            .Order(StringComparer.Ordinal));

    /// <summary>Every row of every table by the stock psql.</summary>
    public string Rows() => Ask(Ask(
        """
        SELECT string_agg(format('SELECT %L, t::text FROM ONLY %I.%I t', n.nspname || '.' || c.relname, n.nspname, c.relname), ' UNION ALL ' ORDER BY n.nspname, c.relname) || ' ORDER BY 1, 2'
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^(pg_|information_schema|postry_)'
        """));

    /// <summary>Backs up the database.</summary>
    public async Task<Incoming> BackUpAsync(PostgresAddress? address = null, PostgresBackupOptions? options = null, bool noOwner = false)
    {
        address ??= Address;
        await using var database = new PostgresDatabase(_workspace.Settings(), address, Reporter);
        var set = await new BackupOperation(_workspace.Settings(), database, Reporter)
            .RunAsync(new BackupRequest { Source = address, Postgres = options ?? new() }, default);
        var backup = ManifestReader.Read(set.ManifestFile, _workspace.Settings().Keys);
        return new Incoming(PostgresArchive.Of(backup), new() { NoOwner = noOwner });
    }

    /// <summary>A journal of its own.</summary>
    public SwapLog Log(JournalKind kind = JournalKind.Restore, string? restoreId = null, Action<JournalStep>? onStep = null)
    {
        var target = RestoreTarget.OnServer(_workspace.BackupRoot, Address.Name, "test/" + Database);
        Directory.CreateDirectory(Path.GetDirectoryName(target.JournalFile)!);
        var log = new SwapLog(new RestoreJournal
        {
            Kind = kind,
            RestoreId = restoreId ?? BackupKeys.NewId(),
            Step = JournalStep.Started,
            RecordFile = _workspace["record.json"],
            Target = target,
            TargetName = Address.Name,
            Stage = "",
            Previous = "",
            TargetExisted = true,
            StartedAt = DateTime.UtcNow,
        }, onStep);
        log.Begin();
        return log;
    }

    /// <summary>Stages and commits.</summary>
    public async Task<SwapResult> RestoreAsync(TransactionStrategy strategy, Incoming incoming, SwapLog? log = null)
    {
        log ??= Log();
        await using (strategy)
        {
            var checks = await strategy.StageAsync(incoming, log, default);
            Assert.DoesNotContain(checks, check => check.Status is CheckStatus.Failed or CheckStatus.Inconclusive);
            Assert.Contains(checks, check => check is { Status: CheckStatus.Passed, Name: "Sequences" });
            return await strategy.CommitAsync(log, default);
        }
    }

    /// <summary>The sessions of the engine on the database.</summary>
    public string Sessions() =>
        Ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'postry%'");

    public async ValueTask DisposeAsync()
    {
        await Server.RunAsync($"DROP DATABASE {Database} WITH (FORCE)");
        _workspace.Dispose();
    }

    private const string Zoo =
        """"
        COMMENT ON SCHEMA public IS 'ours';
        GRANT USAGE ON SCHEMA public TO READER;
        CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'the application''s'; GRANT USAGE ON SCHEMA app TO READER;
        CREATE SCHEMA "Größe ""q"" \ schema; Owner: -- 'x'"; CREATE SCHEMA "a_schema_whose_name_is_as_long_as_names_may_be_at_all_so_it_is_63";
        CREATE TYPE app.mood AS ENUM ('sad', 'ok'); CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
        CREATE TABLE public.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, half numeric GENERATED ALWAYS AS (length(name) / 2.0) STORED, mood app.mood);
        INSERT INTO public.users (name, mood) SELECT 'user ' || i || E'\t\\.\n"' , 'ok' FROM generate_series(1, 50) i;
        CREATE TABLE app.orders (id bigserial, at date NOT NULL, who int REFERENCES public.users DEFERRABLE INITIALLY DEFERRED, n app.positive, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE app.orders_1 PARTITION OF app.orders FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE TABLE app.orders_2 PARTITION OF app.orders DEFAULT;
        INSERT INTO app.orders (at, who, n) SELECT '2020-06-01'::date + i * 10, 1 + i % 50, i FROM generate_series(1, 200) i;
        SET CONSTRAINTS ALL IMMEDIATE; CREATE INDEX ON app.orders (who);
        CREATE VIEW app.totals AS SELECT u.name, sum(o.n) AS n FROM public.users u JOIN app.orders o ON o.who = u.id GROUP BY u.name;
        CREATE VIEW app.best AS SELECT * FROM app.totals WHERE n > 10; COMMENT ON VIEW app.best IS 'a view on a view';
        CREATE MATERIALIZED VIEW app.cached AS SELECT * FROM app.best;
        CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.name := NEW.name || ''; RETURN NEW; END $f$;
        CREATE TRIGGER touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION app.touch();
        CREATE FUNCTION app.count_users() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.users';
        CREATE TABLE app.secrets (owner name, secret text); INSERT INTO app.secrets VALUES ('OWNER_ROLE', 'a'), ('READER', 'b');
        ALTER TABLE app.secrets ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.secrets USING (owner = CURRENT_USER);
        GRANT SELECT ON public.users, app.orders, app.secrets TO READER; GRANT SELECT (n), UPDATE (n) ON app.orders_2 TO READER;
        CREATE TABLE "Größe ""q"" \ schema; Owner: -- 'x'"."Täble ""x"" \ y" ("Ünï ""c""" text COLLATE "C" DEFAULT E'\\', n int); INSERT INTO "Größe ""q"" \ schema; Owner: -- 'x'"."Täble ""x"" \ y" VALUES ('ä', 1), (NULL, 2);
        CREATE TABLE "a_schema_whose_name_is_as_long_as_names_may_be_at_all_so_it_is_63".nothing ();
        INSERT INTO "a_schema_whose_name_is_as_long_as_names_may_be_at_all_so_it_is_63".nothing DEFAULT VALUES;
        CREATE UNLOGGED TABLE app.scratch (x float8, y bytea); INSERT INTO app.scratch VALUES ('NaN', '\x00ff'), ('-Infinity', NULL);
        CREATE SEQUENCE app.odd INCREMENT -3 MINVALUE -100 MAXVALUE 100 START 7; SELECT nextval('app.odd'), nextval('app.odd');
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO READER;
            ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO READER;
        CREATE TABLE app.late (i int); INSERT INTO app.late VALUES (1);
        """";
}
