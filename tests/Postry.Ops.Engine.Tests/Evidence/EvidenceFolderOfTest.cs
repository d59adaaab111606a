using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Evidence;

/// <summary>A backup root for evidence, with an evidence key that openssl has made.</summary>
internal sealed class EvidenceFolderOfTest : IDisposable
{
    public Workspace Work { get; } = new();

    public string Folder => Path.Combine(Work.BackupRoot, "drills");

    public string PrivateKey => Work["evidence-key.pem"];

    public string PublicKey => Work["evidence-key.pub.pem"];

    public EvidenceFiles Files => With(isSigned: false);

    /// <summary>Evidence with a second signature, or without one.</summary>
    public EvidenceFiles With(bool isSigned, string? key = Workspace.Key, params string[] previous) =>
        new(Settings(isSigned, key, previous), Work.Reporter);

    public OpsSettings Settings(bool isSigned, string? key = Workspace.Key, params string[] previous) =>
        Work.Settings(key, previous) with
        {
            Variable = name => isSigned && name == EnvironmentVariables.EvidenceKeyFile ? PrivateKey : null,
        };

    /// <summary>Makes a key pair as an operator without this product would.</summary>
    public void MakeKey() => StockTools.Shell("openssl ecparam -name prime256v1 -genkey -noout -out \"$1\"; " +
        "openssl pkey -in \"$1\" -pubout -out \"$2\"", PrivateKey, PublicKey);

    /// <summary>A drill that passed, at its end.</summary>
    public static RestoreDrill Passed(DateTime? at = null) => new()
    {
        DrillId = BackupKeys.NewId(),
        Kind = EvidenceKind.Drill,
        Status = DrillStatus.Passed,
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        Source = "/srv/app.db",
        SourceIdentity = "/srv/app.db",
        Backup = new DrillBackup("aaaaaaaa", "/srv/backups/db/app.db.gz", new string('a', 64), DateTime.UtcNow, 10, 20, IsFresh: true),
        Target = "a scratch file",
        StartedAt = at ?? DateTime.UtcNow,
        EndedAt = at ?? DateTime.UtcNow,
        Duration = TimeSpan.FromSeconds(3),
        Host = "host",
        Software = new Dictionary<string, string> { ["SQLite"] = "3.50" },
        Rpo = ObjectiveResult.Of(TimeSpan.FromHours(24), TimeSpan.FromHours(1)),
        Rto = ObjectiveResult.Of(TimeSpan.FromHours(1), null),
        Steps = [new DrillStep("Back up", CheckStatus.Passed, DateTime.UtcNow, TimeSpan.FromSeconds(1), "done")],
        Tables = [new DrillTable("posts | <b>", 3, 3, "f1", "f1", CheckStatus.Passed)],
        Checks = [new Check("Signature", CheckStatus.Passed, "key", "key", "fine", TimeSpan.FromSeconds(1))],
        Smoke = [new SmokeResult("rows", SmokeKind.Sql, "copy", CheckStatus.Passed, "> 0", "3", null, TimeSpan.FromSeconds(1), 1)],
        Deviations = ["The clock ran fast."],
        Remarks = ["Order a bigger disk."],
    };

    public void Dispose() => Work.Dispose();
}
