using System.Text.Json.Serialization.Metadata;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The objects that a running verb works with.</summary>
/// <param name="Engine">The engine over the roots and keys that the options name.</param>
/// <param name="Output">Takes the result.</param>
/// <param name="Reporter">Takes progress, warnings and questions.</param>
/// <param name="Cancellation">Cancelled by Ctrl-C.</param>
internal sealed record Session(OpsEngine Engine, Output Output, ConsoleReporter Reporter, CancellationToken Cancellation)
{
    /// <summary>Prints the result, with the progress line out of its way.</summary>
    /// <param name="result">The result of the verb.</param>
    /// <param name="type">Picks the document of the result's type. The function is called for JSON only, because preparing a document costs
    /// a part of the start.</param>
    /// <param name="asText">Writes the result as text.</param>
    public void Show<T>(T result, Func<JsonTypeInfo<T>> type, Action<TextWriter, T> asText)
    {
        Reporter.Pause();
        Output.Show(result, type, asText);
    }
}
