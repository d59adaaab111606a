using System.IO.Enumeration;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Smoke;

/// <summary>Which checks are meant, and which of them wait for others.</summary>
internal static class SmokeOrder
{
    /// <summary>
    /// The checks that some names mean, which may have the wildcards * and ?, and those that must pass before them. Errors: SourceNotFound
    /// where a name means none.
    /// </summary>
    /// <param name="checks">The checks that can be made.</param>
    /// <param name="names">The names.</param>
    /// <param name="leftOut">Checks that exist and cannot be made.</param>
    public static IReadOnlyList<ISmokeCheck> Select(IReadOnlyList<ISmokeCheck> checks, IReadOnlyList<string> names,
        IReadOnlyList<ISmokeCheck>? leftOut = null)
    {
        var meant = new HashSet<int>();
        foreach (var name in names)
        {
            var found = Enumerable.Range(0, checks.Count).Where(i => Fits(checks[i], name)).ToList();
            if (found.Count == 0)
            {
                throw new SourceNotFoundException(name, $"There is no smoke check {name}.", checks.Count == 0
                    ? "Add it to \"smoke\" of postry.json."
                    : $"These checks are there: {string.Join(", ", checks.Select(check => check.Name))}.");
            }

            meant.UnionWith(found);
        }

        var before = Before(checks, leftOut);
        for (var open = new Stack<int>(meant); open.TryPop(out var i);)
            foreach (var earlier in before[i].Where(meant.Add)) open.Push(earlier);
        return [.. meant.Order().Select(i => checks[i])];
    }

    /// <summary>True for a check that a name means, which may have the wildcards * and ?.</summary>
    public static bool Fits(ISmokeCheck check, string name) => FileSystemName.MatchesSimpleExpression(name, check.Name, ignoreCase: true);

    /// <summary>The numbers of the checks that must pass before each check. Errors: InvalidRequest where one is not there, or waits for
    /// itself.</summary>
    /// <param name="checks">The checks to make.</param>
    /// <param name="leftOut">Checks that exist and are not made: nothing waits for them.</param>
    public static IReadOnlyList<IReadOnlyList<int>> Before(IReadOnlyList<ISmokeCheck> checks, IReadOnlyList<ISmokeCheck>? leftOut = null)
    {
        var before = checks.Select(check => (IReadOnlyList<int>)
            [.. check.After.SelectMany(name => Named(checks, leftOut ?? [], check, name))]).ToList();
        var waiting = Enumerable.Range(0, checks.Count).ToHashSet();
        while (waiting.RemoveWhere(i => !before[i].Any(waiting.Contains)) > 0)
        {
        }

        return waiting.Count == 0 ? before : throw new InvalidRequestException(checks[waiting.Min()].Name,
            $"The smoke checks {string.Join(", ", waiting.Order().Select(i => checks[i].Name))} wait for each other.",
            "Take one of the names out of \"after\".");
    }

    // One check of postry.json may be several, one for each database: "posts (app)" and "posts (shop)" are both meant by "posts".
    private static IEnumerable<int> Named(IReadOnlyList<ISmokeCheck> checks, IReadOnlyList<ISmokeCheck> leftOut, ISmokeCheck check,
        string name)
    {
        bool IsMeant(ISmokeCheck other) => other.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || other.Name.StartsWith($"{name} (", StringComparison.OrdinalIgnoreCase);
        var found = Enumerable.Range(0, checks.Count).Where(i => IsMeant(checks[i])).ToList();
        return found.Count > 0 || leftOut.Any(IsMeant) ? found : throw new InvalidRequestException(check.Name,
            $"The smoke check {check.Name} waits for {name}, and there is no check of that name.",
            $"Correct \"after\". These checks are there: {string.Join(", ", checks.Select(one => one.Name))}.");
    }
}
