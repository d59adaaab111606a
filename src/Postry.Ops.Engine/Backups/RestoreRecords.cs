using System.Text.Json;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>The records of restores below a backup root.</summary>
internal sealed class RestoreRecords(OpsSettings settings)
{
    private readonly BackupLayout _layout = new(settings.BackupRoot);

    /// <summary>Where a new record goes.</summary>
    public string FileFor(string restoreId, DateTime startedAt) => _layout.RecordFile(restoreId, startedAt);

    /// <summary>Every record, newest first. One that cannot be read is left out: it is no reason not to show the others. Errors:
    /// AccessDenied.</summary>
    public IReadOnlyList<RestoreRecord> All() =>
        [.. _layout.FilesIn(_layout.RestoreFolder, "restore-*.json").Select(TryRead).OfType<RestoreRecord>()
            .OrderByDescending(record => record.StartedAt)];

    /// <summary>Removes what dead processes left of writing the records of a target. Only for a holder of the target's lock, under which
    /// all of them are written.</summary>
    /// <param name="place">The target.</param>
    /// <param name="begun">A record of it that may never have been written, or null.</param>
    public void SweepUnfinished(RestoreTarget place, string? begun)
    {
        if (!Directory.Exists(_layout.RestoreFolder)) return;
        foreach (var partial in Directory.EnumerateFiles(_layout.RestoreFolder, "restore-*" + Files.PartialSuffix))
        {
            // <record>.<guid>.partial
            var record = Path.ChangeExtension(partial[..^Files.PartialSuffix.Length], null);
            if (record == begun || (TryRead(record) is { } known && place.Holds(known))) Files.TryDelete(partial);
        }
    }

    /// <summary>The records that a selector fits, newest first.</summary>
    public IReadOnlyList<RestoreRecord> List(RestoreSelector selector)
    {
        var target = selector.Identity is null ? selector.Target?.Name : null;
        var fitting = All().Where(record => (selector.RestoreId is null || record.RestoreId == selector.RestoreId)
            && (target is null || record.Target == target) && (selector.Identity is null || record.TargetIdentity == selector.Identity));
        return [.. selector.Latest ? fitting.Take(1) : fitting];
    }

    /// <summary>The one record that a selector means.</summary>
    /// <param name="selector">By id, or the latest of those that are acceptable.</param>
    /// <param name="operation">For errors.</param>
    /// <param name="acceptable">Which states the operation is about; others are passed over by Latest.</param>
    public RestoreRecord Find(RestoreSelector selector, string operation, Func<RestoreRecord, bool> acceptable)
    {
        if (selector is { RestoreId: null, Latest: false })
            throw new InvalidRequestException(operation, selector.Target?.Name ?? settings.BackupRoot, "No restore is named.",
                $"Name one by {OptionName.RestoreId} or {OptionName.Latest}. {CommandName.ListRestores} lists them.");
        var fitting = List(selector with { Latest = false });
        if (selector.RestoreId is not null) return fitting.FirstOrDefault() ?? throw NotFound(operation, selector.RestoreId);
        return fitting.FirstOrDefault(acceptable) ?? throw NotFound(operation, selector.Target?.Name ?? "any database");
    }

    /// <summary>Reads a record; null where it is not there or cannot be parsed.</summary>
    public static RestoreRecord? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), EngineJson.Default.RestoreRecord) is { } record
                ? record with { RecordFile = path } : null;
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
            Files.CreatePrivateFolder(Path.GetDirectoryName(path)!);
            Files.WriteAtomically(path, JsonSerializer.SerializeToUtf8Bytes(record, EngineJson.Readable.RestoreRecord), replace: true);
            return record;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException("Restore", path, $"The record of the restore cannot be written: {e.Message}",
                $"Name a {OptionName.BackupRoot} that can be written for the record, and the backup itself with " +
                    $"{OptionName.BackupFile}.", e);
        }
    }

    private SourceNotFoundException NotFound(string operation, string what) => new(operation, what,
        $"There is no restore of {what} in {settings.BackupRoot} that this could be done to.",
        $"{CommandName.ListRestores} lists the restores and how each ended.");
}
