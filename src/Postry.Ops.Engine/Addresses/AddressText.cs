using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Addresses;

/// <summary>A parameter of an address as it was written, with libpq's name where the form has names of its own.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value; may be a secret.</param>
/// <param name="MayBeForeign">True where a name that libpq does not know may be for an application's driver; false where it may be a piece
/// of a password.</param>
internal readonly record struct AddressPart(string Name, string Value, bool MayBeForeign = false);

/// <summary>Tells the forms of an address apart. No error repeats anything of the text but the name of a parameter.</summary>
internal static partial class AddressText
{
    private const string Forms =
        "Write postgresql://user@host:5432/database, or host=... dbname=... user=..., or Host=...;Database=...;Username=....";

    /// <summary>Reads the parameters of an address in the order in which they are written.</summary>
    public static IReadOnlyList<AddressPart> Read(string text)
    {
        text = text.Trim();
        if (text.StartsWith("jdbc:", StringComparison.OrdinalIgnoreCase)) text = text[5..];
        if (PostgresScheme().Match(text) is { Success: true } scheme) return UrlForm.Read(text[scheme.Length..]);
        if (AnyScheme().IsMatch(text)) throw Refuse("The address is a URL of another kind of database than PostgreSQL.", Forms);
        if (!text.Contains('=', StringComparison.Ordinal))
            throw Refuse("The address is neither a URL nor a list of parameters.", Forms);
        return IsDotNet(text) ? DotNetForm.Read(text) : KeywordForm.Read(text);
    }

    /// <summary>An error about an address.</summary>
    public static InvalidRequestException Refuse(string problem, string hint) =>
        new("the database's address", problem, hint);

    // libpq's form and Npgsql's form are both name=value. libpq knows its names in lower case only and separates them by spaces, so a
    // semicolon there can only be inside a value.
    private static bool IsDotNet(string text)
    {
        if (KeywordForm.TryRead(text) is not { } parts || !parts.All(part => LibpqParameters.IsKnown(part.Name)))
            return text.Contains(';', StringComparison.Ordinal) || StartsAsDotNet(text);
        return parts.Any(part => NextDotNetParameter().IsMatch(part.Value));
    }

    private static bool StartsAsDotNet(string text) =>
        text[..text.IndexOf('=', StringComparison.Ordinal)].Trim() is var first && !LibpqParameters.IsKnown(first)
            && DotNetForm.IsKnown(first);

    [GeneratedRegex(@"^postgres(ql)?(\+[A-Za-z0-9_]+)?://", RegexOptions.IgnoreCase)]
    private static partial Regex PostgresScheme();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.\-]*:")]
    private static partial Regex AnyScheme();

    [GeneratedRegex(
        @";\s*(host|server|port|database|db|user ?name|user ?id|uid|user|password|pwd|psw|ssl ?mode|timeout|pooling|application ?name|options)\s*=",
        RegexOptions.IgnoreCase)]
    private static partial Regex NextDotNetParameter();
}
