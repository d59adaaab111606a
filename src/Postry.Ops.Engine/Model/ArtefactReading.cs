using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>What a reader found in an artefact.</summary>
/// <param name="Manifest">The manifest, completed with what only the artefact itself tells: of a backup of the old scripts, whose metadata
/// says nothing of the contents, these are the contents.</param>
/// <param name="Checks">What was checked on the way. Where one has failed the manifest is not to be used.</param>
/// <param name="Notes">What an operator should know before restoring it.</param>
/// <param name="Refusal">Why it is not restored although its bytes are right, or null.</param>
internal sealed record ArtefactReading(BackupManifest Manifest, IReadOnlyList<Check> Checks, IReadOnlyList<string> Notes,
    OpsException? Refusal = null)
{
    /// <summary>The first check that failed, or null.</summary>
    public Check? Failed => Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed);
}
