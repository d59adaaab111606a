using System.Text;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.TestHost;

/// <summary>Adds lines to the history of backups, and says each one, until it is killed.</summary>
internal static class HistoryVerb
{
    // A host that nobody kills ends by itself.
    private const int Most = 10_000;

    public static int Run(string root)
    {
        var history = new HistoryLog(new OpsSettings
        {
            RepoRoot = root,
            BackupRoot = root,
            Keys = Keyring.Of(Encoding.UTF8.GetBytes("test-key-of-32-bytes-for-children")),
        });
        for (var i = 0; i < Most; i++)
        {
            history.Append(new HistoryEntry
            {
                At = DateTime.UtcNow,
                Operation = HistoryEntry.Backup,
                Target = $"/srv/{Environment.ProcessId}.db",
                Result = HistoryResult.Failed,
                ErrorId = "DatabaseBusy",
                Duration = TimeSpan.FromSeconds(i),
            });
            Stopping.Say($"line {i}");
        }

        return 0;
    }
}
