using System.Text;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Finds this platform's encoding for the one that a dump names. pg_dump writes the encoding of the database, which on a desktop is often
/// that of its country.
/// </summary>
internal static class DumpEncoding
{
    // The keys are the server's names, reduced to letters and digits. Encodings in which a part of a letter can look like ASCII are refused
    // earlier.
    private static readonly Dictionary<string, int> CodePages = new()
    {
        ["latin2"] = 28592, ["latin3"] = 28593, ["latin4"] = 28594, ["latin5"] = 28599, ["latin7"] = 28603, ["latin9"] = 28605,
            ["iso88595"] = 28595, ["iso88596"] = 28596, ["iso88597"] = 28597, ["iso88598"] = 28598,
        ["win1250"] = 1250, ["win1251"] = 1251, ["win1252"] = 1252, ["win1253"] = 1253, ["win1254"] = 1254, ["win1255"] = 1255,
        ["win1256"] = 1256, ["win1257"] = 1257, ["win1258"] = 1258, ["win866"] = 866, ["win874"] = 874,
        ["koi8r"] = 20866, ["koi8u"] = 21866, ["eucjp"] = 51932, ["eucjis2004"] = 51932, ["euckr"] = 51949, ["euccn"] = 51936,
    };

    /// <summary>The name as the server compares such names.</summary>
    public static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>The encoding; of one that is not known here, and where none is named, UTF-8, in which at least what is ASCII can be
    /// told.</summary>
    public static Encoding Of(string? name) => Plain(name ?? "") switch
    {
        "latin1" => Encoding.Latin1,
        var plain when CodePages.TryGetValue(plain, out var page) => CodePagesEncodingProvider.Instance.GetEncoding(page)
            ?? ByteKeepingEncoding.Instance,
        _ => ByteKeepingEncoding.Instance,
    };
}
