using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Drills;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry drill`: proves with a backup that a lost database would come back, and signs the evidence.</summary>
internal sealed class DrillVerb : Verb
{
    private readonly DatabaseOptions _source;

    private readonly Option<string> _database = NewOption.Text("--database", "name",
        "Database of postry.json; * and ? are wildcards. Beside --path or --database-url: the logical name.").WithDatabases();

    private readonly Option<string> _id = NewOption.Text("--id", "id", "Drill with this backup, in place of a fresh one.")
        .WithBackupIds(set => set.Mode != DatabaseMode.Runtime);

    private readonly Option<string> _file = NewOption.Text("--backup-file", "file",
        "Drill with the backup of this file or folder, or of its manifest, in place of a fresh one.");

    private readonly Option<bool> _latest = NewOption.Flag("--latest",
        "Drill with the newest good backup of the database, in place of a fresh one.");

    private readonly AddressOption _scratch = new("--scratch-url",
        "PostgreSQL: a server where the drill makes a scratch database, in place of a temporary server on this machine.");

    private readonly Option<string> _scratchPath = NewOption.Text("--scratch-path", "folder",
        "A folder on a disk with room for the database, where the drill makes its scratch files. Default: the backup root.");

    private readonly Option<bool> _endToEnd = NewOption.Flag("--end-to-end",
        "Restore into the disposable database that BACKUP_RESTORE_E2E_DATABASE_URL names; needs two more variables as consent.");

    private readonly Option<string[]> _smoke = NewOption.Texts("--smoke", "name|file",
        "Smoke check of data that the restored database must pass, or a file with checks. Default: those of postry.json.")
        .WithSmokeChecks(plan => plan.Kind.AsksData());

    private readonly Option<string[]> _notes = NewOption.Texts("--note", "text", "A remark or a corrective action for the evidence.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be done.");

    public DrillVerb()
        : base("drill", "Prove that a lost database would come back: back up, lose the data at a place of its own, restore, compare.")
    {
        _source = new DatabaseOptions(this, "The SQLite database file.", "The PostgreSQL database. Default: DATABASE_URL.");
        Option[] backups = [_id, _file];
        IEnumerable<Option> all =
            [_database, _id, _file, _latest, .. _scratch.All, _scratchPath, _endToEnd, _smoke, _notes, _whatIf];
        foreach (var option in all) Add(option);
        Add(CommonOptions.WaitTimeout);
        Validators.Add(result =>
        {
            var named = backups.Count(option => result.GetResult(option) is { Implicit: false });
            var ofDatabase = result.GetResult(_latest) is { Implicit: false } || result.GetResult(_database) is { Implicit: false };
            if (named > 1 || (named == 1 && ofDatabase))
                result.AddError("Choose the backup by only one of --id, --backup-file, --latest; --database goes with --latest.");
            if (_scratch.All.Append(_endToEnd).Count(option => result.GetResult(option) is { Implicit: false }) > 1)
                result.AddError("Name only one place: --scratch-url, --scratch-url-env or --end-to-end.");
        });
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var requests = Requests(session, input);
        if (input.GetValue(_whatIf))
        {
            session.Show(await EachAsync(session, requests, session.Engine.PlanDrillAsync),
                () => ResultJson.Instance.IReadOnlyListDrillPlan,
                (writer, plans) => plans.ToList().ForEach(plan => writer.WriteLine(Printable.Line(plan.Summary))));
            return ExitCode.Done;
        }

        var drills = await EachAsync(session, requests, session.Engine.DrillAsync);
        if (requests.Count == 1) session.Show(drills[0], () => ResultJson.Instance.RestoreDrill, EvidenceText.One);
        else session.Show(drills, () => ResultJson.Instance.IReadOnlyListRestoreDrill, EvidenceText.Many);
        return drills.Count < requests.Count ? ExitCode.Failed
            : drills.All(drill => drill.Status == DrillStatus.Passed) ? ExitCode.Done : ExitCode.NotProven;
    }

    /// <summary>Does the same for each database; where several are meant, one that cannot be drilled does not keep the others from
    /// it.</summary>
    private static async Task<IReadOnlyList<T>> EachAsync<T>(Session session, IReadOnlyList<DrillRequest> requests,
        Func<DrillRequest, CancellationToken, Task<T>> work)
    {
        var done = new List<T>();
        foreach (var request in requests)
        {
            try
            {
                done.Add(await work(request, session.Cancellation));
            }
            catch (OpsException e) when (requests.Count > 1
                && e is not (IntegrityKeyMissingException or WeakKeyException or ConfigurationInvalidException))
            {
                session.Reporter.Write($"postry: {request.Entry}: {e.Message}\n{e.Hint}");
            }
        }

        return done;
    }

    private IReadOnlyList<DrillRequest> Requests(Session session, ParseResult input)
    {
        var common = Common(input);
        if (input.GetValue(_id) is { } id) return [common with { Backup = new BackupSelector { Id = id } }];
        if (input.GetValue(_file) is { } file)
            return [common with { Backup = new BackupSelector { BackupFile = Path.GetFullPath(file) } }];
        var latest = input.GetValue(_latest);
        var name = input.GetValue(_database);
        var entries = new DatabaseEntries(session.Engine.Settings);
        if (name is not null && DatabaseEntries.IsPattern(name) && !_source.Given(input) && entries.Any)
            return [.. entries.Matching(name).Select(entry =>
                DrillChoice.Of(_source.Choose(session, input, entry.Name), entry.Name, latest, common))];
        return [DrillChoice.Of(_source.Choose(session, input, name), name, latest, common)];
    }

    private DrillRequest Common(ParseResult input) => new()
    {
        ScratchServer = _scratch.Read(input) is { } address ? PostgresAddress.Parse(address) : null,
        ScratchFolder = input.GetValue(_scratchPath) is { } folder ? Path.GetFullPath(folder) : null,
        EndToEnd = input.GetValue(_endToEnd),
        Smoke = RestoreSmoke.Of(null, NewOption.Given(input, _smoke), null, null, Path.GetFullPath)?.Checks,
        Remarks = NewOption.Given(input, _notes) ?? [],
    };
}
