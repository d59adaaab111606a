using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>The one place that knows which reader understands which backup.</summary>
internal static class ArtefactReaders
{
    /// <summary>The reader of a set's artefact.</summary>
    public static IArtefactReader For(BackupManifest manifest, IOperationObserver reporter) =>
        (manifest.Mode, manifest.Legacy) switch
    {
        (DatabaseMode.Runtime, _) => new RuntimeArtefactReader(reporter),
        (DatabaseMode.Sqlite, false) => new SqliteArtefactReader(reporter),
        (DatabaseMode.Sqlite, true) => new LegacySqliteReader(reporter),
        (_, false) => new PostgresArtefactReader(reporter),
        (_, true) => new LegacyDumpReader(reporter),
    };
}
