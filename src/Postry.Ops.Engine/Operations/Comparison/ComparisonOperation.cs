using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Comparison;

/// <summary>Compares a set with a live database. Nothing changes.</summary>
internal sealed class ComparisonOperation(OpsSettings settings, IDatabase database, IOperationObserver observer)
{
    /// <summary>Compares table by table. Errors: SourceNotFound, NotADatabase, ManifestInvalid, SignatureMismatch, BackupCorrupt,
    /// InvalidRequest, and those of reaching the database.</summary>
    public async Task<DatabaseComparison> RunAsync(BackupSelector selector, CancellationToken cancellation)
    {
        var target = await database.LocateAsync(cancellation);
        var backup = new BackupCatalog(settings).Load(selector, target, allowSuspicious: true);
        var set = backup.Set;
        using var lease = BackupLease.Take(settings, set);
        BackupTrust.WarnIfSuspicious(set, observer);
        await database.DescribeAsync(cancellation);
        if (set.Status is not (BackupStatus.Complete or BackupStatus.Damaged)
            && BackupTrust.FindProblem(set, allowUnverified: true, settings.Keys) is { } distrust)
            throw distrust;
        if (set.Mode != database.Mode || database.Live is not { } live)
            throw new InvalidRequestException(database.Name,
                $"{set.Id} is a backup of another kind of database than {database.Name}.", "Name a database of the same kind.");
        if (set.Status == BackupStatus.Unverified)
            observer.Warning($"{set.Id}: {set.StatusDetail} Its statements about its contents cannot be checked.");
        var reader = ArtefactReaders.For(backup.Manifest, observer);
        if (set.Status == BackupStatus.Damaged && reader.NeedsArtefact)
            throw new BackupCorruptException(set.BackupFile, $"{set.BackupFile}: {set.StatusDetail}",
                "The contents of a backup of the old scripts are only known from its bytes: use another backup.");
        var read = await reader.ReadAsync(backup, check: true, cancellation);
        if (read.Failed is { } failed) throw ArtefactChecks.Corrupt(set, failed);
        return await new Comparer(live, backup.ArtefactPath).CompareAsync(read.Backup.Manifest, cancellation);
    }
}
