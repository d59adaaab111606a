namespace Postry.Ops.Engine.Storage;

/// <summary>
/// A place for backups: objects, which are sequences of bytes, under keys such as "db/sqlite-app-20260101T000000Z-0a1b2c3d.db.gz". An
/// artefact is one object, or a tree of objects whose keys begin with the artefact's key and a slash. Only published objects can be seen.
/// The engine calls a store on threads of the pool, which may wait for a disk or a network. Sizes are in bytes, and always those of the
/// bytes as they were put, whatever a store makes of them.
/// </summary>
internal interface IBackupStore
{
    /// <summary>The name of the store in messages: for the local store the full path of its folder.</summary>
    string Name { get; }

    /// <summary>Bytes that can still be put, as far as a store can tell; null where it has no limit that it knows.</summary>
    long? FreeBytes { get; }

    /// <summary>
    /// The name of an object or artefact in sets and messages: for the local store its full path. Errors: ArgumentException for a text that
    /// is no key.
    /// </summary>
    string NameOf(string key);

    /// <summary>The key of a name; null where nothing of that name can be in the store.</summary>
    string? KeyOf(string name);

    /// <summary>The keys of the objects that lie directly in a folder of keys, in no order. Errors: UnauthorizedAccessException where this
    /// user may not look, for that must not pass for a place where nothing is.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>True where there is an object. Errors: UnauthorizedAccessException where this user may not look.</summary>
    bool Exists(string key);

    /// <summary>Size of an artefact, of a tree that of all its objects; null where none can be seen.</summary>
    long? Size(string key);

    /// <summary>Opens an object for reading from its start. The stream knows its length, and goes on where the object is deleted
    /// meanwhile. Errors: FileNotFoundException, UnauthorizedAccessException.</summary>
    Stream Open(string key);

    /// <summary>Puts a small object outside of any set, whole and durably: whoever reads sees all of it, or what was there before. Errors:
    /// IOException where there is one already and it is not to be replaced, or where there is no room.</summary>
    void Put(string key, ReadOnlySpan<byte> bytes, bool replace);

    /// <summary>Removes an object that <see cref="Put"/> has put; nothing where it is gone. Errors: IOException,
    /// UnauthorizedAccessException.</summary>
    void Delete(string key);

    /// <summary>Removes what killed processes left of putting single objects.</summary>
    /// <param name="folder">The folder of keys.</param>
    /// <param name="isOwn">True for keys that nobody but the caller can be writing now.</param>
    void SweepUnfinished(string folder, Func<string, bool> isOwn);

    /// <summary>Makes an artefact readable for programs that only know files. Errors: FileNotFoundException, IOException.</summary>
    Task<LocalCopy> OpenLocallyAsync(string key, CancellationToken cancellation);

    /// <summary>Says that a set is being read, so that no removal takes it meanwhile; disposing ends that, and so does the end of the
    /// process. Null where that cannot be said, because this user may not write here.</summary>
    /// <param name="manifestKey">Key of the set's manifest.</param>
    IDisposable? TryLease(string manifestKey);

    /// <summary>The process that reads the set of a manifest now; null where nobody does.</summary>
    string? ReaderOf(string manifestKey);

    /// <summary>Removes what killed readers left of their leases; nothing where this user may not.</summary>
    void SweepLeases();

    /// <summary>Becomes the one writer of sets, and removes what dead writers left. Errors: AccessDenied, NotEnoughSpace, DatabaseBusy
    /// where another writer does not finish in time.</summary>
    Task<IStoreWriter> OpenForWritingAsync(CancellationToken cancellation);

    /// <summary>Removes what a dead writer left, and its lock; nothing where somebody is writing. Raises nothing: the next writer says what
    /// is wrong.</summary>
    void TrySweep();

    /// <summary>Removes the lock of a writer that this host cannot see. Returns what the lock says of it, or null where there is no lock.
    /// Errors: DatabaseBusy where the writer lives on this host.</summary>
    string? Unlock();
}
