using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The result of reading an artefact.</summary>
/// <param name="Backup">The backup, its manifest completed with the facts that only the artefact itself tells: for a backup of the old
/// scripts, whose metadata says nothing of the contents, these are the contents.</param>
/// <param name="Checks">The checks that were made while reading. If one has failed, the completed manifest must not be used.</param>
/// <param name="Notes">Notes for the operator, to be read before the restore.</param>
/// <param name="Refusal">The reason why the backup is not restored although its bytes are right; null if there is none.</param>
internal sealed record ArtefactReading(LoadedBackup Backup, IReadOnlyList<Check> Checks, IReadOnlyList<string> Notes,
    OpsException? Refusal = null)
{
    /// <summary>The first check that failed, or null.</summary>
    public Check? Failed => Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed);
}
