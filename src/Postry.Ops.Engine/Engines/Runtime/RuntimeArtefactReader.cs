using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>The reader of runtime archives: files, folders and links below a repo root.</summary>
internal sealed class RuntimeArtefactReader(OpsSettings settings, IOperationObserver reporter) : IArtefactReader
{
    /// <inheritdoc/>
    public long ScratchBytes(BackupManifest manifest) => manifest.Source.Bytes;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Check>> CheckBytesAsync(BackupManifest manifest, string artefactPath, CancellationToken cancellation) =>
        ArtefactChecks.ReadAsync(
        manifest.Artefact, artefactPath, done => reporter
            .Progress(new OperationProgress("Runtime", "Checking the stored bytes", done, manifest.Artefact.Bytes)), cancellation);

    /// <inheritdoc/>
    public async Task<ArtefactReading> CheckContentsAsync(BackupManifest manifest, string artefactPath, ScratchFolder scratch,
        CancellationToken cancellation)
    {
        var archive = new RuntimeArchive(manifest, artefactPath, scratch, IsSigned(artefactPath), ignoresCase: false, reporter);
        return new ArtefactReading(manifest, [.. await archive.CheckAsync(cancellation), .. ContentChecks.NotHeld(manifest)], []);
    }

    /// <inheritdoc/>
    public Task<TrialTarget> OpenTrialAsync(BackupManifest manifest, ScratchFolder scratch, DatabaseAddress? server,
        CancellationToken cancellation)
    {
        var root = scratch.File("restored");
        Files.CreatePrivateFolder(root);
        return Task.FromResult<TrialTarget>(new FolderTrial(root));
    }

    private bool IsSigned(string artefactPath) =>
        ManifestReader.TryReadBeside(artefactPath, settings.Keys) is { Signature.Verdict: SignatureVerdict.Valid };

    /// <summary>A new folder in a scratch folder, which goes with it.</summary>
    private sealed class FolderTrial(string root) : TrialTarget
    {
        /// <inheritdoc/>
        public override DatabaseAddress Address => new RuntimeAddress(root);

        /// <inheritdoc/>
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
