using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>The reader of runtime archives: files, folders and links below a repo root.</summary>
internal sealed class RuntimeArtefactReader(IOperationObserver observer) : IArtefactReader
{
    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => manifest.Source.Bytes;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(LoadedBackup backup, CancellationToken cancellation) =>
        ArtefactChecks.ReadAsync(
        backup.Manifest.Artefact, backup.ArtefactPath, done => observer
            .Progress(new OperationProgress("Runtime", "Checking the stored bytes", done, backup.Manifest.Artefact.Bytes)), cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(LoadedBackup backup, ScratchFolder scratch, CancellationToken cancellation)
    {
        var trusted = backup.Signature.Verdict == SignatureVerdict.Valid;
        var archive = new RuntimeArchive(backup.Manifest, backup.ArtefactPath, scratch, trusted, ignoresCase: false, observer);
        return new ArtefactReading(backup, [.. await archive.CheckAsync(cancellation), .. ContentChecks.NotHeld(backup.Manifest)], []);
    }

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, TrialPlace place,
        CancellationToken cancellation)
    {
        var root = scratch.File("restored");
        Files.CreatePrivateFolder(root);
        return Task.FromResult<TrialTarget>(new FolderTrial(root));
    }

    /// <summary>A new folder in a scratch folder, which goes with it.</summary>
    private sealed class FolderTrial(string root) : TrialTarget
    {
        /// <inheritdoc/>
        public override DatabaseAddress Address => new RuntimeAddress(root);

        /// <inheritdoc/>
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
