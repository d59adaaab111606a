namespace Postry.Ops.Engine.Events;

/// <summary>
/// An observer receives the events of the engine. Events come from any thread while their operation goes on, so an observer must not
/// block. An exception that an observer throws is dropped: neither the operation nor the other observers see it.
/// </summary>
public interface IOperationObserver
{
    /// <summary>Receives one event.</summary>
    void Report(OperationEvent happened);
}

/// <summary>Short forms for the events that only people read.</summary>
public static class ObserverExtensions
{
    /// <summary>Reports how far the work is.</summary>
    public static void Progress(this IOperationObserver observer, OperationProgress progress) => observer.Report(progress);

    /// <summary>Reports a detail.</summary>
    public static void Detail(this IOperationObserver observer, string message) => observer.Report(new OperationDetail(message));

    /// <summary>Reports a warning.</summary>
    public static void Warning(this IOperationObserver observer, string message) => observer.Report(new OperationWarning(message));
}
