using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry backup`: backs one database up.</summary>
internal sealed class BackupVerb : Verb
{
    private readonly DatabaseOptions _source;
    private readonly RuntimeOptions _runtime;

    private readonly Option<string> _database =
        NewOption
            .Text("--database", "name",
            "Database of postry.json; * and ? are wildcards. Beside --path or --database-url: the logical name. Default: the file's " +
            "name, or the database's own.").WithDatabases();
    private readonly Option<string> _label = NewOption.Text("--label", "text", "Free text kept with the backup.").WithLabels();

    private readonly Option<string[]> _tag = NewOption.Texts("--tag", "key=value", "Tag to keep with the backup, such as version=v2.14.")
        .WithTags(withGit: false);

    private readonly Option<FingerprintKind?> _fingerprint = NewOption.Choice<FingerprintKind>(
        "--fingerprint", "Amount of each table's content to prove. Default: Content.",
        ("Content", FingerprintKind.Content), ("Live", FingerprintKind.Live), ("RowCount", FingerprintKind.RowCount),
        ("None", FingerprintKind.None));

    private readonly Option<string[]> _schema = NewOption.Texts("--schema", "pattern", "PostgreSQL: back up only this schema.");
    private readonly Option<string[]> _excludeSchema = NewOption.Texts("--exclude-schema", "pattern", "PostgreSQL: leave out this schema.");
    private readonly Option<string[]> _excludeTableData =
        NewOption.Texts("--exclude-table-data", "pattern", "PostgreSQL: leave out the rows of this table.");

    private readonly Option<BackupProfile?> _profile = NewOption.Choice<BackupProfile>(
        "--profile", "PostgreSQL: the hosting service whose own schemas, roles and extensions are left out. Default: None.",
        ("None", BackupProfile.None), ("Supabase", BackupProfile.Supabase));

    private readonly Option<ArchiveCompression?> _compression = NewOption.Choice<ArchiveCompression>(
        "--compression", "PostgreSQL: compression of the archive; all but Gzip need client programs of version 16. Default: Gzip.",
        ("Gzip", ArchiveCompression.Gzip), ("Zstd", ArchiveCompression.Zstd), ("Lz4", ArchiveCompression.Lz4));

    private readonly Option<int?> _jobs =
        NewOption.Number("--jobs", 1, 1024, "PostgreSQL: tables dumped at the same time. Default: the number of processors.");

    private readonly Option<bool> _acceptSmaller =
        NewOption
            .Flag("--accept-smaller",
            "The database is meant to hold much less than in the backup before it: the new backup is not Suspicious.");

    private readonly Option<bool> _skipSpaceCheck = NewOption.Flag("--skip-space-check",
        "Go on where the folder of the backups seems to have too little room.");

    private readonly Option<bool> _prune = NewOption.Flag("--prune",
        "Test the backup, and if it passes remove the backups of this database that no rule of \"retention\" in postry.json keeps.");

    private readonly Option<bool> _noRuntime = NewOption.Flag("--no-runtime", "Leave the runtime files out; lists of backups show this.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be done.");

    public BackupVerb() : base("backup", "Back up a database while it is in use, and sign the contents of every table.")
    {
        _source = new DatabaseOptions(this, "The SQLite database file.", "The PostgreSQL database. Default: DATABASE_URL.", withMode: true);
        Add(_database);
        Add(_label);
        Add(_tag);
        Add(_fingerprint);
        foreach (var option in PostgresOnly) Add(option);
        Add(_acceptSmaller);
        Add(_prune);
        Add(_skipSpaceCheck);
        Add(_noRuntime);
        _runtime = new RuntimeOptions(this);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
        Validators.Add(result =>
        {
            if (result.GetResult(_noRuntime) is not { Implicit: false }) return;
            foreach (var option in _runtime.All.Where(option => result.GetResult(option) is not null))
                result.AddError($"--no-runtime and {option.Name} contradict each other: give only one of them.");
        });
    }

    private Option[] PostgresOnly => [_schema, _excludeSchema, _excludeTableData, _profile, _compression, _jobs];

    /// <summary>
    /// A nightly backup reads all of postry.json, so that a mistake in any section is found by day and not when that section is needed.
    /// </summary>
    protected override ConfigurationSections Needs(ParseResult input) => _source.Given(input) ? ConfigurationSections.None
        : ConfigurationSections.All;

    protected override void RequireConfiguration(Session session, ParseResult input) => Choose(session, input, null, () =>
    {
        base.RequireConfiguration(session, input);
        return true;
    });

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var database = input.GetValue(_database);
        if (database is not null && DatabaseEntries.IsPattern(database) && !_source.Given(input)
            && new DatabaseEntries(session.Engine.Settings).Any)
            return await RunAllAsync(session, input, database);

        var request = Request(session, input, database);
        if (input.GetValue(_whatIf))
        {
            session.Show(await session.Engine.PlanBackupAsync(request, session.Cancellation),
                () => ResultJson.Instance.BackupPlan, BackupText.Plan);
            return ExitCode.Done;
        }

        var (set, code) = await BackUpAsync(session, input, request);
        session.Show(set, () => ResultJson.Instance.BackupSet, BackupText.One);
        return CopyText.Judge(session, set.Copies) is var copied && code == ExitCode.Done ? copied : code;
    }

    private async Task<(BackupSet Set, ExitCode Code)> BackUpAsync(Session session, ParseResult input, BackupRequest request)
    {
        if (!input.GetValue(_prune)) return (await session.Engine.BackUpAsync(request, session.Cancellation), ExitCode.Done);
        var made = await session.Engine.BackUpAndPruneAsync(request, session.Cancellation);
        if (made.Pruned is { } pruned) session.Reporter.Write(RetentionText.Sum(pruned));
        return (made.Backup, made.Test is { } test ? ExitCodes.Of(test.Status) : ExitCode.Done);
    }

    /// <summary>Backs up every database that fits; one that fails does not keep the others from it.</summary>
    private async Task<ExitCode> RunAllAsync(Session session, ParseResult input, string pattern)
    {
        var (failed, worst) = (false, ExitCode.Done);
        async Task<IReadOnlyList<T>> EachAsync<T>(Func<BackupRequest, Task<T>> work)
        {
            var done = new List<T>();
            foreach (var entry in Choose(session, input, null, () => new DatabaseEntries(session.Engine.Settings).Matching(pattern)))
            {
                try
                {
                    done.Add(await work(Request(session, input, entry.Name)));
                }
                catch (OpsException e) when (e is not (IntegrityKeyMissingException or WeakKeyException or ConfigurationInvalidException))
                {
                    failed = true;
                    session.Reporter.Write($"postry: {entry.Name}: {e.Message}\n{e.Hint}");
                }
            }

            return done;
        }

        if (input.GetValue(_whatIf))
            session.Show(await EachAsync(request => session.Engine.PlanBackupAsync(request, session.Cancellation)),
                () => ResultJson.Instance.IReadOnlyListBackupPlan,
                (writer, plans) => plans.ToList().ForEach(plan => BackupText.Plan(writer, plan)));
        else
        {
            var sets = await EachAsync(MakeAsync);
            session.Show(sets, () => ResultJson.Instance.IReadOnlyListBackupSet, BackupText.Many);
            if (CopyText.Judge(session, [.. sets.SelectMany(set => set.Copies)]) != ExitCode.Done) failed = true;
        }

        return failed ? ExitCode.Failed : worst;

        async Task<BackupSet> MakeAsync(BackupRequest request)
        {
            var (set, code) = await BackUpAsync(session, input, request);
            if (code != ExitCode.Done) worst = code;
            return set;
        }
    }

    // A scheduled backup that fails before its database is known must leave its trace, and a plan that was only asked for must not.
    private T Choose<T>(Session session, ParseResult input, string? database, Func<T> choose)
    {
        try
        {
            return choose();
        }
        catch (OpsException e) when (!input.GetValue(_whatIf))
        {
            session.Engine.RecordFailedChoice(database, e);
            throw;
        }
    }

    private BackupRequest Request(Session session, ParseResult input, string? database)
    {
        var source = Choose(session, input, database, () => _source.Choose(session, input, database, PostgresOnly));
        return new BackupRequest
        {
            Source = source.Address,
            Mode = _source.Mode(input),
            Database = source.BackupName(database),
            Label = input.GetValue(_label),
            Tags = Choose(session, input, database, () => BackupTags.Parse(NewOption.Given(input, _tag))),
            Fingerprint = input.GetValue(_fingerprint) ?? FingerprintKind.Content,
            AcceptSmaller = input.GetValue(_acceptSmaller),
            SkipSpaceCheck = input.GetValue(_skipSpaceCheck),
            NoRuntime = input.GetValue(_noRuntime),
            Runtime = _runtime.Selection(session, input),
            Postgres = source.Options(NewOption.Given(input, _schema), NewOption.Given(input, _excludeSchema),
                NewOption.Given(input, _excludeTableData), input.GetValue(_profile)) with
            {
                Compression = input.GetValue(_compression) ?? ArchiveCompression.Gzip,
                Jobs = input.GetValue(_jobs),
            },
        };
    }
}
