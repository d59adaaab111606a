using System.Text.Json;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The records of restores below a backup root.</summary>
internal sealed class RestoreRecords(OpsSettings settings)
{
    private const string Prefix = $"{BackupKeys.RestoreFolder}/restore-";

    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>The path of a new record.</summary>
    public string FileFor(string restoreId, DateTime startedAt) => _store.NameOf(BackupLayout.RecordKey(restoreId, startedAt));

    /// <summary>
    /// Every record, newest first. A record that cannot be read is left out, so that the others are still shown. Errors: AccessDenied.
    /// </summary>
    public IReadOnlyList<RestoreRecord> All() =>
        [.. Keys().Select(key => TryRead(_store, key)).OfType<RestoreRecord>().OrderByDescending(record => record.StartedAt)];

    /// <summary>Full paths of the records that cannot be read. Errors: AccessDenied.</summary>
    public IReadOnlyList<string> Unreadable() => [.. Keys().Where(key => TryRead(_store, key) is null).Select(_store.NameOf)];

    /// <summary>The restores that await a verdict, or that a dead process left unfinished, newest first. Errors: AccessDenied.</summary>
    public IReadOnlyList<RestoreRecord> Pending() => [.. All().Where(record => record.Status == RestoreStatus.AwaitingVerdict
        || (record.Status == RestoreStatus.InProgress
            && !FileLock.IsHeld(RestoreTarget.Of(record, settings.BackupRoot).LockFile)))];

    /// <summary>
    /// Removes the partial records of a target that dead processes left. The caller must hold the target's lock, under which all records
    /// are written.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="begun">A record of it that may never have been written, or null.</param>
    public void SweepUnfinished(RestoreTarget target, string? begun) => _store.SweepUnfinished(BackupKeys.RestoreFolder, key =>
        IsRecord(key) && (_store.NameOf(key) == begun || (TryRead(_store, key) is { } known && target.Matches(known))));

    private IEnumerable<string> Keys() => BackupStores.List(_store, BackupKeys.RestoreFolder).Where(IsRecord);

    private static bool IsRecord(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && key.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>The records that a selector fits, newest first.</summary>
    public IReadOnlyList<RestoreRecord> List(RestoreSelector selector)
    {
        var target = selector.Identity is null ? selector.Target?.Name : null;
        var fitting = All().Where(record => (selector.RestoreId is null || record.RestoreId == selector.RestoreId)
            && (target is null || record.Target == target) && (selector.Identity is null || record.TargetIdentity == selector.Identity));
        return [.. selector.Latest ? fitting.Take(1) : fitting];
    }

    /// <summary>Finds the record that a selector means.</summary>
    /// <param name="selector">The caller's selector: an id, or the latest of the acceptable records.</param>
    /// <param name="acceptable">The states that the operation can act on; Latest ignores other records.</param>
    public RestoreRecord Find(RestoreSelector selector, Func<RestoreRecord, bool> acceptable)
    {
        if (selector is { RestoreId: null, Latest: false })
            throw new InvalidRequestException(selector.Target?.Name ?? settings.BackupRoot, "No restore is named.",
                $"Name one by {OptionName.RestoreId} or {OptionName.Latest}. {CommandName.ListRestores} lists them.");
        var fitting = List(selector with { Latest = false });
        if (selector.RestoreId is { } id) return fitting.FirstOrDefault() ?? throw FindUnreadable(id) ?? NotFound(id);
        return fitting.FirstOrDefault(acceptable) ?? throw NotFound(selector.Target?.Name ?? "any database");
    }

    /// <summary>Reads a record by its full path; null where it is not there or cannot be parsed.</summary>
    public static RestoreRecord? TryRead(string path)
    {
        var (store, key) = LocalBackupStore.Containing(path);
        return TryRead(store, key);
    }

    private static RestoreRecord? TryRead(IBackupStore store, string key)
    {
        try
        {
            using var stream = store.Open(key);
            return JsonSerializer.Deserialize(stream, EngineJson.Default.RestoreRecord) is { } record
                ? record with { RecordFile = store.NameOf(key) } : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>True for an error that says that a record or a journal could not be written: the disk is full or gone, or its rights have
    /// changed.</summary>
    public static bool IsUnwritten(Exception e) =>
        e is IOException or UnauthorizedAccessException or AccessDeniedException { InnerException: UnauthorizedAccessException }
        || Files.IsDiskFull(e);

    /// <summary>Makes a record durable and returns it.</summary>
    public static RestoreRecord Save(RestoreRecord record)
    {
        var path = record.RecordFile ?? throw new ArgumentException("A record needs a file.", nameof(record));
        try
        {
            // The record of an interrupted restore may lie in another backup root than that of the command that recovers it.
            var (store, key) = LocalBackupStore.Containing(path);
            store.Put(key, JsonSerializer.SerializeToUtf8Bytes(record, EngineJson.Readable.RestoreRecord), replace: true);
            return record;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(path, $"The record of the restore cannot be written: {e.Message}",
                $"Name a {OptionName.BackupRoot} that can be written for the record, and the backup itself with " +
                    $"{OptionName.BackupFile}.", e);
        }
    }

    private SourceNotFoundException? FindUnreadable(string restoreId) =>
        Keys().FirstOrDefault(key => key.EndsWith($"-{restoreId}.json", StringComparison.Ordinal) && TryRead(_store, key) is null)
            is not { } key ? null
            : new SourceNotFoundException(restoreId, $"The record of the restore {restoreId} cannot be read: {_store.NameOf(key)}",
                "Use the version of this program that made the restore, and check that the file is whole and that this user may read it.");

    private SourceNotFoundException NotFound(string what) => new(what,
        $"There is no restore of {what} in {settings.BackupRoot} to which this command applies.",
        $"{CommandName.ListRestores} lists the restores and how each ended.");
}
