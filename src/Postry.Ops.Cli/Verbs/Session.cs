using System.Text.Json.Serialization.Metadata;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>What a running verb works with.</summary>
/// <param name="Engine">The engine over the roots and keys that the options name.</param>
/// <param name="Output">Takes the result.</param>
/// <param name="Reporter">Takes everything else that is said.</param>
/// <param name="Cancellation">Cancelled by Ctrl-C.</param>
internal sealed record Session(OpsEngine Engine, Output Output, ConsoleReporter Reporter, CancellationToken Cancellation)
{
    /// <summary>Prints the result, with the progress line out of its way.</summary>
    /// <param name="result">What the verb did or found.</param>
    /// <param name="type">Picks the document of the result's type. Only called for JSON: making one ready costs a part of the
    /// start.</param>
    /// <param name="asText">Writes the result as text.</param>
    public void Show<T>(T result, Func<ConsoleJson, JsonTypeInfo<T>> type, Action<TextWriter, T> asText)
    {
        Reporter.Pause();
        Output.Show(result, type, asText);
    }
}
