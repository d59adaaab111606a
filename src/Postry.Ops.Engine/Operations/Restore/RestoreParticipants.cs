using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>The parts of a restore in the order in which they are staged: the database, then the runtime files.</summary>
internal static class RestoreParticipants
{
    /// <summary>The parts of every restore and undo of a target.</summary>
    public static IReadOnlyList<IRestoreParticipant> Of(IRestorable target, OpsSettings settings, IOperationObserver observer) =>
        [.. target.Part is { } part ? [part] : Array.Empty<IRestoreParticipant>(), new RuntimeParticipant(settings, observer)];
}
