using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>A pin whose time has passed, which no command would set.</summary>
internal static class EndedPin
{
    public static void Put(Workspace work, BackupSet set)
    {
        var (store, keys) = (new LocalBackupStore(work.BackupRoot), work.Settings().Keys);
        var artefact = store.KeyOf(set.BackupFile)!;
        var ended = set.SnapshotAt.AddSeconds(-1);
        new BackupPins(store, keys).Put(artefact,
            new BackupPin(BackupPin.CurrentFormat, Path.GetFileName(artefact), ended, "ada@db1", ended, null), keys.All[0]);
    }
}
