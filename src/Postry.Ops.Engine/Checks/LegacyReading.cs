using System.Globalization;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>
/// What a look into a backup of the old scripts found. Their metadata says nothing of the contents, so that what a restore brings is
/// compared with what the artefact itself holds; that this is what the database held cannot be proven.
/// </summary>
/// <param name="Manifest">The manifest with the contents of the artefact in it.</param>
/// <param name="Checks">What was checked on the way. Where one has failed the manifest is not to be used.</param>
/// <param name="Notes">What an operator should know before restoring it.</param>
/// <param name="Refusal">Why it is not restored although its bytes are right, or null.</param>
internal sealed record LegacyReading(BackupManifest Manifest, IReadOnlyList<Check> Checks, IReadOnlyList<string> Notes,
    OpsException? Refusal = null)
{
    // The same for databases and runtime files, because a CI job has to tell this one check from those that a good backup passes.
    private const string FingerprintsCheck = "Fingerprints";

    /// <summary>The check that no such backup of a database can pass.</summary>
    public static readonly Check Fingerprints = new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the database", "none",
        "The old scripts took no fingerprints: the file can be checked by itself, but not that it holds every row that the database held.");

    /// <summary>The check that no such archive of runtime files can pass.</summary>
    /// <param name="entries">How many files and folders it holds.</param>
    /// <param name="duration">How long it took to read them.</param>
    public static Check Files(int entries, TimeSpan duration) => new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the files",
        string.Create(CultureInfo.InvariantCulture, $"none, {entries} entries"),
        "The old scripts kept no list of the files in an archive, so there is nothing to compare them with.", duration);
}
