using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>Finds the name that somebody meant who wrote another one.</summary>
internal static class NearestName
{
    /// <summary>The name that is nearest to what was written, or null where none is near.</summary>
    public static string? To(string written, IEnumerable<string> names)
    {
        var plain = Plain(written);
        var best = names.Select(name => (Name: name, Distance: Distance(plain, Plain(name)))).OrderBy(found => found.Distance)
            .FirstOrDefault();
        if (best.Name is null) return null;
        var limit = Math.Max(1, Math.Min(plain.Length, best.Name.Length) / 3 + 1);
        if (best.Distance <= limit && best.Distance < Math.Max(plain.Length, best.Name.Length) - 1) return best.Name;
        // A name cut short, or lengthened.
        return plain.Length < 3 ? null : names.FirstOrDefault(name => Plain(name).StartsWith(plain, StringComparison.Ordinal)
            || (name.Length >= 3 && plain.StartsWith(Plain(name), StringComparison.Ordinal)));
    }

    /// <summary>A name from a file as it may be shown: no longer than a name is, and nothing that a terminal would obey.</summary>
    public static string Shown(string name)
    {
        var clean = string.Concat(name.Select(c => char.IsControl(c)
            || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? '\uFFFD' : c));
        // The user may have written an address where a name belongs.
        var masked = SecretMask.Text(clean);
        return masked.Length <= 60 ? masked : masked[..60] + "...";
    }

    // Spellings such as keep_on_restore and KeepOnRestore mean keepOnRestore.
    private static string Plain(string name) => string.Concat(name.Where(c => c is not ('_' or '-' or ' '))).ToLowerInvariant();

    /// <summary>
    /// The number of letters that must be changed, added, removed or exchanged with their neighbour (Damerau and Levenshtein, optimal
    /// string alignment).
    /// </summary>
    private static int Distance(string a, string b)
    {
        // A text of a very different length is no misspelling of the name; this limit also bounds the work.
        if (Math.Abs(a.Length - b.Length) > 8 || a.Length > 100) return int.MaxValue;
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var least = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least = Math.Min(least, table[i - 2, j - 2] + 1);
                table[i, j] = least;
            }
        }

        return table[a.Length, b.Length];
    }
}
