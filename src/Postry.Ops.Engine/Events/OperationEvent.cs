namespace Postry.Ops.Engine.Events;

/// <summary>Something that happened in an operation of the engine. Events never hold a secret.</summary>
public abstract record OperationEvent;

/// <summary>A step of a running operation and how much of it is done. Only the newest matters; an observer may drop older ones.</summary>
/// <param name="Activity">The operation, for example "Backing up app".</param>
/// <param name="Step">The present step, for example "Copying the snapshot".</param>
/// <param name="Done">Units finished in this step, or null where they cannot be counted.</param>
/// <param name="Total">Units in this step, or null where they cannot be counted.</param>
public sealed record OperationProgress(string Activity, string Step, long? Done = null, long? Total = null) : OperationEvent
{
    /// <summary>Share finished in whole per cent, 0 to 100; null where it cannot be known.</summary>
    public int? Percent => Done is { } done && Total is > 0 and { } total ? (int)Math.Clamp(done * 100 / total, 0, 100) : null;
}

/// <summary>A detail for an operator who asked for such.</summary>
public sealed record OperationDetail(string Message) : OperationEvent;

/// <summary>Something that the operator should act on although the work goes on.</summary>
public sealed record OperationWarning(string Message) : OperationEvent;
