using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations;

/// <summary>Reads backups of the old scripts, each kind by the engine that knows it.</summary>
internal static class LegacyReader
{
    /// <summary>Reads the artefact of a set as far as a restore depends on it; that of any other set is not read, and its manifest stays as
    /// it is.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="artefactPath">Its artefact.</param>
    /// <param name="judge">True to check all of it; false where a restore that follows does so.</param>
    /// <param name="reporter">Hears of the progress.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<LegacyReading> ReadAsync(BackupManifest manifest, string artefactPath, bool judge, IReporter reporter,
        CancellationToken cancellation) => manifest switch
    {
        { Legacy: true, Mode: not DatabaseMode.Runtime } when !File.Exists(artefactPath) =>
            new LegacyReading(manifest, [new Check("Size", CheckStatus.Failed, $"{manifest.Artefact.Bytes} bytes", "no file",
                "The artefact is missing.")], []),
        { Legacy: true, Mode: DatabaseMode.Sqlite } =>
            await LegacyFile.ReadAsync(manifest, artefactPath, judge, reporter, cancellation),
        { Legacy: true, Mode: DatabaseMode.Postgres } =>
            await LegacyDump.ReadAsync(manifest, artefactPath, reporter, cancellation),
        _ => new LegacyReading(manifest, [], []),
    };
}
