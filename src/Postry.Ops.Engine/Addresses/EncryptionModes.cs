namespace Postry.Ops.Engine.Addresses;

/// <summary>
/// Translates how other drivers name encryption settings to libpq's names. If a setting is given twice, the stricter value counts.
/// </summary>
internal static class EncryptionModes
{
    /// <summary>Prisma's parameter: strict, or accept_invalid_certs.</summary>
    public const string Accept = "sslaccept";

    /// <summary>Marks among the values that sslmode was said in another driver's word; no parameter has such a name.</summary>
    public const string ByAlias = "sslmode by alias";

    private static readonly string[] Modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    /// <summary>The stricter of two values of sslmode; a value that is none is kept, and refused later.</summary>
    public static string Stricter(string one, string other)
    {
        if (!Modes.Contains(one)) return one;
        return !Modes.Contains(other) || Array.IndexOf(Modes, other) > Array.IndexOf(Modes, one) ? other : one;
    }

    /// <summary>Puts libpq's parameters in the place of the others'. Errors: InvalidRequest for words that contradict each other or are not
    /// known.</summary>
    public static void Translate(Dictionary<string, string> values)
    {
        values.Remove(ByAlias);
        if (!values.Remove(Accept, out var accept)) return;
        var mode = values.GetValueOrDefault("sslmode");
        switch (accept)
        {
            case "strict" when mode == "disable":
                throw AddressText.Refuse("The address has sslmode=disable and sslaccept=strict, which contradict each other.",
                    "Take one of them out.");
            case "strict":
                values["sslmode"] = "verify-full";
                break;
            case "accept_invalid_certs":
                values["sslmode"] = mode ?? "require";
                break;
            default:
                throw AddressText.Refuse("The parameter sslaccept of the address has a value that is not known.",
                    "It must be strict or accept_invalid_certs; in libpq's words, sslmode=verify-full or sslmode=require.");
        }

        // Prisma's sslcert is the certificate of the server's authority; libpq's is the client's, which needs a key.
        if (!values.ContainsKey("sslkey") && !values.ContainsKey("sslrootcert") && values.Remove("sslcert", out var authority))
            values["sslrootcert"] = authority;
    }
}
