using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The verdict on an objective. A value that is not known is Unknown, never Met.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ObjectiveStatus>))]
public enum ObjectiveStatus : long
{
    Met,
    Missed,
    Unknown,
}

/// <summary>An objective with the value that was reached.</summary>
/// <param name="Objective">The longest time that is allowed.</param>
/// <param name="Realised">The time that it was; null if it is not known.</param>
/// <param name="Status">The verdict.</param>
public sealed record ObjectiveResult(TimeSpan Objective, TimeSpan? Realised, ObjectiveStatus Status)
{
    /// <summary>Judges a value. A time below zero comes from a clock that was set back, and says nothing.</summary>
    public static ObjectiveResult Of(TimeSpan objective, TimeSpan? realised) => new(objective, realised,
        realised is not { } time || time < TimeSpan.Zero ? ObjectiveStatus.Unknown
        : time <= objective ? ObjectiveStatus.Met : ObjectiveStatus.Missed);
}
