using System.Text.Json;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Signs and writes evidence and notes. Its making has the errors of missing and unusable keys, before any work is done.</summary>
internal sealed class EvidenceWriter
{
    private static readonly TimeSpan WaitForOtherWriter = TimeSpan.FromSeconds(10);

    private readonly OpsSettings _settings;
    private readonly IBackupStore _store;
    private readonly IntegrityKey _key;
    private readonly EvidenceKey? _second;

    /// <summary>Errors: IntegrityKeyMissing, WeakKey, and InvalidRequest or AccessDenied for an evidence key that cannot be used.</summary>
    public EvidenceWriter(OpsSettings settings, string target)
    {
        _settings = settings;
        _store = BackupStores.Of(settings);
        _key = settings.Keys.SigningKey(target);
        _second = EvidenceKey.FromEnvironment(settings.Variable);
    }

    /// <summary>Full path of the folder.</summary>
    public string Folder => _store.NameOf(BackupKeys.DrillFolder);

    /// <summary>Signs the state of a drill that has not ended.</summary>
    public byte[] SignBegun(RestoreDrill drill) => Sign(drill, BegunDrills.Domain);

    /// <summary>Signs and publishes evidence, which names the one before it. The file itself comes last, so that it is never without its
    /// signature and its page. Errors: AccessDenied, NotEnoughSpace, DatabaseBusy.</summary>
    public RestoreDrill Publish(RestoreDrill drill) => Written(() =>
    {
        using var held = Lock();
        _store.SweepUnfinished(BackupKeys.DrillFolder, key => !Path.GetFileName(key).StartsWith('.'));
        var reader = new EvidenceReader(_store, _settings.Keys, _second?.Public);
        var key = EvidenceLayout.KeyOf(drill);
        var signed = drill.AsWritten() with
        {
            Previous = EvidenceFolder.Newest(new EvidenceFolder(_store, reader).Read(new HashSet<string> { key })),
            PublicKeyId = _second?.Public.Id,
        };
        var bytes = Sign(signed, EvidenceReader.Domain);
        PutSignature(key, bytes);
        _store.Put(EvidenceLayout.PageOf(key), EvidencePage.Write(signed, Path.GetFileName(key)), replace: true);
        _store.Put(key, bytes, replace: false);
        return reader.Read(key).Describe(_store.NameOf(key));
    });

    /// <summary>Signs and publishes a note on evidence. Errors: those of <see cref="Publish"/>, and SourceNotFound where the evidence is
    /// not written yet.</summary>
    /// <param name="drill">The evidence as it was read.</param>
    /// <param name="text">The note.</param>
    public DrillNote PublishNote(RestoreDrill drill, string text) => Written(() =>
    {
        using var held = Lock();
        var reader = new EvidenceReader(_store, _settings.Keys, _second?.Public);
        var evidence = EvidenceLayout.KeyOf(drill);
        var file = reader.Read(evidence);
        if (file.Written is null) throw Choices.DrillNotFound(drill.DrillId, _settings.BackupRoot);
        var last = new EvidenceFolder(_store, reader).ReadNotes(file, drill.DrillId).LastOrDefault();
        var note = new DrillNote(drill.DrillId, (last?.Number ?? 0) + 1, DateTime.UtcNow,
            $"{Environment.UserName}@{Environment.MachineName}", text, file.Sha256, last?.File.Sha256)
        {
            PublicKeyId = _second?.Public.Id,
        };
        var key = EvidenceLayout.NoteOf(evidence, note.Number);
        var bytes = SignedText.Sign(JsonSerializer.Serialize(note, EngineJson.Readable.DrillNote), EvidenceReader.NoteDomain, _key);
        PutSignature(key, bytes);
        _store.Put(key, bytes, replace: false);
        return note with { Evidence = CheckStatus.Passed };
    });

    /// <summary>Runs what writes into the folder, and explains its errors.</summary>
    public T Written<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (Files.IsDiskFull(e))
        {
            throw new NotEnoughSpaceException(Folder, $"The disk is full: the evidence cannot be written into {Folder}.",
                "Free space there, then try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(Folder, $"The evidence cannot be written into {Folder}: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }
    }

    private FileLock Lock()
    {
        Files.CreatePrivateFolder(Folder);
        return FileLock.AcquireAsync(EvidenceLayout.WriterLock(_settings.BackupRoot), Folder, WaitForOtherWriter, default,
                LocalBackupStore.ReleaseCommand(_settings.BackupRoot))
            .GetAwaiter().GetResult();
    }

    private byte[] Sign(RestoreDrill drill, string domain) =>
        SignedText.Sign(JsonSerializer.Serialize(drill, EngineJson.Readable.RestoreDrill), domain, _key);

    private void PutSignature(string key, byte[] bytes)
    {
        if (_second is not null) _store.Put(key + EvidenceLayout.SignatureSuffix, _second.Sign(bytes), replace: true);
    }
}
