using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>The parameters of a swap.</summary>
internal sealed record SwapRequest
{
    public required string Target { get; init; }

    /// <summary>The database that goes live. Moved into place where the file is replaced.</summary>
    public required string Stage { get; init; }

    /// <summary>The path for a copy of the live database.</summary>
    public required string Previous { get; init; }

    /// <summary>Permissions and owner for a file that did not exist before, or null.</summary>
    public SourceIdentity? Source { get; init; }

    /// <summary>True where the stage is a kept copy, which must be there afterwards as it was.</summary>
    public bool KeepStage { get; init; }

    /// <summary>True to put the stage's bytes back as they are even where they are no readable database (an undo of a restore over a
    /// damaged file).</summary>
    public bool AsBytes { get; init; }

    /// <summary>True to take the live database away and put nothing in its place (an undo of a restore onto an empty path).</summary>
    public bool Remove { get; init; }

    /// <summary>Receives the live database's schema version under the lock of the swap, before the step <see
    /// cref="JournalStep.PreviousCopyTaken"/>.</summary>
    public required Action<long> Mark { get; init; }

    /// <summary>Makes a step durable before the next begins; the flag says whether the file itself is replaced.</summary>
    public required Action<JournalStep, bool> Step { get; init; }
}

/// <summary>The result of a swap of a file.</summary>
/// <param name="Strategy">Contents, File or New.</param>
/// <param name="PreviousTaken">True if a copy of the live database was made.</param>
/// <param name="Unavailable">The time during which other processes were locked out.</param>
internal sealed record FileSwapResult(RestoreStrategy Strategy, bool PreviousTaken, TimeSpan Unavailable);
