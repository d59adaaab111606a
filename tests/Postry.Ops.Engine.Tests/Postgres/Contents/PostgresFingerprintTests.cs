using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Contents;

/// <summary>The archive, the snapshot, the restored database and a stranger agree on what every table holds.</summary>
public sealed class PostgresFingerprintTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact("python3")]
    public async Task Archive_snapshot_restored_copy_and_strangers_agree_over_the_zoo()
    {
        using var work = new Workspace();
        var (address, capture, folder) = await CaptureZooAsync(work);
        var expected = Captures.ByName(capture.Contents.Tables);
        Assert.Equal(15, expected.Count);
        Assert.Equal((5L, 4L, 2L, 1L), (expected["public.one"].Rows, expected["public.everything"].Rows, expected["public.nothing"].Rows,
            expected["public.secret"].Rows - 1));
        Assert.All(expected.Values, table => Assert.Matches("^[0-9a-f]{32}$", table.Fingerprint));

        Assert.Equal(InOrder(expected), InOrder(IndependentFingerprints.Of(address, capture.Postgres!.Tables)));
        Assert.Equal(InOrder(expected), InOrder(IndependentFingerprints.Of(folder)));
        foreach (var throughTool in new[] { false, true })
        {
            var reading = await Captures.ReadAsync(capture, folder, throughTool);
            Assert.Empty(reading.Damage);
            Assert.Equal(expected, Captures.ByName(reading.Tables));
            Assert.Equal(capture.Postgres.LargeObjects, reading.LargeObjects);
            Assert.Equal(capture.Files, reading.Files);
        }

        var restored = await Server.CreateDatabaseAsync(options: "TEMPLATE template0");
        Server.Tool("pg_restore", ["-d", restored.Database, "-j2", folder], restored.Database);
        foreach (var database in new[] { address, restored })
        {
            var (tables, largeObjects) = await Captures.ReadServerAsync(database, capture);
            Assert.Equal(expected, Captures.ByName(tables));
            Assert.Equal(capture.Postgres.LargeObjects, largeObjects);
        }

        Assert.Equal(new PostgresLargeObjects(3, 1_000_005, capture.Postgres.LargeObjects!.Fingerprint), capture.Postgres.LargeObjects);
        Assert.Equal([new PostgresSequence("Odd \"Schema", "s.'q", -1, true), new PostgresSequence("public", "everything_id_seq", 4, true),
            new PostgresSequence("public", "fresh", 7, false), new PostgresSequence("public", "loose", 2, true)],
            capture.Postgres.Sequences.OrderBy(s => s.Schema + s.Name, StringComparer.Ordinal));
    }

    [PostgresFact]
    public async Task Any_change_of_a_row_is_noticed_in_that_table_and_no_other()
    {
        using var work = new Workspace();
        var (address, capture, _) = await CaptureZooAsync(work);
        var expected = Captures.ByName(capture.Contents.Tables);
        foreach (var (table, sql) in new[]
        {
            ("public.everything", "UPDATE everything SET f8 = f8 + 1e-15 WHERE f8 = 0.1"),
                ("public.everything", "UPDATE everything SET f4 = 0 WHERE f4 = 0"),
                ("public.dropped", "UPDATE dropped SET e = 'y' WHERE a = 1"),
            ("public.one", "UPDATE one SET t = NULL WHERE t = ''"), ("public.nothing", "INSERT INTO nothing DEFAULT VALUES"),
            ("public.part_b", "UPDATE part SET v = v + 1 WHERE id = 150"), ("public.parent", "UPDATE ONLY parent SET z = 2"),
            ("public.secret", "DELETE FROM secret WHERE id = 2"), ("public.empty", "INSERT INTO empty VALUES (NULL)"),
            ("public.onlygen", "DELETE FROM onlygen"),
            ("public.everything", "UPDATE everything SET b = set_byte(b, 139999, 254) WHERE length(b) = 140000"),
        })
        {
            var before = Captures.ByName((await Captures.ReadServerAsync(address, capture)).Tables);
            Server.Psql(address.Database, sql);
            var after = Captures.ByName((await Captures.ReadServerAsync(address, capture)).Tables);
            Assert.Equal([table], after.Where(t => before[t.Key] != t.Value).Select(t => t.Key));
            Assert.NotEqual(expected[table], after[table]);
        }

        Server.Psql(address.Database, "SELECT lo_put(1002, 999999, '\\xac'::bytea)");
        Assert.NotEqual(capture.Postgres!.LargeObjects, (await Captures.ReadServerAsync(address, capture)).LargeObjects);
    }

    [PostgresFact]
    public async Task Settings_of_role_and_database_do_not_matter()
    {
        using var work = new Workspace();
        var (address, capture, _) = await CaptureZooAsync(work);
        var money = Server.Psql(address.Database, "SELECT collname FROM pg_collation WHERE collname ~ '^(de|fr)_' LIMIT 1");
        Server.Psql(address.Database, $"""
            DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''Asia/Kathmandu''', current_database());
            EXECUTE format('ALTER DATABASE %I SET datestyle TO ''SQL, DMY''', current_database());
            EXECUTE format('ALTER DATABASE %I SET bytea_output TO escape', current_database());
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only TO on', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET intervalstyle TO iso_8601', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET extra_float_digits TO -5', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET statement_timeout TO 300', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET idle_in_transaction_session_timeout TO 100', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET quote_all_identifiers TO on', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET standard_conforming_strings TO off', current_database());
            EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET client_encoding TO LATIN1', current_database());
            {(money.Length == 0 ? "" : $"EXECUTE format('ALTER DATABASE %I SET lc_monetary TO {PostgresNames.Quote(money)}', current_database());")} END $$;
            """);
        var again = await Captures.TakeAsync(address, work["again"], FingerprintKind.Live);
        Assert.Equal(Captures.ByName(capture.Contents.Tables), Captures.ByName(again.Contents.Tables));
        Assert.Equal(capture.Contents.Schema, again.Contents.Schema);
        Assert.Equal(capture.Postgres!.LargeObjects, again.Postgres!.LargeObjects);
        Assert.Contains(new PostgresSetting("postgres", "extra_float_digits", "-5"), again.Postgres.Database.Settings);
        Assert.Contains(new PostgresSetting(null, "TimeZone", "Asia/Kathmandu"), again.Postgres.Database.Settings);
    }

    [PostgresFact]
    public async Task Rows_are_counted_or_only_named_where_that_is_asked_for()
    {
        using var work = new Workspace();
        var (address, capture, _) = await CaptureZooAsync(work);
        var counted = await Captures.TakeAsync(address, work["counted"], FingerprintKind.RowCount);
        Assert.Equal(capture.Contents.Tables.Select(t => t with { Fingerprint = null }), counted.Contents.Tables);
        Assert.Null(counted.Contents.Algorithm);
        Assert.Equal(new PostgresLargeObjects(3, null, null), counted.Postgres!.LargeObjects);
        Assert.Equal(counted.Contents.Tables, (await Captures.ReadServerAsync(address, counted)).Tables);
        var named = await Captures.TakeAsync(address, work["named"], FingerprintKind.None);
        Assert.Equal(capture.Contents.Tables.Select(t => t with { Rows = null, Fingerprint = null }), named.Contents.Tables);
    }

    [PostgresFact]
    public async Task Bytes_of_a_database_without_an_encoding_are_taken_as_they_are()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync(options: "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        Server.Psql(address.Database,
            @"SET client_encoding = 'SQL_ASCII'; CREATE TABLE raw (t text); INSERT INTO raw VALUES (E'caf\xe9'), (E'\xff\xfe')");
        var capture = await Captures.TakeAsync(address, work["a"], FingerprintKind.Live);
        Assert.Equal(2, Assert.Single(capture.Contents.Tables).Rows);
        Server.Psql(address.Database, @"SET client_encoding = 'SQL_ASCII'; UPDATE raw SET t = E'caf\xe8' WHERE length(t) = 4");
        Assert.NotEqual(capture.Contents.Tables, (await Captures.ReadServerAsync(address, capture)).Tables);
    }

    [PostgresFact("python3")]
    public async Task The_documentation_s_program_and_vector_are_right()
    {
        using var work = new Workspace();
        var address = await Server.CreateDatabaseAsync();
        Server.Psql(address.Database, Docs.Block("fingerprint.md", "sql", "CREATE TABLE public.vector"));
        var capture = await Captures.TakeAsync(address, work["a"]);
        var table = Assert.Single(capture.Contents.Tables);
        var described = Assert.Single(capture.Postgres!.Tables);
        Assert.Contains($"with the columns `{string.Join(", ", described.Columns)}` has 4 rows and the fingerprint `{table.Fingerprint}`",
            Docs.Read("fingerprint.md"), StringComparison.Ordinal);
        var program = Docs.Block("fingerprint.md", "python", "sys.stdin.buffer");
        Assert.Equal(8, program.TrimEnd('\n').Split('\n').Length);
        File.WriteAllText(work["fingerprint.py"], program);
        Assert.Equal($"4 {table.Fingerprint}\n", StockTools
            .Shell("gunzip -c \"$1\" | python3 \"$2\"", Path.Combine(work["a"], described.DataFile!), work["fingerprint.py"]));
    }

    private static IEnumerable<string> InOrder(Dictionary<string, (long? Rows, string? Fingerprint)> tables) =>
        tables.Select(t => $"{t.Key} {t.Value.Rows} {t.Value.Fingerprint}").Order(StringComparer.Ordinal);

    private static async Task<(PostgresAddress Address, CaptureResult Capture, string Folder)> CaptureZooAsync(Workspace work)
    {
        var address = await Server.CreateDatabaseAsync();
        PostgresZoo.Fill(Server, address.Database);
        return (address, await Captures.TakeAsync(address, work["zoo"], FingerprintKind.Live), work["zoo"]);
    }
}
