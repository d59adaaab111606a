using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Copying;

/// <summary>The destinations of postry.json: every backup goes there, and what did not get there is said.</summary>
public sealed class DestinationTests : IDisposable
{
    private readonly Workspace _work = new();

    public DestinationTests() => Commands.Sqlite(_work["app.db"], "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");

    public void Dispose() => _work.Dispose();

    [StockFact]
    public async Task Every_backup_goes_to_each_destination_and_one_that_is_not_there_is_said()
    {
        Directory.CreateDirectory(_work["nas"]);
        var engine = With("""{ "destinations": { "nas": { "path": "nas" }, "usb": { "path": "usb/backups" } } }""");
        var set = await BackUpAsync(engine);
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Equal([("nas", CopyStatus.Copied, null), ("usb", CopyStatus.Failed, "DestinationUnreachable")],
            set.Copies.Select(copy => (copy.DestinationName!, copy.Status, copy.ErrorId)));
        // No folder takes the place of a share that is not mounted.
        Assert.False(Directory.Exists(_work["usb"]));
        Assert.Equal(set.Id, Assert.Single(engine.ListBackups(new BackupQuery())).Id);
        Assert.Equal(set.Id, Assert.Single(At("nas").ListBackups(new BackupQuery())).Id);

        var reasons = (await engine.StatusAsync())[0].Reasons;
        Assert.Contains(reasons, reason => reason.Message == $"The newest backup {set.Id} was not copied to usb: DestinationUnreachable.");
        Assert.Equal(0, (await engine.StatusAsync())[0].FailuresInRow);
        Directory.CreateDirectory(_work["usb/backups"]);
        var usb = engine.FindDestinations(["usb"], path => path)[0];
        Assert.Equal(CopyStatus.Copied, (await engine.CopyBackupAsync(new BackupSelector { Id = set.Id }, usb)).Status);
        Assert.DoesNotContain((await engine.StatusAsync())[0].Reasons, reason => reason.Message.Contains("usb", StringComparison.Ordinal));
        Assert.Equal(["nas", "usb"], engine.FindDestinations(null, path => path).Select(to => to.Name));
    }

    [StockFact]
    public async Task A_restore_from_a_destination_needs_nothing_else()
    {
        Directory.CreateDirectory(_work["nas"]);
        var set = await BackUpAsync(With("""{ "destinations": { "nas": { "path": "nas", "timeout": "30s" } } }"""));
        var rows = Commands.Dump(_work["app.db"]);
        File.Delete(_work["app.db"]);
        Directory.Delete(_work.BackupRoot, recursive: true);
        var engine = At("nas");
        await engine.RestoreAsync(await engine.PlanRestoreAsync(new RestoreRequest
        {
            Backup = new BackupSelector { Latest = true, Database = "app" }, Target = new SqliteAddress(_work["app.db"]),
        }));
        Assert.Equal(rows, Commands.Dump(_work["app.db"]));
        Assert.Equal(set.Id, Assert.Single(engine.ListRestores()).BackupId);
    }

    [StockFact]
    public async Task A_mistake_in_the_destinations_fails_the_copies_and_not_the_backup()
    {
        var set = await BackUpAsync(With("""{ "destinations": { "nas": { "folder": "nas" } } }"""));
        Assert.Equal(BackupStatus.Complete, set.Status);
        Assert.Equal((CopyStatus.Failed, "ConfigurationInvalid"), (set.Copies[0].Status, set.Copies[0].ErrorId));
        Assert.Throws<ConfigurationInvalidException>(() => With("""{ "destinations": 1 }""").FindDestinations(null, path => path));
        Assert.Throws<InvalidRequestException>(() => With("{}").FindDestinations(null, path => path));
        Assert.Equal("/elsewhere", With("""{ "destinations": 1 }""").FindDestinations(["/elsewhere/"], path => path)[0].Path);
        Assert.Contains("letter", With("""{ "destinations": { "../x": { "path": "x" } } }""").Settings.Configuration.Problems[0].Message,
            StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_destination_inside_the_backup_root_is_a_copy_that_failed()
    {
        var set = await BackUpAsync(With("""{ "destinations": { "near": { "path": "backups" } } }"""));
        Assert.Equal((CopyStatus.Failed, "InvalidRequest"), (set.Copies[0].Status, set.Copies[0].ErrorId));
    }

    private Task<BackupSet> BackUpAsync(OpsEngine engine) =>
        engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(_work["app.db"]) });

    private OpsEngine At(string folder) => new(_work.Settings() with { BackupRoot = _work[folder] }, [_work.Reporter]);

    private OpsEngine With(string json) => new(_work.Settings() with
    {
        Configuration = OpsConfiguration.Parse(Encoding.UTF8.GetBytes(json), _work["postry.json"], _ => null, []),
    }, [_work.Reporter]);
}
