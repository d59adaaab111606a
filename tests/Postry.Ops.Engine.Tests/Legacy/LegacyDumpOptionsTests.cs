using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using static Postry.Ops.Engine.Tests.Legacy.LegacyServer;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Plain dumps that pg_dump made with other options, and in other encodings.</summary>
public sealed class LegacyDumpOptionsTests : IDisposable
{
    private readonly Workspace _work = new();

    private static PostgresServer Server => PostgresServer.Shared;

    public void Dispose() => _work.Dispose();

    public static TheoryData<string> Options() =>
    [
        "", "--inserts", "--column-inserts", "--rows-per-insert=7", "--clean --if-exists", "--no-owner", "--no-privileges",
        "--no-owner --no-privileges --no-comments", "--disable-dollar-quoting", "--quote-all-identifiers", "--encoding=LATIN1",
        "--on-conflict-do-nothing --inserts",
        "--disable-triggers --no-tablespaces --no-publications --no-subscriptions --no-security-labels", "--verbose",
        "--exclude-table-data=posts", "--no-unlogged-table-data --load-via-partition-root",
    ];

    [PostgresTheory]
    [MemberData(nameof(Options))]
    public async Task A_dump_of_any_options_comes_back(string options)
    {
        var source = await Server.CreateDatabaseAsync();
        Server.Psql(source.Database, Old);
        var set = PutSet(_work, source.Database, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var target = await Server.CreateDatabaseAsync();
        Server.Psql(target.Database, New);
        var record = await _work.RestoreAsync(set, target, allowDifferentSource: true);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal(options.Contains("exclude-table-data") ? "0|0" : "50|1275",
            Server.Psql(target.Database, "SELECT count(*), coalesce(sum(id), 0) FROM posts WHERE body LIKE 'old %'"));
        Assert.Equal("bodies|empty|posts", Server.Psql(target.Database,
            "SELECT string_agg(relname, '|' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN " +
            "('r', 'v')"));
        Assert.Equal("1", Server.Psql(target.Database,
            "SELECT count(*) FROM pg_proc WHERE proname = 'f' AND strpos(prosrc, E'\\n\\\\! id\\nCOPY x FROM stdin;\\n') > 0"));
        // Rows that are not COPY's are not counted, and pg_dump's other words for a definition are not its own.
        Assert.DoesNotContain(record.Checks, check => check.Status == CheckStatus.Failed);
        if (options.Length == 0)
            Assert.Equal(["Fingerprints"], record.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
    }

    [PostgresTheory]
    [InlineData("WIN1252", "CP1252", "größe", "Straße;'\\ €")]
    [InlineData("LATIN9", "ISO-8859-15", "größe", "Straße;'\\ €")]
    [InlineData("WIN1251", "CP1251", "размер", "Улица;'\\")]
    [InlineData("KOI8R", "KOI8-R", "размер", "Улица;'\\")]
    [InlineData("EUC_JP", "EUC-JP", "表", "ソ能申;'\\")]
    public async Task A_dump_in_an_encoding_of_a_country_comes_back_by_every_way(string encoding, string iconv, string name, string text)
    {
        var source = await Server.CreateDatabaseAsync();
        var quoted = text.Replace("'", "''", StringComparison.Ordinal);
        Server.Psql(source.Database, $"""
            CREATE TABLE "{name}" (id serial, "{name}" text DEFAULT '{quoted}'); INSERT INTO "{name}" SELECT i FROM generate_series(1, 9) i; COMMENT ON TABLE "{name}" IS '{quoted}';
            CREATE FUNCTION "{name}"() RETURNS text LANGUAGE sql AS $f$ SELECT '{quoted}'::text $f$; CREATE SEQUENCE "{name}_"; SELECT setval('"{name}_"', 7);
            """);
        // The test does not use pg_dump -E, which fails if a role of other tests has a name that the encoding does not know.
        var dump = LegacyFiles.Sql(_work, Server.Tool("pg_dump", [], source.Database)
            .Replace("SET client_encoding = 'UTF8';", $"SET client_encoding = '{encoding}';", StringComparison.Ordinal));
        var converted = Commands.Run("iconv", ["-f", "UTF-8", "-t", iconv, "-o", $"{dump}.new", dump]);
        Assert.True(converted.ExitCode == 0, converted.Error);
        File.Move($"{dump}.new", dump, overwrite: true);
        LegacyFiles.Describe(dump, "postgres");
        foreach (var strategy in new[] { RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace })
        {
            var target = await Server.CreateDatabaseAsync();
            Server.Psql(target.Database, New);
            var record = await _work.RestoreAsync(LegacyFiles.Only(_work), target, strategy, allowDifferentSource: true);
            // Definitions are compared where they can be, beside the live database.
            Assert.Equal(strategy == RestoreStrategy.Swap ? ["Fingerprints"] : ["Schema", "Fingerprints"],
                record.Checks.Where(check => check.Status != CheckStatus.Passed).Select(check => check.Name));
            Assert.Equal(Inventory.All(Server, source.Database), Inventory.All(Server, target.Database));
        }
    }
}
