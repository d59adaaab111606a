using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Postry.Ops.Cli.Terminal;

/// <summary>
/// Writes the result of a verb on standard output, as text or as exactly one JSON document, and its error on standard error. Standard
/// output holds nothing else.
/// </summary>
internal sealed class Output(bool json)
{
    private bool _isShown;

    /// <summary>True where the result is wanted as JSON.</summary>
    public bool IsJson => json;

    /// <summary>Writes the result. Called once.</summary>
    public void Show<T>(T result, Func<JsonTypeInfo<T>> type, Action<TextWriter, T> asText)
    {
        _isShown = true;
        if (json) WriteDocument(result, type());
        else asText(Console.Out, result);
    }

    /// <summary>Writes an error in place of the result, or after it, and then on standard error only. The hint is the last line
    /// there.</summary>
    public void Fail(Failure failure)
    {
        if (json && !_isShown)
        {
            var body = new ErrorBody(failure.Id, failure.Message, failure.Target, failure.Hint);
            WriteDocument(new ErrorDocument(body), ConsoleJson.Instance.ErrorDocument);
        }

        Console.Error.WriteLine($"postry: {Printable.Lines(failure.Message)}");
        if (!string.IsNullOrEmpty(failure.Hint)) Console.Error.WriteLine(Printable.Lines(failure.Hint));
    }

    private static void WriteDocument<T>(T document, JsonTypeInfo<T> type)
    {
        // Bytes, not characters: JSON is UTF-8 whatever the terminal's encoding is.
        using var stdout = Console.OpenStandardOutput();
        stdout.Write([.. JsonSerializer.SerializeToUtf8Bytes(document, type), (byte)'\n']);
    }
}
