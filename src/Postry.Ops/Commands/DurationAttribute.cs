using System.Globalization;
using System.Management.Automation;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>
/// Reads a duration such as 7d, 12h or 90s. PowerShell's own conversion to TimeSpan takes a bare number for ticks, of which there are ten
/// million in a second, so a bare number is refused.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute : ArgumentTransformationAttribute
{
    /// <summary>The shortest duration, in seconds.</summary>
    public int LeastSeconds { get; init; }

    /// <summary>The longest duration, in seconds.</summary>
    public int MostSeconds { get; init; } = int.MaxValue;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // PowerShell reads 7d as a decimal and 90s as a short number; only the text of a typed argument still has the unit.
        var duration = inputData is TimeSpan or PSObject { BaseObject: TimeSpan }
            ? (TimeSpan)(inputData is PSObject wrapped ? wrapped.BaseObject : inputData)
            : Read(Convert.ToString(inputData, CultureInfo.InvariantCulture) ?? "");
        if (duration.TotalSeconds < LeastSeconds || duration.TotalSeconds > MostSeconds)
            throw new ArgumentTransformationMetadataException(MostSeconds == int.MaxValue
                ? $"A duration of {LeastSeconds}s or more is expected, not {duration}."
                : $"A duration from {LeastSeconds}s to {MostSeconds}s is expected, not {duration}.");
        return duration;
    }

    // The text of a TimeSpan, such as 7.00:00:00, has no second meaning.
    private static TimeSpan Read(string text) => Durations.Parse(text)
        ?? (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span)
            ? span : throw new ArgumentTransformationMetadataException(Durations.Problem(text)));
}
