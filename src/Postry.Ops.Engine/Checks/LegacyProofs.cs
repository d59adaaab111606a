using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>
/// Checks that a backup of the old scripts cannot pass. Their metadata says nothing of the contents, so that nothing proves that the
/// artefact holds what the database held.
/// </summary>
internal static class LegacyProofs
{
    // Databases and runtime files share this name, because a CI job has to tell this check from those that a good backup passes.
    private const string FingerprintsCheck = "Fingerprints";

    /// <summary>The check that no such backup of a database can pass.</summary>
    public static readonly Check Fingerprints = new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the database", "none",
        "The old scripts took no fingerprints: the file can be checked by itself, but not that it holds every row that the database held.");

    /// <summary>The check that no such archive of runtime files can pass.</summary>
    /// <param name="entries">The number of files and folders in the archive.</param>
    /// <param name="duration">The duration of reading the archive.</param>
    public static Check Files(int entries, TimeSpan duration) => new(FingerprintsCheck, CheckStatus.Inconclusive, "those of the files",
        string.Create(CultureInfo.InvariantCulture, $"none, {entries} entries"),
        "The old scripts kept no list of the files in an archive, so there is nothing to compare them with.", duration);

    /// <summary>The reading of an artefact that is not there.</summary>
    public static ArtefactReading Missing(LoadedBackup backup) => new(backup,
        [new Check("Size", CheckStatus.Failed, $"{backup.Manifest.Artefact.Bytes} bytes", "no file", "The artefact is missing.")], []);

    /// <summary>All that a test of such a backup says of its contents.</summary>
    public static ArtefactReading Tested(ArtefactReading read) => read with
    {
        Checks =
        [
            .. read.Checks,
            .. read.Refusal is { } refusal
                ? [new Check("Restorable", CheckStatus.Failed, "only what a dump holds", refusal.Message, refusal.Hint)]
                : Array.Empty<Check>(),
            Fingerprints,
        ],
    };
}
