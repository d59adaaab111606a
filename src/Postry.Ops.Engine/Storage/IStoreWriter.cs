namespace Postry.Ops.Engine.Storage;

/// <summary>The one writer of sets in a store; disposing lets the next one in.</summary>
internal interface IStoreWriter : IDisposable
{
    /// <summary>Begins a set.</summary>
    /// <param name="id">The set's id, which no other set of the store has.</param>
    IStoreDraft NewDraft(string id);

    /// <summary>Deletes a set. It goes with its manifest, in one step; what a crash leaves of the rest is removed by the next writer.
    /// Errors: UnauthorizedAccessException, IOException.</summary>
    /// <param name="manifestKey">Key of the manifest that makes it a set.</param>
    /// <param name="others">Keys of all else that belongs to it; those that are gone already are passed over.</param>
    /// <param name="isNeeded">Asked once the set cannot be seen any more: true where somebody has come to need it since the decision. Then
    /// it is there again, and the method returns false.</param>
    bool Delete(string manifestKey, IReadOnlyList<string> others, Func<bool>? isNeeded = null);
}

/// <summary>
/// A set that is being written. Nothing of it can be seen until it is published; disposing removes what was not, and a killed process
/// leaves nothing that the next writer would not remove.
/// </summary>
internal interface IStoreDraft : IDisposable
{
    /// <summary>The set's id.</summary>
    string Id { get; }

    /// <summary>Full path on this machine at which the one artefact of a folder of keys is written: a file, or a folder of files. Its bytes
    /// must be durable before they are published.</summary>
    string PathFor(string folder);

    /// <summary>
    /// Publishes the set. The manifest of the last part is the commit point: before it there is no set, after it there is one, whole.
    /// Errors: IOException where one of the keys is taken already, in which case nothing has changed, or where there is no room.
    /// </summary>
    /// <param name="parts">All parts, each of another folder; the set's own comes last.</param>
    /// <param name="cancellation">Stops it before the commit point.</param>
    Task PublishAsync(IReadOnlyList<DraftPart> parts, CancellationToken cancellation);
}

/// <summary>An artefact that has been written, with the manifest that describes it.</summary>
/// <param name="Key">Key of the artefact.</param>
/// <param name="Manifest">The bytes of the manifest, which lies beside it (<see cref="BackupKeys.ManifestSuffix"/>).</param>
internal sealed record DraftPart(string Key, byte[] Manifest)
{
    /// <summary>Ending of the manifest's key; the old scripts' metadata has another one.</summary>
    public string ManifestSuffix { get; init; } = BackupKeys.ManifestSuffix;

    /// <summary>Key of the manifest.</summary>
    public string ManifestKey => Key + ManifestSuffix;
}
