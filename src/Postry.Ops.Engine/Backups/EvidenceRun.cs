using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>Evidence that has begun and has not ended. Disposing it before the end leaves it to the next command, as a kill does.</summary>
internal sealed class EvidenceRun : IDisposable
{
    private readonly EvidenceWriter _writer;
    private readonly IOperationObserver _observer;
    private readonly RestoreDrill _begun;
    private readonly string _file;
    private readonly FileLock _held;

    private EvidenceRun(EvidenceWriter writer, IOperationObserver observer, RestoreDrill begun, string file, FileLock held)
    {
        _writer = writer;
        _observer = observer;
        _begun = begun;
        _file = file;
        _held = held;
    }

    /// <summary>Takes the lock of the drill, and writes how it begins. Errors: AccessDenied, NotEnoughSpace.</summary>
    internal static EvidenceRun Begin(EvidenceWriter writer, IOperationObserver observer, RestoreDrill drill, string backupRoot) =>
        writer.Written(() =>
        {
            Files.CreatePrivateFolder(writer.Folder);
            var file = EvidenceLayout.BegunFile(backupRoot, drill);
            var held = FileLock.TryAcquire(EvidenceLayout.LockOf(file), file) ?? throw new DatabaseBusyException(drill.DrillId,
                $"A drill with the id {drill.DrillId} runs already.", "Wait until it has finished.");
            var run = new EvidenceRun(writer, observer, drill, file, held);
            try
            {
                run.Write(drill);
                return run;
            }
            catch
            {
                run.Dispose();
                throw;
            }
        });

    /// <summary>Keeps durably how far the drill is, for the case that its process dies. Errors: AccessDenied, NotEnoughSpace.</summary>
    public void Note(RestoreDrill drill) => _writer.Written(() =>
    {
        Write(drill);
        return drill;
    });

    /// <summary>Signs and publishes the evidence. Returns it as it was written, with the path of its file. Errors: AccessDenied,
    /// NotEnoughSpace, DatabaseBusy.</summary>
    public RestoreDrill End(RestoreDrill drill)
    {
        RestoreDrill written;
        try
        {
            written = _writer.Publish(drill with { DrillId = _begun.DrillId, StartedAt = _begun.StartedAt });
        }
        catch (OpsException)
        {
            TryKeep(drill);
            throw;
        }

        Files.TryDelete(_file);
        _observer.Report(new EvidenceWritten(written));
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    // The verdict must not be lost: the next command that can writes the evidence.
    private void TryKeep(RestoreDrill drill)
    {
        try
        {
            Write(drill);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || Files.IsDiskFull(e))
        {
            _observer.Detail($"The outcome of the drill {_begun.DrillId} could not be kept: {e.Message}");
        }
    }

    private void Write(RestoreDrill drill) =>
        Files.WriteAtomically(_file, _writer.SignBegun(drill with { DrillId = _begun.DrillId, StartedAt = _begun.StartedAt }),
            replace: true);
}
