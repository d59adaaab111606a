using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>The evidence of drills and tests below a backup root: signed files, of which none is ever changed.</summary>
internal sealed class EvidenceFiles(OpsSettings settings, IOperationObserver observer)
{
    /// <summary>Begins evidence before the work does, so that a killed process leaves a trace. Errors: IntegrityKeyMissing, WeakKey,
    /// AccessDenied, NotEnoughSpace, InvalidRequest where the evidence key cannot be used.</summary>
    /// <param name="drill">The drill as it begins; its status does not count yet.</param>
    public EvidenceRun Begin(RestoreDrill drill) => throw new NotImplementedException($"{settings}{observer}{drill}");

    /// <summary>Signs and publishes evidence of work that is done. Errors: those of <see cref="Begin"/>.</summary>
    public RestoreDrill Add(RestoreDrill drill) => throw new NotImplementedException($"{settings}{observer}{drill}");

    /// <summary>All evidence, newest first, each checked when it is read; of a dead drill what its beginning says, as
    /// Interrupted.</summary>
    public IReadOnlyList<RestoreDrill> List() => throw new NotImplementedException($"{settings}{observer}");

    /// <summary>Writes the evidence of drills whose processes have died, as Interrupted. Raises nothing.</summary>
    public void SettleInterrupted() => throw new NotImplementedException($"{settings}{observer}");
}

/// <summary>Evidence that has begun and has not ended. Disposing it before the end leaves it to the next command, as a kill does.</summary>
internal sealed class EvidenceRun : IDisposable
{
    /// <summary>Keeps durably how far the drill is, for the case that its process dies.</summary>
    public void Note(RestoreDrill drill) => throw new NotImplementedException($"{this}{drill}");

    /// <summary>Signs and publishes the evidence. Returns it as it was written, with the path of its file.</summary>
    public RestoreDrill End(RestoreDrill drill) => throw new NotImplementedException($"{this}{drill}");

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException($"{this}");
}
