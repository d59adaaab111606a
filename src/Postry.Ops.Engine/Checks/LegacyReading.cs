using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>
/// The result of reading a backup of the old scripts. Their metadata says nothing of the contents, so that what a restore brings is
/// compared with what the artefact itself holds; that this is what the database held cannot be proven.
/// </summary>
/// <param name="Manifest">The manifest with the contents of the artefact in it.</param>
/// <param name="Checks">The checks that were made while reading. If one has failed, the manifest must not be used.</param>
/// <param name="Notes">Notes for the operator, to be read before the restore.</param>
/// <param name="Refusal">The reason why the backup is not restored although its bytes are right; null if there is none.</param>
internal sealed record LegacyReading(BackupManifest Manifest, IReadOnlyList<Check> Checks, IReadOnlyList<string> Notes,
    OpsException? Refusal = null)
{
    // Databases and runtime files share this name, because a CI job has to tell this check from those that a good backup passes.
    private const string FingerprintsCheck = "Fingerprints";

    /// <summary>The check that no such backup of a database can pass.</summary>
    public static readonly Check Fingerprints = new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the database", "none",
        "The old scripts took no fingerprints: the file can be checked by itself, but not that it holds every row that the database held.");

    /// <summary>The check that no such archive of runtime files can pass.</summary>
    /// <param name="entries">How many files and folders the archive holds.</param>
    /// <param name="duration">How long the archive took to read.</param>
    public static Check Files(int entries, TimeSpan duration) => new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the files",
        string.Create(CultureInfo.InvariantCulture, $"none, {entries} entries"),
        "The old scripts kept no list of the files in an archive, so there is nothing to compare them with.", duration);
}
