using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry backup`: backs one database up.</summary>
internal sealed class BackupVerb : Verb
{
    private readonly Option<string> _path = NewOption.Text("--path", "file", "The SQLite database file.", required: true);

    private readonly Option<DatabaseMode?> _mode = NewOption.Choice<DatabaseMode>("--mode", "The database engine. Default: auto.",
        ("auto", null), ("sqlite", DatabaseMode.Sqlite), ("postgres", DatabaseMode.Postgres));

    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "Logical name of the database. Default: the file's name.");
    private readonly Option<string> _label = NewOption.Text("--label", "text", "Free text kept with the backup.");

    private readonly Option<FingerprintKind?> _fingerprint = NewOption.Choice<FingerprintKind>(
        "--fingerprint", "How much of each table to prove. Default: Content.",
        ("Content", FingerprintKind.Content), ("RowCount", FingerprintKind.RowCount), ("None", FingerprintKind.None));

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only say what would be done.");

    public BackupVerb() : base("backup", "Back a database up while it is being used, and sign what every table held.")
    {
        Add(_path);
        Add(_mode);
        Add(_database);
        Add(_label);
        Add(_fingerprint);
        Add(_whatIf);
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var request = new BackupRequest
        {
            Source = new SqliteAddress(Path.GetFullPath(input.GetRequiredValue(_path))),
            Mode = input.GetValue(_mode),
            Database = input.GetValue(_database),
            Label = input.GetValue(_label),
            Fingerprint = input.GetValue(_fingerprint) ?? FingerprintKind.Content,
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
