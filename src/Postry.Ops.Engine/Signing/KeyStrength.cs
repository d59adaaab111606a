using System.Text;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Signing;

/// <summary>Tells a key that can be guessed from one that can sign.</summary>
internal static class KeyStrength
{
    /// <summary>The fewest bytes of a key that signs.</summary>
    public const int LeastBytes = 16;

    private const int LeastDistinct = 8;

    // The README has shown a sentence in the place of a key; the command that makes a key may be pasted instead of its output, and the
    // line that sets a variable instead of its value.
    private static readonly string[] Shown = ["openssl rand", EnvironmentVariables.IntegrityKey];

    /// <summary>Says why a key can be guessed, as the end of "The integrity key ..."; null where it may sign.</summary>
    public static string? FindWeakness(ReadOnlySpan<byte> key)
    {
        var text = Encoding.UTF8.GetString(key);
        if (Shown.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase))) return "is an example that everybody can read";
        if (key.Length < LeastBytes) return $"has fewer than {LeastBytes} bytes";
        return FindPattern(key) ?? (Decode(text) is { } decoded ? FindPattern(decoded) : null)
            ?? (key.ToArray().Distinct().Count() < LeastDistinct ? $"has fewer than {LeastDistinct} different characters" : null);
    }

    private static string? FindPattern(ReadOnlySpan<byte> bytes) =>
        IsRepeated(bytes) ? "repeats one pattern" : IsSequence(bytes) ? "is a sequence of characters" : null;

    private static bool IsRepeated(ReadOnlySpan<byte> bytes)
    {
        for (var period = 1; period <= bytes.Length / 2; period++)
        {
            if (bytes[period..].SequenceEqual(bytes[..^period])) return true;
        }

        return false;
    }

    // Most characters follow their neighbour: abcdefgh, 98765432, or both after one another.
    private static bool IsSequence(ReadOnlySpan<byte> bytes)
    {
        var steps = 0;
        for (var i = 1; i < bytes.Length; i++)
        {
            if (Math.Abs(bytes[i] - bytes[i - 1]) <= 1) steps++;
        }

        return steps * 4 >= (bytes.Length - 1) * 3;
    }

    // A pattern of bytes can hide behind hexadecimal or base64 digits.
    private static byte[]? Decode(string text)
    {
        if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)) return Convert.FromHexString(text);
        if (text.Length % 4 != 0 || !text.EndsWith('=')) return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) ? bytes[..written] : null;
    }
}
