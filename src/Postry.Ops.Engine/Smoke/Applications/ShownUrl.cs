using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>Shows addresses of HTTP without the secrets in them.</summary>
internal static partial class ShownUrl
{
    /// <summary>The address without its user and fragment, and without the values of its query that look like secrets.</summary>
    public static string Of(Uri uri) =>
        uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) + Query(uri.Query);

    private static string Query(string query) => query.Length <= 1 ? query
        : "?" + string.Join('&', query[1..].Split('&').Select(Pair));

    private static string Pair(string pair)
    {
        var parts = pair.Split('=', 2);
        if (parts.Length == 1) return SecretValue.IsMatch(pair) ? SecretMask.Mask : pair;
        return SecretName.IsMatch(parts[0]) || SecretValue.IsMatch(Uri.UnescapeDataString(parts[1]))
            ? $"{parts[0]}={SecretMask.Mask}" : pair;
    }

    [GeneratedRegex("key|token|secret|passw|pwd|sig|auth|code|credential|session|jwt|hmac",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName { get; }

    // Long runs of letters and digits are keys more often than words.
    [GeneratedRegex(@"^(?=.*[0-9])[A-Za-z0-9_.~+/=-]{20,}$", RegexOptions.CultureInvariant)]
    private static partial Regex SecretValue { get; }
}
