using System.Text;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.TestHost;

/// <summary>Writes evidence as a drill does, or begins it and waits to be killed.</summary>
internal static class EvidenceVerb
{
    public static int Run(string root, string? count)
    {
        var settings = new OpsSettings
        {
            RepoRoot = Path.GetDirectoryName(root)!,
            BackupRoot = root,
            Keys = Keyring.Of(Encoding.UTF8.GetBytes("test-key-of-32-bytes-for-children"), []),
        };
        var evidence = new EvidenceFiles(settings, SilentObserver.Instance);
        if (count is null) return BeginAndWait(evidence);
        for (var left = int.Parse(count, System.Globalization.CultureInfo.InvariantCulture); left > 0; left--)
            Stopping.Say("done " + evidence.Add(Drill()).DrillId);
        return 0;
    }

    private static int BeginAndWait(EvidenceFiles evidence)
    {
        var drill = Drill();
        using var run = evidence.Begin(drill);
        run.Note(drill with { Steps = [new DrillStep("Back up", CheckStatus.Passed, DateTime.UtcNow, TimeSpan.FromSeconds(1))] });
        Stopping.Say("begun " + drill.DrillId);
        Console.In.ReadLine();
        run.End(drill with { Status = DrillStatus.Passed });
        return 0;
    }

    private static RestoreDrill Drill() => new()
    {
        DrillId = BackupKeys.NewId(),
        Kind = EvidenceKind.Drill,
        Status = DrillStatus.Failed,
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        Source = "/srv/app.db",
        SourceIdentity = "/srv/app.db",
        Target = "a scratch file",
        StartedAt = DateTime.UtcNow,
        Host = "host",
    };
}
