using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Postgres.Archives;

/// <summary>Both kinds of archives, asked the same questions.</summary>
public sealed class PostgresArchiveTests
{
    private static readonly PostgresTable Filled = new(1, "app", "filled", ["id"], false, false, null, 10, "1.dat.gz");
    private static readonly PostgresTable Unfilled = Filled with { Oid = 2, Name = "unfilled", DataFile = null };

    [Fact]
    public void A_folder_of_files_is_a_directory_archive_and_one_file_is_a_plain_dump()
    {
        Assert.Equal("directory", Archive(isDump: false).Match(_ => "directory", _ => "dump"));
        Assert.Equal("dump", Archive(isDump: true).Match(_ => "directory", _ => "dump"));
    }

    [Fact]
    public void A_manifest_with_more_facts_stays_that_of_the_same_kind()
    {
        foreach (var archive in new[] { Archive(isDump: false), Archive(isDump: true) })
            Assert.IsType(archive.GetType(), archive with { Manifest = archive.Manifest with { Label = "completed" } });
    }

    [Fact]
    public void Only_a_plain_dump_is_one_script_without_the_properties_of_the_database()
    {
        var (directory, dump) = (Archive(isDump: false), Archive(isDump: true));
        Assert.Equal((true, false, ("pg_restore", 15)),
            (directory.HoldsDatabaseProperties, directory.IsOneScript, directory.RestoreProgram(serverMajor: 17)));
        Assert.Equal((false, true, ("psql", 17)), (dump.HoldsDatabaseProperties, dump.IsOneScript, dump.RestoreProgram(serverMajor: 17)));
    }

    /// <summary>A call in a plain dump can set a sequence of any schema, which a restore of schemas must not touch.</summary>
    [Fact]
    public void A_plain_dump_has_no_schema_for_a_sequence_alone()
    {
        Assert.Equal(["app", "elsewhere", "reporting"], Archive(isDump: false).Schemas);
        Assert.Equal(["app", "reporting"], Archive(isDump: true).Schemas);
    }

    /// <summary>A plain dump does not tell an empty table from a partitioned one.</summary>
    [Fact]
    public void Tables_without_rows_are_expected_as_far_as_the_archive_tells()
    {
        var (directory, dump) = (Archive(isDump: false), Archive(isDump: true));
        Assert.Equal([Filled, Unfilled], directory.OrdinaryTables);
        Assert.Equal([Filled], dump.OrdinaryTables);
        List<TableCatalog.Entry> live = [new(Filled, HasData: true, OfExtension: false), new(Unfilled, HasData: true, OfExtension: false)];
        Assert.Equal(["app.filled"], directory.ExpectedTables(live).Select(table => table.Name));
        Assert.Equal(["app.filled", "app.unfilled"], dump.ExpectedTables(live).Select(table => table.Name));
        Assert.Equal(["app.filled"], dump.ExpectedTables(live[..1]).Select(table => table.Name));
    }

    [Fact]
    public void Rows_of_extensions_and_the_database_itself_are_not_compared_with_a_plain_dump()
    {
        List<TableCatalog.Entry> live = [new(Filled, HasData: true, OfExtension: true), new(Unfilled, HasData: true, OfExtension: false)];
        Assert.Empty(Archive(isDump: false).NotCompared(live));
        Assert.Equal([Omissions.ExtensionTable, Omission.Property],
            Archive(isDump: true).NotCompared(live).Select(omission => omission.Kind));
    }

    [Fact]
    public async Task The_definitions_of_a_plain_dump_that_is_gone_are_not_compared()
    {
        var definitions = await Archive(isDump: true).CompareDefinitionsAsync([], default);
        Assert.Equal("the dump is gone", definitions.Unknown!.Reason);
    }

    [Fact]
    public void Other_words_of_a_plain_dump_prove_nothing_but_a_missing_object_is_a_fault()
    {
        var failed = new Check("Schema", CheckStatus.Failed, Detail: "1 differs");
        SchemaObject[] expected = [new("table", "app.\"filled\"", "app", "a"), new("comment", "TABLE filled", "app", "b")];
        SchemaObject[] restored = [new("table", "app.filled", "app", "c")];
        var dump = Archive(isDump: true);
        Assert.Equal(CheckStatus.Inconclusive, dump.AdjustSchemaCheck(failed, expected, restored).Status);
        Assert.Equal(failed, dump.AdjustSchemaCheck(failed, expected, []));
        Assert.Equal(failed, Archive(isDump: false).AdjustSchemaCheck(failed, expected, restored));
    }

    private static PostgresArchive Archive(bool isDump) => PostgresArchive.Of(new BackupManifest
    {
        Format = BackupManifest.CurrentFormat,
        Id = "archive0",
        Database = "app",
        Label = null,
        Mode = DatabaseMode.Postgres,
        SnapshotAt = DateTime.UnixEpoch,
        DurationSeconds = 0,
        Source = new SourceIdentity("app", "server", 0, null, null, null),
        Artefact = new ArtefactDescription(isDump ? "app.sql" : "app.pgdump", 0, "", "none", isDump ? null : []),
        Contents = new DatabaseContents(FingerprintKind.RowCount, null, [new TableContent("app.filled", 1, null)],
            [new SchemaObject("acl", "SCHEMA reporting", "", null), new SchemaObject("function", "pg_temp.f()", "pg_temp", null)]),
        Software = new SoftwareDescription("test", "?", "?"),
        Postgres = new PostgresDescription
        {
            Server = new PostgresServerFacts("15.18", 150018, null),
            Database = null!,
            Scope = new PostgresScope([], [], [], null, null),
            Dump = new PostgresDump("15.18", 150018, "none", null),
            Tables = [Filled, Unfilled],
            Sequences = [new PostgresSequence("elsewhere", "numbers", 1, true)],
            LargeObjects = null,
            Extensions = [],
            Migrations = [],
            Roles = [],
            Memberships = [],
        },
    });
}
