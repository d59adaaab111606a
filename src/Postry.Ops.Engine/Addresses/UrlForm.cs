using System.Text;

namespace Postry.Ops.Engine.Addresses;

/// <summary>Reads the part of a URL after ://, which is user:password@host:port,host:port/database?parameter=value.</summary>
internal static class UrlForm
{
    private const string EncodeHint =
        "In a URL the characters : / ? # [ ] @ % and space of a user, a password or a name must be percent-encoded (@ is %40, / is %2F, " +
        "% is %25).";

    /// <summary>Reads it.</summary>
    public static IReadOnlyList<AddressPart> Read(string text)
    {
        var parts = new List<AddressPart>();
        var end = EndOfAuthority(text);
        var authority = text[..end];
        var rest = text[end..];
        // The last @: one in a password that was not encoded must not make the rest of the password a host.
        var at = authority.LastIndexOf('@');
        if (at < 0 && rest.Contains('@', StringComparison.Ordinal))
            throw AddressText.Refuse("The URL has an @ after the host, so it is not clear where the password ends.", EncodeHint);
        if (at >= 0) ReadUser(authority[..at], parts);
        ReadHosts(authority[(at + 1)..], parts);

        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? rest : rest[..question];
        if (path.Length > 1)
        {
            if (path.AsSpan(1).IndexOfAny('/', '@') >= 0)
                throw AddressText.Refuse("The database's name in the URL has a / or an @ that is not encoded.", EncodeHint);
            parts.Add(new("dbname", Decode(path[1..])));
        }

        if (question >= 0) ReadQuery(rest[(question + 1)..], parts);
        return parts;
    }

    /// <summary>A name as it stands in a URL: only what would be misread, or not be seen, is encoded.</summary>
    public static string Escape(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value <= ' ' || rune.Value == 0x7F
                || "%/?#@[]&".Contains((char)Math.Min(rune.Value, char.MaxValue), StringComparison.Ordinal) || Rune.IsControl(rune))
                text.Append(Uri.EscapeDataString(rune.ToString()));
            else text.Append(rune.ToString());
        }

        return text.ToString();
    }

    private static int EndOfAuthority(string text)
    {
        var inBrackets = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '[' && text.IndexOf(']', i) > 0) inBrackets = true;
            else if (text[i] == ']') inBrackets = false;
            else if (text[i] is '/' or '?' && !inBrackets) return i;
        }

        return text.Length;
    }

    private static void ReadUser(string text, List<AddressPart> parts)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var user = Decode(colon < 0 ? text : text[..colon]);
        if (user.Length > 0) parts.Add(new("user", user));
        if (colon >= 0 && colon + 1 < text.Length) parts.Add(new("password", Decode(text[(colon + 1)..])));
    }

    private static void ReadHosts(string text, List<AddressPart> parts)
    {
        if (text.Length == 0) return;
        var hosts = new List<string>();
        var ports = new List<string>();
        foreach (var one in text.Split(','))
        {
            var close = one.StartsWith('[') ? one.IndexOf(']', StringComparison.Ordinal) : -1;
            var colon = one.IndexOf(':', close + 1);
            var host = close > 0 ? one[1..close] : colon < 0 ? one : one[..colon];
            if (close > 0 && close + 1 < one.Length && one[close + 1] != ':')
                throw AddressText.Refuse("After the ] of a host in the URL there is something else than a port.", EncodeHint);
            hosts.Add(Decode(host));
            ports.Add(colon < 0 ? "" : Decode(one[(colon + 1)..]));
        }

        if (hosts.Any(host => host.Length > 0)) parts.Add(new("host", string.Join(',', hosts)));
        if (ports.Any(port => port.Length > 0)) parts.Add(new("port", string.Join(',', ports)));
    }

    private static void ReadQuery(string text, List<AddressPart> parts)
    {
        var hosts = new List<string>();
        foreach (var one in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = one.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw AddressText.Refuse("A parameter after the ? of the URL has no name or no value.", EncodeHint);
            // An @ after the ? means that the ? and the text after it may belong to a password that is not encoded.
            var part = new AddressPart(Decode(one[..equals]), Decode(one[(equals + 1)..]),
                MayBeForeign: !text.Contains('@', StringComparison.Ordinal));
            // SQLAlchemy repeats the parameter for several hosts.
            if (part.Name == "host") hosts.Add(part.Value);
            else parts.Add(part);
        }

        if (hosts.Count > 0) parts.Add(new("host", string.Join(',', hosts)));
    }

    private static string Decode(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])
                || text.AsSpan(i + 1, 2) is "00")
                throw AddressText.Refuse("The URL has a % that is not followed by two hexadecimal digits of a character.",
                    EncodeHint);
        }

        return Uri.UnescapeDataString(text);
    }
}
