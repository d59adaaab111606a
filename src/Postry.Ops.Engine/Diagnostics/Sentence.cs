namespace Postry.Ops.Engine.Diagnostics;

/// <summary>Ends texts of programs and systems, some of which end in a full stop and some of which do not.</summary>
internal static class Sentence
{
    /// <summary>The text with exactly one full stop at its end.</summary>
    public static string End(string? text) => $"{text?.TrimEnd('.', ' ', '\n', '\r')}.";
}
