using System.Text;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Backup;
using Postry.Ops.Engine.Operations.Restore;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.TestHost;

/// <summary>Runs one engine operation, and says "planned", each "step", and "done" or "error" as lines on its output.</summary>
internal sealed class EngineVerbs(string root, string database, Dictionary<string, string> options)
{
    private readonly Stopping _stopping = new(options.GetValueOrDefault("kill"), options.GetValueOrDefault("pause"));

    private readonly OpsSettings _settings = new()
    {
        RepoRoot = Path.GetDirectoryName(root)!,
        BackupRoot = root,
        // The key that the tests' own engines use.
        Keys = Keyring.Of(Encoding.UTF8.GetBytes("test-key-of-32-bytes-for-children"), []),
        LockTimeout = TimeSpan.FromSeconds(30),
    };

    public async Task<int> RunAsync(string verb)
    {
        try
        {
            Stopping.Say("done " + await (verb switch
            {
                "backup" => BackUpAsync(),
                "restore" => RestoreAsync(),
                "undo" => UndoAsync(),
                "complete" => CompleteAsync(),
                "test" => TestAsync(),
                "drill" => DrillAsync(),
                "remove" => RemoveAsync(),
                "prune" => PruneAsync(),
                "copy" => CopyAsync(),
                _ => throw new ArgumentException($"The verb {verb} is unknown."),
            }));
            return 0;
        }
        catch (OpsException e)
        {
            Stopping.Say($"error {e.ErrorId} {e.Message}");
            return 1;
        }
    }

    // "runtime" stands for the runtime files of the folder that the backup root lies in.
    private DatabaseAddress Address => database == "runtime" ? new RuntimeAddress(_settings.RepoRoot)
        : database.StartsWith("postgres", StringComparison.Ordinal) ? PostgresAddress.Parse(database)
        : new SqliteAddress(database);

    private IDatabase Engine => Databases.At(_settings, Address, _stopping);

    private async Task<string> BackUpAsync()
    {
        Planned();
        var fingerprint = Enum.Parse<FingerprintKind>(options.GetValueOrDefault("fingerprint", nameof(FingerprintKind.Content)));
        return (await new BackupOperation(_settings, Engine, _stopping)
            .RunAsync(new BackupRequest { Source = Address, Fingerprint = fingerprint }, CancellationToken.None)).Id;
    }

    private async Task<string> RestoreAsync()
    {
        var plan = await new RestorePlanner(_settings, Engine).PlanAsync(
            new RestoreRequest
            {
                Backup = options.TryGetValue("id", out var id) ? new BackupSelector { Id = id } : new BackupSelector { Latest = true },
                Target = Address,
                AllowDifferentSource = true,
                WithRuntime = options.ContainsKey("runtime"),
                SkipCompare = options.ContainsKey("skipcompare"),
                Smoke = options.TryGetValue("preswapsmoke", out var checks) ? new RestoreSmoke(null)
                    { BeforeSwap = new SmokeRequest { File = checks } } : null,
                Postgres = new PostgresRestoreOptions
                {
                    Strategy = Enum.Parse<RestoreStrategy>(options.GetValueOrDefault("strategy", nameof(RestoreStrategy.Auto))),
                    FreezeWrites = options.ContainsKey("freeze"),
                },
            },
            CancellationToken.None);
        Planned();
        return Outcome(await new RestoreOperation(_settings, Engine, _stopping) { OnStep = _stopping.At }.RunAsync(plan,
            CancellationToken.None));
    }

    private async Task<string> UndoAsync()
    {
        var undo = new UndoOperation(_settings, _ => Engine, _stopping) { OnStep = _stopping.At };
        var plan = await undo.PlanAsync(new RestoreSelector { Latest = true, Target = Address }, CancellationToken.None);
        Planned();
        return Outcome(await undo.RunAsync(plan, CancellationToken.None));
    }

    private async Task<string> CompleteAsync()
    {
        Planned();
        return Outcome(await new UndoOperation(_settings, _ => Engine, _stopping)
            .CompleteAsync(new RestoreSelector { Latest = true, Target = Address }, CancellationToken.None));
    }

    // The database is the server that a trial may use.
    private async Task<string> TestAsync()
    {
        Planned();
        return (await new OpsEngine(_settings, [_stopping])
            .TestAsync(new BackupSelector { Id = options["id"] }, VerificationLevel.Restore, Address)).Status.ToString();
    }

    // The database is the source; a drill may use another server or folder.
    private async Task<string> DrillAsync()
    {
        Planned();
        return (await new OpsEngine(_settings, [_stopping]).DrillAsync(new DrillRequest
        {
            Fresh = new BackupRequest { Source = Address },
            ScratchServer = options.TryGetValue("scratch", out var server) ? PostgresAddress.Parse(server) : null,
            ScratchFolder = options.GetValueOrDefault("folder"),
        })).Status.ToString();
    }

    private async Task<string> RemoveAsync()
    {
        var engine = new OpsEngine(_settings, [_stopping]);
        var plan = engine.PlanRemoval(new BackupSelector { Id = options["id"] });
        Planned();
        return (await engine.RemoveBackupAsync(plan, allowLast: true)).Backup.Id;
    }

    // Keeps the newest one, and what is protected in any case.
    private async Task<string> PruneAsync()
    {
        Planned();
        var report = await new OpsEngine(_settings, [_stopping])
            .PruneAsync(new RetentionRequest { KeepLast = 1, MinimumAge = TimeSpan.Zero });
        return string.Join(' ', report.Sets.Where(set => set.IsRemoved).Select(set => set.BackupId));
    }

    private async Task<string> CopyAsync()
    {
        Planned();
        return (await new OpsEngine(_settings, [_stopping]).CopyBackupAsync(new BackupSelector { Id = options["id"] },
            new CopyDestination(null, options["to"], CopyDestination.DefaultTimeout))).Status.ToString();
    }

    private void Planned()
    {
        Stopping.Say("planned");
        _stopping.Watch();
    }

    private static string Outcome(RestoreRecord record) => $"{record.Status} {record.RestoreId}";
}
