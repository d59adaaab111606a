using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>The one place that knows which reader understands which backup.</summary>
internal static class ArtefactReaders
{
    /// <summary>The reader of a set's artefact.</summary>
    public static IArtefactReader For(BackupManifest manifest, IOperationObserver observer) =>
        (manifest.Mode, manifest.Legacy) switch
    {
        (DatabaseMode.Runtime, _) => new RuntimeArtefactReader(observer),
        (DatabaseMode.Sqlite, false) => new SqliteArtefactReader(observer),
        (DatabaseMode.Sqlite, true) => new LegacySqliteReader(observer),
        _ => PostgresArchive.Of(manifest).Match<IArtefactReader>(
            _ => new DirectoryArchiveReader(observer), _ => new PlainDumpReader(observer)),
    };
}
