using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Removal;

/// <summary>Removes recovery sets whole: a database's artefact with the runtime files that belong to it, and both manifests.</summary>
internal sealed class BackupRemoval(OpsSettings settings)
{
    private const string Operation = "Remove";

    /// <summary>What removing a set would take away. Reads only. Errors: RestoreRefused where a restore still needs the set.</summary>
    public RemovalPlan Plan(BackupSet set)
    {
        Require(set);
        var named = set.Mode == DatabaseMode.Runtime ? null : set.Runtime.File;
        var foreign = named is null ? null : FindFilesObstacle(set, named);
        var runtime = foreign is null ? named : null;
        var bytes = (StoredArtefact.Size(set.BackupFile) ?? 0) + (runtime is null ? 0 : StoredArtefact.Size(runtime) ?? 0);
        var last = set.Status == BackupStatus.Complete && !new BackupCatalog(settings).All().Any(other =>
            other.ManifestFile != set.ManifestFile && other.Status == BackupStatus.Complete && other.SourceIdentity == set.SourceIdentity
                && other.Mode == set.Mode);
        var when = set.Status == BackupStatus.Invalid ? ""
            : FormattableString.Invariant($", taken {set.SnapshotAt:yyyy-MM-dd HH:mm:ss} UTC");
        return new RemovalPlan(set, runtime, bytes, last,
            FormattableString
                .Invariant(
                $"Remove the backup {set.Id} of {set.Database}{when} ({bytes:N0} bytes")
            + $"{(runtime is null ? "" : $", with the runtime files: {set.Runtime}")}): {set.BackupFile}. Nothing can bring it back."
            + (foreign is null ? "" : $" {named} stays: {foreign}.")
            + (last ? $" It is the only good backup of {set.Database} here." : ""));
    }

    /// <summary>Removes a set. Errors: RestoreRefused, DatabaseBusy, AccessDenied, SourceNotFound.</summary>
    public async Task<RemovalPlan> RunAsync(BackupSet set, CancellationToken cancellation)
    {
        Require(set);
        using var root = await BackupRoot.OpenForWritingAsync(settings.BackupRoot, Operation, cancellation);
        if (!File.Exists(set.ManifestFile))
            throw new SourceNotFoundException(Operation, set.ManifestFile, $"{set.Id} has been removed already.",
                $"{CommandName.ListBackups} lists what is there.");
        var plan = Plan(set);
        try
        {
            TakeAway(set, plan);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(Operation, set.BackupFile, $"{set.BackupFile} cannot be removed: {e.Message}",
                "Run as the user who made the backup.", e);
        }

        return plan;
    }

    private static void TakeAway(BackupSet set, RemovalPlan plan)
    {
        // From this rename on there is no such set, and the next writing command sweeps what a crash leaves of it.
        var swept = set.Legacy ? null : set.ManifestFile + Files.PartialSuffix;
        if (swept is not null) Files.Publish(set.ManifestFile, swept);
        if (plan.RuntimeFile is { } runtime)
        {
            Delete(runtime);
            Delete(runtime + BackupManifest.FileSuffix);
        }

        Delete(set.BackupFile);
        Delete(swept ?? set.ManifestFile);
        Files.SyncFolder(Path.GetDirectoryName(set.ManifestFile)!);
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>The set of a database that a runtime archive belongs to, or null.</summary>
    private BackupSet? WholeOf(BackupSet archive) => new BackupCatalog(settings).All().FirstOrDefault(other =>
        other.Mode != DatabaseMode.Runtime && Path.GetFileName(other.Runtime.File) == Path.GetFileName(archive.BackupFile));

    /// <summary>Why a runtime archive does not go with the set that names it, or null. What a manifest says may be made up: it must not
    /// reach what is not the set's own.</summary>
    private string? FindFilesObstacle(BackupSet set, string archive)
    {
        // By name, for the set may have been reached through a link.
        if (new BackupCatalog(settings).All().FirstOrDefault(other => other.Mode != DatabaseMode.Runtime
            && !SameName(other.ManifestFile, set.ManifestFile) && SameName(other.Runtime.File, archive)) is { } other)
            return $"{other.Id} names it as well";
        var manifest = archive + BackupManifest.FileSuffix;
        if (File.Exists(manifest) && ManifestFile.Read(manifest, settings.Keys).Manifest is { Runtime: { } description })
            return description.Set == set.Id ? null
                : $"by its own manifest it {(description.Set is { } owner ? $"belongs to {owner}" : "was made alone")}";
        // Where it says nothing of itself, only the word of a signed manifest counts.
        return set.DatabaseStatus is BackupStatus.Complete or BackupStatus.Damaged ? null
            : $"{set.ManifestFile} is not verified, and the archive does not say whose it is";
    }

    private static bool SameName(string? one, string? other) => Path.GetFileName(one) == Path.GetFileName(other);

    // A restore in place keeps no other copy of what it replaced than the full backup that it made first.
    private void Require(BackupSet set)
    {
        if (Files.RealPath(Path.GetDirectoryName(set.ManifestFile)!) != Files
            .RealPath(new BackupLayout(settings.BackupRoot).FolderOf(set.Mode)))
            throw new InvalidRequestException(Operation, set.BackupFile,
                $"{set.BackupFile} does not lie in the backup root {settings.BackupRoot}.",
                $"Name its backup root with {OptionName.BackupRoot}.");
        if (set.Mode == DatabaseMode.Runtime && WholeOf(set) is { } whole)
        {
            throw new InvalidRequestException(Operation, set.BackupFile,
                $"{set.BackupFile} holds the runtime files of the backup {whole.Id} of {whole.Database}: the two are removed together.",
                $"Remove the backup by its id: {CommandName.RemoveBackup} {OptionName.Id} {whole.Id}.");
        }

        if (new RestoreRecords(settings).All().FirstOrDefault(record => record.PreviousCopy == set.Id
            && record.Status is RestoreStatus.Committed or RestoreStatus.AwaitingVerdict or RestoreStatus.InProgress) is not { } record)
            return;
        throw new RestoreRefusedException(Operation, set.Id,
            $"{set.Id} holds what the restore {record.RestoreId} of {record.Target} replaced: without it that restore cannot be undone.",
            $"Give up the way back first: {CommandName.RemovePreviousCopy} {OptionName.RestoreId} {record.RestoreId}.");
    }
}

/// <summary>What removing a backup takes away.</summary>
/// <param name="Backup">The set.</param>
/// <param name="RuntimeFile">The runtime archive that goes with it, or null.</param>
/// <param name="Bytes">Bytes that become free.</param>
/// <param name="IsLastGood">True where no other good backup of the same database is in the backup root.</param>
/// <param name="Summary">All of it as the text of the question.</param>
public sealed record RemovalPlan(BackupSet Backup, string? RuntimeFile, long Bytes, bool IsLastGood, string Summary)
{
    /// <inheritdoc/>
    public override string ToString() => Summary;
}
