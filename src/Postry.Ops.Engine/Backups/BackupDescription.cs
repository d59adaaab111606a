using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Says what a backup is and what it is worth, without reading its artefact's bytes.</summary>
internal static class BackupDescription
{
    /// <summary>The limits of the old format, in the words of every place that meets them.</summary>
    public const string LegacyKeyLimit = "a backup of the old scripts does not name its key, so the two cannot be distinguished.";

    /// <summary>A backup with what is to be said of it.</summary>
    public static LoadedBackup Describe(IBackupStore store, string manifestKey, ParsedManifest parsed)
    {
        var artefact = ManifestReader.ArtefactOf(manifestKey);
        var set = parsed.Manifest is { } manifest ? Describe(store, manifestKey, artefact, manifest, parsed.Signature)
            : Unreadable(store, manifestKey, artefact, BackupStatus.Invalid, parsed.Problem ?? "The manifest cannot be parsed.");
        return new LoadedBackup(store, artefact, set, parsed.Manifest, parsed.Signature);
    }

    private static BackupSet Describe(
        IBackupStore store, string manifestKey, string artefactKey, BackupManifest manifest, SignatureCheck signature)
    {
        var (ofDatabase, databaseDetail) = StatusOfDatabase(store, artefactKey, manifest, signature);
        var runtime = Part(store, artefactKey, manifest);
        var (status, detail) = ofDatabase != BackupStatus.Complete || manifest.Mode == DatabaseMode.Runtime ? (ofDatabase, databaseDetail)
            : FindLoss(store, runtime) is { } lost ? (BackupStatus.Damaged, lost)
            : manifest.Plausibility is { IsSuspicious: true } doubts ? (BackupStatus.Suspicious, doubts.ToString())
            : (ofDatabase, databaseDetail);
        return new BackupSet
        {
            Id = manifest.Id,
            Database = manifest.Database,
            Label = manifest.Label,
            Mode = manifest.Mode,
            SnapshotAt = manifest.SnapshotAt,
            Quarantined = manifest.SnapshotAt > DateTime.UtcNow + BackupSet.ClockTolerance,
            BackupFile = store.NameOf(artefactKey),
            SizeBytes = manifest.Artefact.Bytes,
            SourceBytes = manifest.Source.Bytes,
            Source = manifest.Source.Path,
            SourceIdentity = manifest.Source.Identity ?? manifest.Source.Path,
            Scope = manifest.Postgres?.Scope.Summary,
            NotHeld = manifest.Contents.NotHeld ?? [],
            Migration = manifest.Postgres?.Migration,
            ServerVersion = manifest.Postgres?.Server.Version,
            Fingerprint = manifest.Contents.Kind,
            Tables = manifest.Contents.Tables,
            Duration = TimeSpan.FromSeconds(manifest.DurationSeconds),
            Status = status,
            StatusDetail = detail,
            Plausibility = manifest.Plausibility,
            Legacy = manifest.Legacy,
            BeforeRestore = manifest.BeforeRestore,
            Sequence = manifest.Sequence,
            Tags = manifest.Tags ?? BackupTags.None,
            Deployed = manifest.Deployed,
            KeyId = signature.KeyId,
            ManifestFile = store.NameOf(manifestKey),
            Runtime = runtime,
            DatabaseStatus = ofDatabase,
            DatabaseStatusDetail = databaseDetail,
        };
    }

    private static RuntimePart Part(IBackupStore store, string artefactKey, BackupManifest manifest)
    {
        if (manifest.Mode == DatabaseMode.Runtime)
            return new RuntimePart(store.NameOf(artefactKey), manifest.Artefact.Bytes, manifest.Runtime?.Files ?? 0,
                manifest.Runtime?.Missing ?? [], null);
        if (manifest.RuntimeArchive is not { } bound) return RuntimePart.Unknown;
        if (bound.File is null) return new RuntimePart(null, 0, 0, bound.Missing, bound.Absent);
        return new RuntimePart(store.NameOf($"{BackupKeys.RuntimeFolder}/{bound.File}"), bound.Bytes, bound.Files, bound.Missing, null);
    }

    private static string? FindLoss(IBackupStore store, RuntimePart part)
    {
        if (part.File is null) return null;
        var key = $"{BackupKeys.RuntimeFolder}/{Path.GetFileName(part.File)}";
        var bytes = store.Size(key);
        return bytes is null ? $"The backup's runtime archive is missing: {part.File}."
            : bytes != part.SizeBytes ? $"The backup's runtime archive has {bytes} bytes instead of {part.SizeBytes}."
            : store.Size(key + BackupKeys.ManifestSuffix) is not null ? null
            : $"The manifest of the backup's runtime archive is missing: {part.File}{BackupKeys.ManifestSuffix}.";
    }

    private static (BackupStatus Status, string? Detail) StatusOfDatabase(
        IBackupStore store, string artefactKey, BackupManifest manifest, SignatureCheck signature)
    {
        var bytes = store.Size(artefactKey);
        return signature.Verdict switch
        {
            SignatureVerdict.Mismatch => (BackupStatus.Tampered, "The manifest was changed after it was signed."),
            SignatureVerdict.WrongKey when manifest.Legacy =>
                (BackupStatus.Unverified,
                $"No known key matches its signature: it was made with another key, or the backup was changed since; {LegacyKeyLimit}"),
            SignatureVerdict.WrongKey => (BackupStatus.Unverified, $"It was signed with the key {signature.KeyId}, which is missing here."),
            SignatureVerdict.NoKey => (BackupStatus.Unverified,
                $"There is no key to check the signature with: {EnvironmentVariables.IntegrityKey} is not set."),
            _ when bytes is null => (BackupStatus.Damaged, "The artefact is missing."),
            _ when bytes != manifest.Artefact.Bytes =>
                (BackupStatus.Damaged, $"The artefact has {bytes} bytes instead of {manifest.Artefact.Bytes}."),
            _ => (BackupStatus.Complete, null),
        };
    }

    /// <summary>An artefact without a manifest. Nothing is known of it but its name and its size.</summary>
    public static BackupSet Orphan(IBackupStore store, string artefactKey) => Unreadable(store, artefactKey + BackupKeys.ManifestSuffix,
        artefactKey, BackupStatus.Orphan, "It has no manifest beside it, so it is no backup.") with
    {
        SizeBytes = store.Size(artefactKey) ?? 0,
    };

    private static BackupSet Unreadable(IBackupStore store, string manifestKey, string artefactKey, BackupStatus status, string problem)
        => new()
    {
        Id = "?",
        Database = "?",
        Mode = BackupManifest.IsRuntime(manifestKey) ? DatabaseMode.Runtime : DatabaseMode.Sqlite,
        SnapshotAt = DateTime.UnixEpoch,
        BackupFile = store.NameOf(artefactKey),
        SizeBytes = 0,
        SourceBytes = 0,
        Source = "?",
        SourceIdentity = "?",
        Fingerprint = FingerprintKind.None,
        Tables = [],
        Duration = TimeSpan.Zero,
        Status = status,
        StatusDetail = problem,
        Legacy = LegacyMetadata.IsAt(manifestKey),
        DatabaseStatus = status,
        DatabaseStatusDetail = problem,
        ManifestFile = store.NameOf(manifestKey),
    };
}
