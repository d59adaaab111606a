using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// Makes a manifest of what the old scripts left beside a backup, so that it is listed, tested and restored like any other. The manifest
/// holds only the signed facts.
/// </summary>
internal static class LegacyManifest
{
    /// <summary>The text for facts that the metadata does not tell.</summary>
    public const string Unknown = "unknown";

    /// <summary>The beginning of the name for a database whose name is not known.</summary>
    public const string NamePrefix = "legacy-";

    /// <summary>The note on the source of the time.</summary>
    public const string TimeNote =
        "The time of the backup is known only from the stamp in its signed file name, which the old scripts wrote in UTC.";

    private static readonly Dictionary<string, DatabaseMode> Modes =
        new() { ["sqlite"] = DatabaseMode.Sqlite, ["postgres"] = DatabaseMode.Postgres, ["runtime-assets"] = DatabaseMode.Runtime };

    /// <summary>Reads and checks metadata of the old scripts. Only what the store refuses is an exception; everything else is in the
    /// result.</summary>
    public static ParsedManifest Parse(IBackupStore store, string manifestKey, Keyring keys)
    {
        var (metadata, problem) = LegacyMetadata.Read(store, manifestKey);
        if (metadata is null) return ParsedManifest.Malformed(problem!);
        var artefact = Path.GetFileName(ManifestReader.ArtefactOf(manifestKey));
        if (metadata.File != artefact)
            return ParsedManifest.Malformed($"The metadata describes {metadata.File}, but the file beside it is {artefact}.");
        if (!Modes.TryGetValue(metadata.Mode, out var mode)) return ParsedManifest.Malformed($"The mode {metadata.Mode} is unknown.");
        if (metadata.Stamp is not { } stamp)
            return ParsedManifest.Malformed(
                $"{metadata.File} is not a name that the old scripts give to a backup of the mode {metadata.Mode}, so no signed " +
                "text says when the backup was taken.");

        var key = keys.All.FirstOrDefault(key => CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(key.SignLegacy(metadata.Signed)), Encoding.ASCII.GetBytes(metadata.Hmac)));
        // The metadata names no key: whether it was changed or made with another one cannot be told.
        var verdict = key is not null ? SignatureVerdict.Valid : keys.All.Count == 0 ? SignatureVerdict.NoKey : SignatureVerdict.WrongKey;
        return new ParsedManifest(Of(metadata, mode, stamp), new SignatureCheck(verdict, key?.Id), null);
    }

    private static BackupManifest Of(LegacyMetadata metadata, DatabaseMode mode, DateTime stamp)
    {
        var name = $"{NamePrefix}{mode.ToString().ToLowerInvariant()}";
        return new BackupManifest
        {
            Legacy = true,
            Format = BackupManifest.CurrentFormat,
            Id = BackupKeys.IdOf(SHA256.HashData([.. "postry-ops/legacy-id/1\n"u8, .. metadata.Signed])),
            Database = name,
            Label = null,
            Mode = mode,
            SnapshotAt = stamp,
            DurationSeconds = 0,
            // No database has this identity, so a restore to any database is one of another source.
            Source = new SourceIdentity(Unknown, Unknown, mode == DatabaseMode.Sqlite ? metadata.Bytes : 0, null, null, null,
                $"{Unknown}: {name}"),
            Artefact = new ArtefactDescription(metadata.File, metadata.Bytes, metadata.Sha256.ToLowerInvariant(),
                mode == DatabaseMode.Runtime ? RuntimeArchive.Zip : "none"),
            Contents = new DatabaseContents(FingerprintKind.None, null, [], []),
            Software = new SoftwareDescription("the old scripts", Unknown, Unknown),
        };
    }
}
