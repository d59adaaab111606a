using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry backup`: backs one database up.</summary>
internal sealed class BackupVerb : Verb
{
    private readonly DatabaseOptions _source;

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Logical name of the database. Default: the file's name, or the database's own.");
    private readonly Option<string> _label = NewOption.Text("--label", "text", "Free text kept with the backup.");

    private readonly Option<FingerprintKind?> _fingerprint = NewOption.Choice<FingerprintKind>(
        "--fingerprint", "How much of each table to prove. Default: Content.",
        ("Content", FingerprintKind.Content), ("Live", FingerprintKind.Live), ("RowCount", FingerprintKind.RowCount), ("None", FingerprintKind.None));

    private readonly Option<string[]> _schema = NewOption.Texts("--schema", "pattern", "PostgreSQL: only this schema.");
    private readonly Option<string[]> _excludeSchema = NewOption.Texts("--exclude-schema", "pattern", "PostgreSQL: not this schema.");
    private readonly Option<string[]> _excludeTableData =
        NewOption.Texts("--exclude-table-data", "pattern", "PostgreSQL: not the rows of this table.");

    private readonly Option<BackupProfile?> _profile = NewOption.Choice<BackupProfile>(
        "--profile", "PostgreSQL: the hosting service whose own schemas, roles and extensions are left out. Default: None.",
        ("None", BackupProfile.None), ("Supabase", BackupProfile.Supabase));

    private readonly Option<ArchiveCompression?> _compression = NewOption.Choice<ArchiveCompression>(
        "--compression", "PostgreSQL: how the archive is compressed; all but Gzip need client programs of version 16. Default: Gzip.",
        ("Gzip", ArchiveCompression.Gzip), ("Zstd", ArchiveCompression.Zstd), ("Lz4", ArchiveCompression.Lz4));

    private readonly Option<int?> _jobs =
        NewOption.Number("--jobs", 1, 1024, "PostgreSQL: tables dumped at the same time. Default: the number of processors.");

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only say what would be done.");

    public BackupVerb() : base("backup", "Back a database up while it is being used, and sign what every table held.")
    {
        _source = new DatabaseOptions(this, "The SQLite database file.", "The PostgreSQL database. Default: DATABASE_URL.", withMode: true);
        Add(_database);
        Add(_label);
        Add(_fingerprint);
        foreach (var option in PostgresOnly) Add(option);
        Add(_whatIf);
    }

    private Option[] PostgresOnly => [_schema, _excludeSchema, _excludeTableData, _profile, _compression, _jobs];

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = new BackupRequest
        {
            Source = _source.Resolve(session, input, "Backup", PostgresOnly),
            Mode = _source.Mode(input),
            Database = input.GetValue(_database),
            Label = input.GetValue(_label),
            Fingerprint = input.GetValue(_fingerprint) ?? FingerprintKind.Content,
            Postgres = new PostgresBackupOptions
            {
                Schemas = input.GetValue(_schema) ?? [],
                ExcludeSchemas = input.GetValue(_excludeSchema) ?? [],
                ExcludeTableData = input.GetValue(_excludeTableData) ?? [],
                Profile = input.GetValue(_profile) ?? BackupProfile.None,
                Compression = input.GetValue(_compression) ?? ArchiveCompression.Gzip,
                Jobs = input.GetValue(_jobs),
            },
        };

        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanBackupAsync(request, session.Cancellation), json => json.BackupPlan, BackupText.Plan);
            return ExitCode.Done;
        }

        session.Show(await session.Engine.BackUpAsync(request, session.Cancellation), json => json.BackupSet, BackupText.One);
        return ExitCode.Done;
    }
}
